"""`--model.network gpt`: a network by its builder's name; and the probabilities that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parity_tests.tests.support.tiny_texts import N_Y, T, TinyTexts
from parity_tests.tests.support.tiny_texts import module as of_tiny_texts
from ref_numpy import InputError, NetworkSpec
from ref_numpy.graphs.gpt import gpt
from torch_impl.lightning import trainer
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.options.network_builders import built_network

SIZES = {"width": 6, "heads": 2, "layers": 1}
OF_DATA = {"vocabulary": 11, "T": 5, "n_y": 5}


def test_the_data_decide_what_the_options_do_not() -> None:
    assert built_network("gpt", SIZES, OF_DATA) == gpt(11, 5, 6, 2, 1)
    more = {**SIZES, "vocabulary": 12, "fused": True}
    assert built_network("gpt", more, OF_DATA) == gpt(12, 5, 6, 2, 1, fused=True)


def test_a_module_keeps_the_description() -> None:
    module = NetworkModule(5, 5, "tokens", network="gpt", network_options=SIZES, vocabulary=11)
    assert module.network.spec == gpt(11, 5, 6, 2, 1)
    assert NetworkModule(**module.hparams).network.spec == module.network.spec


@pytest.mark.parametrize(
    ("options", "of_data", "code"),
    [
        ({**SIZES, "depth": 2}, OF_DATA, "network-options.unknown"),
        ({"width": 6, "heads": 2}, OF_DATA, "network-options.missing"),
        (SIZES, {**OF_DATA, "vocabulary": None}, "network-options.missing"),
        (None, OF_DATA, "network-options.missing"),
        ({**SIZES, "width": "wide"}, OF_DATA, "layer.size"),
    ],
)
def test_other_options_are_refused(options: Any, of_data: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        built_network("gpt", options, of_data)
    assert refused.value.code == code


def test_options_need_the_name_of_a_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of that name goes before it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gpt").write_text(NetworkSpec.dense([2, 3, 1], output="sigmoid").to_json(), "utf-8")
    for network in (None, "gpt"):
        with pytest.raises(InputError) as refused:
            NetworkModule(2, 1, "sigmoid", network=network, network_options=SIZES)
        assert refused.value.code == "option.no-effect"
    assert NetworkModule(2, 1, "sigmoid", network="gpt").network.spec.is_chain


def test_probabilities_of_tokens_are_kept_as_far_as_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (data := TinyTexts()).setup("test")
    one = trainer.Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    whole = one.outputs_for("test", of_tiny_texts(), data)
    assert whole.shape == (N_Y, 3, T)
    monkeypatch.setattr(trainer, "OUTPUTS", 2 * N_Y * T)
    part = one.outputs_for("test", of_tiny_texts(), data)
    assert part.tolist() == whole[:, :2].tolist()
