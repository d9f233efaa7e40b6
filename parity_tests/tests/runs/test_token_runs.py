"""`train.py --data TokenFile`: a training of tokens by its command line, resumed, tested."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT32
from parity_tests.tests.support.tiny_texts import spec, texts

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.slow
def test_a_run_of_tokens_reports_the_references_cost(run: Any, tmp_path: Path) -> None:
    """Σ/N over the test set, by the weights that the run wrote."""
    x, y = texts()
    np.savez(data := tmp_path / "texts.npz", x_train=x, y_train=y, x_test=x[:6], y_test=y[:6])
    (network := tmp_path / "network.json").write_text(spec().to_json(), "utf-8")
    fitted = run(
        "fit", "--data", "TokenFile", "--data.path", str(data), "--data.batch_size", "3",
        "--model.network", str(network), "--trainer.accelerator", "cpu",
        "--trainer.accumulate_grad_batches", "2", "--trainer.max_epochs", "2",
        "--trainer.enable_progress_bar", "false", "--trainer.enable_model_summary", "false",
    )  # fmt: skip
    folder = tmp_path / "lightning_logs" / "version_0"
    described, params = ref_numpy.load(folder / "weights.safetensors")
    assert described == spec()
    report = json.loads((folder / "report.json").read_text("utf-8"))
    plain = spec(lambd=0.0)
    wide = {name: value.astype(np.float64) for name, value in params.items()}
    right = dict(expectations(plain, wide, x[:6], y[:6], {}, FLOAT32))
    assert Comparison.of(np.float64(report["test_cost"]), right["J"]).ratio <= 1
    said = run("predict", str(folder), "--trainer.enable_progress_bar", "false")
    accuracy = ref_numpy.accuracy(plain, ref_numpy.predict(plain, wide, x[:6]), y[:6])
    assert report["test_accuracy"] == np.float32(accuracy)  # as Lightning logs it
    assert f"test accuracy    {accuracy:.2%}" in fitted
    assert f"accuracy         {accuracy:.2%} of" in said
    with (folder / "predictions.csv").open(newline="") as file:
        lines = [*csv.DictReader(file)]
    A = right[plain.output][0]
    for line, (k, t) in zip(lines, np.ndindex(x[:6].shape), strict=True):
        assert (line["row"], line["position"]) == (str(k + 1), str(t + 1))
        given = np.array([float(line[str(c)]) for c in range(len(A.value))])
        assert Comparison.of(given, A[:, k, t]).ratio <= 1
        assert line["prediction"] == str(given.argmax())
    np.savez(other := tmp_path / "other.npz", x=x[:4])
    for trained in (folder, folder / "weights.safetensors"):
        said = run("predict", str(trained), str(other), "--trainer.enable_progress_bar", "false")
        assert "predictions_other.csv, 16 lines" in said
        assert "accuracy" not in said  # there are no labels
