"""Any torch.nn.Module as a candidate, in any arrangement."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.adapters.torch_modules import module_run
from parity_tests.adapters.torch_twin import MODES, twin
from parity_tests.checking.report import Report
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError, NetworkSpec

MODULES = PROGRAMS / "modules.py"
SPEC = NetworkSpec.dense([6, 5, 4, 3], "relu", "softmax")
GIVES_LOGITS = [
    "flat", "Nested", "compiled", "own_layers", "of_the_description", "lazy", "by_keyword",
    "frozen", "by_hand_relu", "in_place",
]  # fmt: skip


def examined(name: str, **asked: Any) -> Report:
    return examine(Request(f"{MODULES}:{name}", **{"network": "6-5-4-3", "examples": 11, **asked}))


@pytest.mark.parametrize("precision", sorted(MODES.keys() - {"tf32"}))
@pytest.mark.parametrize("name", [*GIVES_LOGITS, "logarithms", "probabilities"])
@pytest.mark.slow
def test_every_arrangement_passes(name: str, precision: str) -> None:
    calls = 1 if name == "compiled" else 2  # to compile it again takes long
    report = examined(name, precision=precision, calls=calls)
    report.raise_findings()
    assert report.not_checked == (() if name == "probabilities" else ("A3",))
    assert ("dA3" in [tensor.name for tensor in report.tensors]) == (name == "probabilities")


def test_its_numbers_are_the_twins() -> None:
    """Bit by bit: it is the same arithmetic, seen from outside."""
    problem = random_problem(SPEC, 11)
    ours = module_run(torch.nn.Sequential(*dense(), torch.nn.Linear(4, 3)), "mine", "float64")
    trace, expected = ours(SPEC, *problem), twin()(SPEC, *problem)
    assert trace.keys() == expected.keys() - {"A3"}
    for name, tensor in trace.items():
        assert (tensor == expected[name]).all(), name


def dense() -> list[torch.nn.Module]:
    return [torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 4), torch.nn.ReLU()]


@pytest.mark.parametrize(
    ("network", "output", "loss", "last"),
    [
        ("6-5-4-1", "sigmoid", None, torch.nn.Identity()),
        ("6-5-4-2", "sigmoid", None, torch.nn.Sigmoid()),
        ("6-5-4-2", "sigmoid", None, torch.nn.LogSigmoid()),
        ("6-5-4-1", "sigmoid", None, torch.nn.Flatten(0)),
        ("6-5-4-2", "tanh", None, torch.nn.Tanh()),
        ("6-5-4-3", "softmax", "squared_error", torch.nn.Softmax(dim=1)),
    ],
)
@pytest.mark.parametrize(
    "precision", ["float64", pytest.param("float32", marks=pytest.mark.slow), "bf16-mixed"]
)
def test_every_loss_takes_the_modules_outputs(network, output, loss, last, precision) -> None:
    request = Request("", network=network, output=output, loss=loss, lambd=0.3)
    spec = request.spec()
    module = torch.nn.Sequential(*dense(), torch.nn.Linear(4, spec.output_shape[0]), last)
    from parity_tests import check

    run = module_run(module, "mine", precision)
    check(run, spec, *random_problem(spec, 11), precision).raise_findings()


@pytest.mark.slow
def test_a_module_that_is_wrong_at_a_later_call_is_found() -> None:
    """A hook of its own makes every second gradient zero."""
    from parity_tests import check

    calls: list[int] = []

    def every_second(gradient: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return gradient * (len(calls) % 2)

    module = torch.nn.Sequential(*dense(), torch.nn.Linear(4, 3))
    module[0].weight.register_hook(every_second)
    run = module_run(module, "mine", "float64")
    (finding,) = check(run, SPEC, *random_problem(SPEC, 11)).findings
    assert (finding.tensor, finding.code) == ("dW1", "dW.value-later-same")


@pytest.mark.cuda
def test_a_module_stays_on_its_device_unless_another_is_named() -> None:
    problem = random_problem(SPEC, 11)
    for device in (None, "cpu", "cuda"):
        module = torch.nn.Sequential(*dense(), torch.nn.Linear(4, 3)).to("cuda")
        trace = module_run(module, "mine", "float64", device)(SPEC, *problem)
        assert module[0].weight.device.type == (device or "cuda")
        assert trace.keys() == twin()(SPEC, *problem).keys() - {"A3"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("wrong_axis", ["A3", "dZ3"]),
        ("with_tanh", ["A2", "dZ2"]),
        ("Detached", ["dZ2"]),
    ],
)
def test_a_bug_is_found_at_its_tensor(name: str, found: list[str]) -> None:
    report = examined(name)
    assert [finding.tensor for finding in report.findings] == found
    if name == "Detached":
        assert report.findings[0].message == (
            "dZ2 is None; expected an array of float32; was it detached, or not computed?; "
            "so are dW2 db2 dA1 dZ1 dW1 db1 dA0"
        )
        assert {"dW1", "db1", "dW2", "db2"} <= set(report.not_checked)


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        (
            "normalised",
            {},
            r"1 \(LayerNorm\) holds weight \(5,\), bias \(5,\); expected layers with",
        ),
        ("without_bias", {}, r"0 \(Linear\) holds weight \(5, 6\); expected layers with a weight"),
        ("shorter", {}, "runs layers of the sizes 6-5-3 but the network is 6-5-4-3 .*; use --netw"),
        ("tied", {"network": "4-4-4-3"}, "has layers that share a weight or a bias; expected each"),
        ("shared", {"network": "6-5-5-5-3"}, "runs 1 twice; expected every layer once"),
        ("tuple_of_outputs", {}, r"gave a tuple; expected a tensor of shape \(11, 3\)"),
        ("flat", {"network": "7-5-4-3"}, "has layers of 6, 5, 4 inputs but the network is 7-5"),
        ("flat", {"device": "nowhere"}, "device 'nowhere' cannot be used here"),
        ("scripted", {}, "is scripted, and its layers cannot be seen; give it unscripted"),
        ("by_hand", {}, r"runs none of its layers \(fc\) as a module; expected calls such as self"),
        ("torch", {}, "is a module; expected a torch.nn.Module, or a f"),
        ("F", {}, "is a module; expected a torch.nn.Module, or a f"),
    ],
)
def test_a_module_that_cannot_be_checked_is_one_sentence(
    name: str, asked: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        examined(name, **asked)


def test_the_command_takes_the_twin_itself() -> None:
    report = examine(Request("torch_impl:Network", network="6-5-3", examples=9))
    report.raise_findings()
    assert report.not_checked == ("A2",)


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("flat", ""),
        ("Nested", "in eval(), which switches off Dropout(p=0.5)"),
        ("drops_by_a_function", "in eval(), which switches off Dropout(p=0.5)"),
        ("frozen", "in eval(), which switches off Dropout(p=0.5) and with its frozen parameters "
         "unfrozen"),
        ("not_in_train", "in eval(), since it raised RuntimeError in train()"),
    ],
)  # fmt: skip
def test_the_verdict_names_the_parts_that_eval_switches_off(name: str, condition: str) -> None:
    report = examined(name)
    assert report.condition == condition
    assert report.passed
    assert f": passed {condition}; 1".replace(" ;", ";") in str(report)


def test_a_function_that_reads_the_mode_is_seen_by_its_result() -> None:
    from parity_tests.adapters.module_structure import describe_eval_changes

    class Scaled(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * x if self.training else x

    x = torch.ones(3, 2)
    said = describe_eval_changes(Scaled(), x)
    assert said == "in eval(), which switches off a part of its forward that runs in train() alone"
    assert describe_eval_changes(Scaled().eval(), x) == ""


def test_a_module_keeps_its_mode_and_its_buffers() -> None:
    """Running statistics, the generator's state and every part's mode are as before."""
    module = torch.nn.Sequential(
        torch.nn.Linear(6, 5), torch.nn.BatchNorm1d(5, affine=False), torch.nn.ReLU(),
        torch.nn.Dropout(0.5).eval(), torch.nn.Linear(5, 3),
    )  # fmt: skip
    from parity_tests.adapters.module_structure import describe_eval_changes, evaluating, unfrozen

    kept = {n: b.clone() for n, b in module.named_buffers()}
    module[0].requires_grad_(False)
    state, modes = torch.get_rng_state(), [m.training for m in module.modules()]
    said = describe_eval_changes(
        module, torch.randn(7, 6, generator=torch.Generator().manual_seed(0))
    )
    assert said.startswith("in eval(), which switches off BatchNorm1d(5, ")
    with evaluating(module), unfrozen(module) as was_frozen:
        assert was_frozen
        assert not any(m.training for m in module.modules())
        assert all(p.requires_grad for p in module.parameters())
    assert [p.requires_grad for p in module.parameters()] == [False, False, True, True]
    assert [m.training for m in module.modules()] == modes
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(b, kept[n]) for n, b in module.named_buffers())


@pytest.mark.parametrize(
    ("name", "network", "message"),
    [
        ("with_mish", "6-5-4-3", "between Z1 and Z2 there is torch's mish; expected an activatio"),
        ("selu_by_a_function", "6-5-4-3", "between Z2 and Z3 there is torch's selu; "),
        ("celu_by_a_function", "6-5-4-3", "between Z2 and Z3 there is torch's celu; "),
        ("normalises", "6-5-4-3", "between Z2 and Z3 there is torch's batch_norm; "),
        ("normalises_its_inputs", "6-5-4-3",
         "between the examples and Z1 there is torch's layer_norm; "),
        ("shifts_its_inputs", "6-5-4-3", "its first layer does not take the examples as they are"),
        ("Residual", "6-4-4-3", "the input of layer 3 is computed from more than Z2; "),
        ("detached_residual", "6-4-4-3", "the input of layer 3 is computed from more than Z2; "),
        ("to_the_output", "6-4-4-3", "its output is computed from more than Z3; "),
        ("always_drops", "6-5-4-3", r"two runs on the same examples differ, in eval\(\) too; "),
    ],
)  # fmt: skip
def test_a_module_that_is_no_chain_is_refused(name, network, message) -> None:
    """It is not a finding: of such a network nothing here could be right."""
    with pytest.raises(InputError, match=f"is not a chain of known layers: {message}") as e:
        examined(name, network=network)
    assert e.value.code == "module.not-a-chain"


@pytest.mark.parametrize(
    ("name", "hidden"), [("with_gelu", "gelu"), ("with_tanh_gelu", "gelu_tanh")]
)
def test_a_module_of_gelus_is_a_chain(name: str, hidden: str) -> None:
    """Both of which torch's function has the same name."""
    examined(name, hidden=hidden).raise_findings()


@pytest.mark.parametrize("stated", ["gelu_tanh", "silu", "relu"])
def test_the_gelu_that_a_module_has_instead_is_named(stated: str) -> None:
    first = examined("with_gelu", hidden=stated).findings[0]
    assert first.tensor == "A1"
    assert [cause.code for cause in first.causes] == ["A.activation-gelu"]
