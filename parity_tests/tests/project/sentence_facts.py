"""Facts to print every sentence with, for the list of all sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Fact(str):
    """A fact that is printed as its name in braces, by a template's {name!r} too."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def facts(*names: str, **known: Any) -> Mapping[str, Any]:
    """These facts: by name in braces, or as known."""
    return {**{name: Fact(f"{{{name}}}") for name in names}, **known}


UNKNOWN = facts("name", "known")
NO_RULE = facts("error", "operations", "rules")

# Of input errors whose sentence is a function of the facts.
INPUT: dict[str, tuple[Mapping[str, Any], ...]] = {
    "array.shape": (
        facts("name", "shape", "expected"),
        facts("name", "shape", "expected", transpose=True),
    ),
    "data.labels-shape": (
        facts("shape"),
        facts("shape", "dtype", n_y=2, summary="regression of 2 targets"),
    ),
    "data.unknown-label": (
        facts(summary="2 classes: no, yes"),
        facts("label", "example", summary="2 classes: no, yes"),
    ),
    "layer.shape": (
        facts("layer", "given", method="output_shape"),
        facts("layer", "given", method="parameter_shapes"),
    ),
    "layer.returned": (
        facts("method", "given", "expected"),
        facts("method", "expected", given="is not finite", part="dg"),
    ),
    "windows.axes": (facts("layer", "shape", axes=(2,)), facts("layer", "shape", axes=(1, 2, 3))),
    "loss.output": (facts("loss"), facts("loss", "output")),
    "initialiser.unknown": (facts("name", "known", what="initialiser"),),
    "pooling.unknown": (facts("name", "known", what="pooling"),),
    "option.backend": (
        facts("backend", known="eager, inductor"),
        facts(backend="inducter", known="eager, inductor"),
    ),
    "data.split": (facts("val_fraction", "test_fraction", m=2),),
    "data.nothing-to-train": (facts("val_fraction", "folder", m=1),),
    "training.monitor": (
        facts("name", "monitor", "known", validates=True),
        facts("monitor", "known", name="BestCheckpoint", validates=False),
    ),
    "checkpoint.no-record": (facts(stage="fit"), facts(stage="predict")),
    "layer.no-rounding-rule": ({**NO_RULE, "method": "Swish.forward"},),
    "operation.no-rounding-rule": ({**NO_RULE, "method": "softmax"},),
    "loss.no-rounding-rule": ({**NO_RULE, "method": "Bounded.cost"},),
    "candidate.nothing-recognised": (
        facts("candidate", "known"),
        facts("candidate", "known", left_out="cell 3 is not Python"),
    ),
    **{
        code: (facts(name=name, signal="SIGSEGV"), facts("exit_code", name=name))
        for code, name in (("candidate.unreadable", "importing mine.py"), ("call.crashed", "relu"))
    },
    "command.unknown": (facts("name", "known"), facts("known", name="chekc", close="check")),
    "module.outputs": (
        facts("name", "expected", given="list", shape=None),
        facts("name", "expected", "shape", given="Tensor"),
    ),
    **{
        f"{what}.unknown": (
            {**UNKNOWN, "what": what},
            {**UNKNOWN, "what": what, "in_file": True},
        )
        for what in ("layer", "loss", "optimiser", "activation")
    },
}

# Of `checking.report_wording`.
REPORT: dict[str, tuple[Mapping[str, Any], ...]] = {
    "unknown-name": ({"tensor": "loss"}, {"tensor": "dW9", "close": "dW2"}),
    "none": (
        {"tensor": "Z1", "dtype": "float64", "is_gradient": False},
        {"tensor": "dA1", "dtype": "float64", "is_gradient": True, "others": ("dZ1", "dW1")},
    ),
    "tuple": (
        {"tensor": "J", "type_name": "list", "n": 3, "shape": (), "element": 1, "has_cache": False},
        {"tensor": "A1", "type_name": "tuple", "n": 2, "shape": (7, 11), "element": 0,
         "has_cache": True},
    ),
    "no-numbers": (
        {"tensor": "Z1", "dtype": "complex128", "expected": "float64"},
        {"tensor": "Z1", "dtype": "object", "expected": "float64", "type_name": "str"},
    ),
    "shape": (
        {"tensor": "db1", "shape": (7,), "expected": (7, 1)},
        {"tensor": "dW2", "shape": (7, 6), "expected": (6, 7)},
        {"tensor": "dW2", "shape": (7, 6), "expected": (6, 7), "others": ("dW1",)},
    ),
    "not-finite": (
        {"tensor": "Z2", "wrong": 6, "size": 66, "value": "nan", "index": (0, 4)},
        {"tensor": "Z2", "wrong": 6, "size": 66, "value": "nan", "index": (0, 4),
         "others": ("A2",)},
    ),
    "not-finite-before": ({"tensor": "W1", "wrong": 6, "size": 66},),
    "list": ({"tensor": "Z1", "type_name": "list", "expected": "float64"},),
    "dtype": (
        {"tensor": "A1", "dtype": "float64", "expected": "float32", "precision": "float32",
         "others": ("dW1",)},
    ),
    "value": (
        {"tensor": "dW2"}, {"tensor": "dW2", "others": ("db2",)},
        {"tensor": "dW2", "others": ("db2", "dW1", "db1")},
    ),
    "difference": ({"tensor": "dW2"}, {"tensor": "dW2", "others": ("dW1",)}),
    "chain": (
        {"tensor": "A1@Z2", "base": "A1", "step": "Z2", "is_backward": False,
         "is_parameter": False},
        {"tensor": "W2@dZ2", "base": "W2", "step": "dZ2", "is_backward": True,
         "is_parameter": True},
    ),
    "end-to-end": ({"tensor": "dW2"},),
    "later": (
        {"message": "dW2 is wrong", "where": ("at call 2 of 2 with the same numbers",)},
        {"message": "dW2 is wrong", "where": ("with m = 64, a multiple of 64", "with m = 79, …")},
    ),
    "later.same": ({"at": (2,), "calls": 2}, {"at": (3, 9), "calls": 10}),
    "later.size": ({"m": 64, "tile": 64}, {"m": 271, "tile": 64}),
    "later.kept-result": ({"tensor": "dW2"},),
    "later.kept-parameters": ({"names": "W and b"},),
    "changed": (
        {"function": "", "argument": "W1", "wrong": 3, "size": 35},
        {"function": "linear_backward", "argument": "dZ", "wrong": 3, "size": 28},
    ),
    "call.raised": (
        {"name": "propagate", "type_name": "KeyError", "text": "'b'",
         "where": " (mine.py, line 9: b = params['b'])"},
        {"name": "propagate", "type_name": "ZeroDivisionError", "text": "", "where": ""},
    ),
    "call.where": (
        {"file": "mine.py", "number": 9, "text": "b = params['b']"},
        {"file": "mine.py", "number": 9, "text": ""},
    ),
    "call.later-failed": (
        {"where": "at call 2 of 2 with the same numbers", "error": "the file is open already"},
    ),
    "note.not-called": ({"where": "with m = 271, no multiple of 8", "error": "compiled for 256"},),
    "report.calls": (
        {"same": 1, "others": (), "rate": 0.95},
        {"same": 2, "others": (271, 256, 256), "rate": 0.53},
    ),
    "unknown.right-elsewhere": ({"batches": "14, 17"},),
    "unknown.not-repeated": ({"m": 14},),
    "memory.shared": ({"tensor": "Z1", "other": "A1"},),
    "causes.elements": (
        {"causes": "b2 is missing", "size": 66, "batches": (11,), "certain": True, "note": ""},
        {"causes": "b2 is missing", "size": 1, "batches": (11, 14, 17), "certain": True,
         "note": "; in this network they are the same"},
        {"causes": "its sign is flipped", "size": 1, "batches": (), "certain": False,
         "note": "; a random wrong value of this size fits some mistake in 1 of 40 cases"},
    ),
    "causes.updates": ({"causes": "the root is missing"},),
    "causes.doubt": ({"expected": 0.7}, {"expected": 0.025}),
    "finding.before": ({"names": "A0 Z1 A1"},),
    "finding.worst": (
        {"shape": (6, 7), "dtype": "float64", "wrong": 42, "size": 42, "index": (5, 0),
         "values": (-1.02543, -0.0575571, 8e14, 1.2e-15)},
    ),
    "finding.cause": ({"text": "b2 is missing"},),
    "finding.wrong": ({"lines": "Z = W @ A_prev"},),
    "finding.right": ({"line": "Z = W @ A_prev + b"},),
    "finding.choice": ({"lines": "J = -np.sum(np.log(A + 1e-8)) / m"},),
    "finding.reference": ({"line": "J = -np.sum(np.log(A)) / m"},),
    "finding.declare": ({"option": "--epsilon 1e-08"},),
    "finding.yours": ({"line": "mine.py, line 24: Z2 = W2 @ A1"},),
    "finding.pattern": ({"text": "only row 2 (from 0)"},),
    "hint.where": (
        {"tensor": "dW2"}, {"tensor": "A1"}, {"tensor": "dA1"}, {"tensor": "A1@Z2"},
        {"tensor": "linear_backward.dW"},
    ),
    "hint.pattern": (
        {"c": "11", "rows": (), "columns": ()},
        {"c": "", "rows": (2,), "columns": (1, 4)},
    ),
    "hint.changed": ({"function": "propagate", "argument": "X", "wrong": 3, "size": 35},),
    "hint.no-array": ({"tensor": "Z1", "type_name": "list"},),
    "hint.another-layer": ({"l": 2},),
    "report.summary": (
        {"name": "mine, float64", "verdict": "passed", "condition": "", "n_findings": 0, "n": 20,
         "ratio": 0.31},
        {"name": "mine, float64", "verdict": "passed", "condition": "in eval()", "n_findings": 0,
         "n": 20, "ratio": 0.31},
        {"name": "mine, float64", "verdict": "failed", "condition": "", "n_findings": 1, "n": 1,
         "ratio": 8e14},
        {"name": "mine, float64", "verdict": "not judged", "condition": "", "n_findings": 0, "n": 0,
         "ratio": 0.0},
        {"name": "mine, float64", "verdict": "failed", "condition": "", "n_findings": 1, "n": 20,
         "ratio": None},
    ),
    "suspicious": (
        {"tensor": "Z1", "ratio": 31.0, "sampled": 128, "precision": "TF32 or float16"},
        {"tensor": "db1", "ratio": 1.2, "sampled": 1},
    ),
    "report.declare": (
        {
            "precision": "bfloat16", "declare": "bfloat16-sums", "names": ["dn.gamma", "dn.beta"],
            "option": "--precision",
        },
        {
            "precision": "float16", "declare": "float16-fused",
            "names": ["A1", "A2", "dZ1", "dW1", "db1"], "option": "--trainer.callbacks.precision",
        },
        {
            "precision": "float16", "declare": "float16-fused", "names": [],
            "option": "--precision",
        },
    ),
    "report.suspicious": (
        {"finding": "Z1 is suspicious: …"},
    ),
    "report.unseen": ({"names": "Z1 dW1"},),
    "report.mistaken-call": (
        {"finding": "propagate expects (w); the check called it with (w, b, X, Y)"},
    ),
    "report.required": ({"names": "dW1 db1"},),
    "report.blunt": ({"names": "J"},),
    "report.less-accurate": (
        {"names": ["dx"], "formulas": "E[a²] − μ²", "judged": True},
        {"names": ["z", "dx"], "formulas": "E[a²] − μ²", "judged": False},
    ),
    "report.not-checked": ({"names": "dA0"},),
    "report.unchecked-passes": ({"names": "forward_prop(X, parameters), class Network"},),
    "report.not-seen": ({"names": "predict, load"},),
    "report.no-bound": ({"n": 3, "tensor": "J"},),
    "report.adapter": ({"adapter": "def run(spec, params, X, Y): ..."},),
}  # fmt: skip

# Of `adapters.call_wording`.
OPERATOR = {
    "engine": "Value", "part": "a", "a": 0.7, "b": 1.7, "w": -0.5, "given": 0.7, "expected": 2.1,
    "digits": 6,
}  # fmt: skip
PENALTY = {"name": "reg", "value": 0.5}

FORWARD_WITH_DROPOUT = "forward_propagation_with_dropout"
CALLS: dict[str, dict[str, Any]] = {
    "result.form": {"function": "propagate", "error": "nothing (None); expected (grads, cost)"},
    "result.form-within": {
        "function": "forward_propagation", "error": "a list of 4; expected a dictionary of arrays",
    },
    "result.missing-keys": {
        "function": "propagate", "missing": "db", "keys": "dw, dB",
    },
    "result.order": {
        "function": "linear_backward", "given": "dW, db, dA_prev", "expected": "dA_prev, dW, db",
    },
    "result.cache": {
        "function": "linear_forward", "given": "(A, W)", "expected": "(A, W, b)",
    },
    "result.caches": {"L": 3},
    "result.gradient-shape": {
        "key": "dw", "shape": (1, 4), "expected": (4, 1), "parameter": "w",
    },
    "cache.of-another-layer": {"l": 2, "other": 1, "index": 0, "expected": 1},
    "activation.of-another-layer": {"l": 1, "given": "sigmoid", "expected": "relu"},
    "call.raised-but-for-equal": {
        "message": "linear_forward raised ValueError", "n": 4, "of": "linear_forward.Z"
    },
    "gradient.of-another-layer": {"l": 2, "other": 3, "next": 3},
    "gradient.of-another-layers": {
        "l": 3, "other": 4, "next": 4, "plural": "s", "layers": "2 and 1"
    },
    "gradient.two-numberings": {"own": 3, "before": 1, "of_before": 2},
    "gradient.two-numberings-raised": {
        "own": 3, "before": 1, "of_before": 2, "type_name": "KeyError", "text": "'dA2'"
    },
    "unit-check": {"function": "linear_backward", "message": "dW is wrong"},
    "theta.value": {"t": 3},
    "mistaken-call.arguments": {
        "function": "propagate", "takes": "w, b", "given": "w, b, X, Y",
    },
    "mistaken-call.missing-key": {
        "function": "backward_propagation", "key": "'W3'", "argument": "parameters",
        "keys": "W1 b1 W2 b2", "error": "backward_propagation raised KeyError: 'W3'",
    },
    "gradient.after-update": {"tensor": "dW1"},
    "mistaken-call.network": {
        "function": "TwoLayerNet", "calls": "forward, backward", "error": "KeyError: 'dW3'",
    },
    "mistaken-call.made-up-arguments": {
        "function": "mine.py", "network": "9-7-4 (relu, softmax), cross_entropy",
        "arguments": "clip",
    },
    "mistaken-call.unknown-network": {
        "function": "mine.py", "network": "9-7-4 (relu, softmax), cross_entropy",
    },
    "mistaken-call.clips": {
        "function": "mine.py", "network": "9-7-4 (relu, softmax), cross_entropy",
    },
    "mistaken-call.other-passes": {
        "function": "mine.py", "network": "9-7-4 (relu, softmax), cross_entropy",
    },
    "mistaken-call.other-scale": {
        "function": "mine.py", "cost": "mean", "gradients": "sum", "option": "sum",
    },
    "mistaken-call.negative-gradients": {"function": "mine.py"},
    "mistaken-call.several-updates": {"function": "fit"},
    "operator.value": {**OPERATOR, "operator": "3 - a"},
    "operator.gradient": {**OPERATOR, "operator": "a ** 2"},
    "operator.added": {**OPERATOR, "operator": "a + b"},
    "note.operators": {"engine": "Value", "names": "a * b; a + b"},
    "note.given-result": {"function": "tanh_prime", "of": "tanh", "argument": "a"},
    "note.inconsistent-scales": {
        "function": "softmax_loss", "J": "has", "d": "has it", "layers": "affine_backward",
        "dW": "are means",
    },
    "layer.evaluation": {"function": "batchnorm_forward", "message": "Z is wrong"},
    **{f"note.state-{code}": {"function": "batchnorm_forward", "names": "running_var"}
       for code in ("not-checked", "right", "not-seen", "wrong")},
    "note.state-given": facts("function", names="running_mean, running_var"),
    "note.state-unbiased": {"function": "batchnorm_forward"},
    "layer.default-momentum": {"function": "batchnorm_forward", "name": "running_mean"},
    "layer.test-mode": {"function": "dropout_forward", "message": "Z is wrong"},
    "note.test-mode": {"function": "dropout_forward"},
    "note.training-alone": {"function": "dropout_forward"},
    "mistaken-call.no-image-layout": {
        "function": "conv_forward", "error": "conv_forward raised KeyError: 'stride'",
    },
    "note.older-arrays": {"function": "conv_single_step"},
    "note.sizes": {"constants": "f = 3, stride = 2, padding = 1"},
    "note.sizes-raised": {
        "constants": "f = 2, stride = 1, padding = 0",
        "error": "conv_backward raised ValueError: could not broadcast",
    },
    "note.ties": {
        "function": "pool_backward", "cause": "the last one has the gradient",
    },
    "note.fixed-arguments": {"given": "momentum = 0"},
    "penalty.finding": {**PENALTY, "message": "dW2 is wrong"},
    "note.penalty.of-cost": {**PENALTY, "form": "½ reg ΣW²"},
    "note.penalty.of-gradients": {**PENALTY, "form": "reg W"},
    "note.penalty.lines": {**PENALTY, "form": "½ reg ΣW²", "lambd": 11.0},
    "note.penalty.unused": PENALTY,
    "note.penalty.form": {**PENALTY, "forms": "½ reg ΣW² or reg ΣW²"},
    "note.penalty.biases": PENALTY,
    "note.penalty.not-in-J": PENALTY,
    "note.penalty.raised": {**PENALTY, "error": "the program raised TypeError: unsupported"},
    "note.printed": {"lines": "3 lines"},
    "note.supplied": {"names": "sigmoid, relu", "week": 4},
    "note.single-functions": {"drivers": "propagate, L_model_forward"},
    "note.read-as": {
        "called": "TwoLayerNet: loss", "conventions": "examples are rows, labels are indices",
    },
    "note.loop-names": {"named": "X is inputs, Y is wanted, W1 is w_in"},
    "adapt.loop": {"program": "xor.py", "place": "lines 19–31"},
    "adapt.recognised": {"named": "X is inputs, Y is wanted, W1 is w_in"},
    "adapt.mark": {"meaning": "the labels", "guesses": "one of goal, weighting"},
    "adapt.other-loop": {"place": "lines 40–52"},
    "adapt.fill-in": {"out": "xor_adapter.py"},
    "adapt.check": {"out": "xor_adapter.py"},
    "adapt.not-needed": {"program": "week3.py"},
    "adapt.functions": {"program": "mine.py", "out": "mine_adapter.py"},
    "note.one-output": {},
    "note.one-layer": {},
    "note.made-of-engine": {"engine": "Value"},
    "note.also-fits": {"others": "9-7-4 (relu, identity), squared_error, gradients of a sum"},
    "note.no-reading-agrees": {"network": "9-7-4 (relu, softmax), cross_entropy"},
    "note.not-checked-alone": {"message": "relu expects (Z, slope); the check called it with (Z)"},
    "note.sharper": {"stated": "bfloat16", "precision": "float32"},
    "note.rounded": {"names": "X W1", "precision": "float32"},
    "note.not-executed": {"places": "lines 40, 44–61"},
    "note.import-raised": {
        "error": "importing mine.py raised FileNotFoundError: no data.h5 (mine.py, line 40)",
    },
    "mistaken-call.unknown-arguments": {"function": "affine_backward", "takes": "u, v, w, x"},
    "mistaken-call.no-layout": {
        "function": "affine_forward",
        "error": "affine_forward raised ValueError: shapes do not match (mine.py, line 4)",
    },
    "note.layer": {
        "functions": "affine_forward, affine_backward", "kind": "dense",
        "convention": "; examples are rows; gradients are sums over the examples",
    },
    "note.order-of-gradients": {"function": "affine_backward", "given": "dW, db, dA_prev"},
    "note.reference-layout": {},
    "convention.constant": {"name": "epsilon", "value": 1e-8},
    **{
        f"convention.{code}": {}
        for code in (
            "sums", "means", "cost.mean", "cost.sum", "cost.mean-of-all", "cost.mean-not-halved",
            "cost.sum-not-halved", "cost.mean-of-all-not-halved", "gradient.mean", "gradient.sum",
            "gradient.mean-of-all", "gradient.mean-not-halved", "gradient.sum-not-halved",
            "gradient.mean-of-all-not-halved",
        )
    },
    "result.unexpected": facts("name", expected="result"),
    "note.other-numbers": facts("text"),
    "note.blind": facts(answers="zeros, inputs in TF32"),
    "note.cache": {
        "function": "linear_forward", "given": "{'A': A, 'W': W, 'b': b}", "expected": "(A, W, b)",
    },
    "note.keys": {"function": "backward_propagation", "given": "dw1", "expected": "dW1"},
    **{
        code: {"function": FORWARD_WITH_DROPOUT, "name": "D1", **facts}
        for code, facts in {
            "dropout.mask-shape": {"shape": (5, 1), "expected": (5, 7)},
            "dropout.no-mask": {},
            "dropout.share": {"kept": 1900, "size": 5155, "keep_prob": 0.625},
        }.items()
    },
    **{
        code: {"function": "initialize_parameters_he", "name": "W1", **facts}
        for code, facts in {
            "initial.not-zero": {}, "initial.equal": {},
            "initial.scale": {"std": "1.002", "expected": "0.1155"},
        }.items()
    },
    **{
        code: {
            "function": "random_mini_batches", "m": 37, "seed": 3, "given": "8, 8, 8, 8",
            "expected": "8, 8, 8, 8, 5", "lost": "0, 3, 4",
        }
        for code in (
            "batches.sizes", "batches.columns", "batches.apart", "batches.examples",
            "batches.order", "batches.seed", "note.other-generator",
        )
    },
    "note.total-cost": {},
    "note.other-start": {"function": "nn_model"},
    "note.other-rate": {"function": "nn_model"},
    "note.model-arguments": {"function": "model", "others": "keep_prob < 1"},
    "note.declared": {"option": "--epsilon 1e-08"},
    "note.declared-unused": {"option": "--relu-at-zero 1"},
    "note.left-out": {"text": "cell 3, which uses names that the notebook does not define"},
}  # fmt: skip

# Of the causes, in the catalogue and in `diagnosis.cause_wording`; and those of single causes.
CAUSES: dict[str, Any] = {
    "by": "h.1", "of": "dZ2", "mistake": "it is half as large",
    "l": 2, "p": 1, "kind": "tanh", "c": "0.37", "slope": "0.1", "alpha": "1.0", "q": "float32",
    "epsilon": "1e-8",
    "other_W": "W1", "other_b": "b1", "other_A": "A0", "other_dZ": "dZ3",
    "other_dA": "dA3", "other_Z": "Z1",
    "operands": "W and A_prev", "part": "W @ A_prev", "patterns": "; every element is wrong",
    "instead": "use np.squeeze", "m": 14, "n": 33, "size": 66, "rows": 6, "index": [4, 3],
    "which": "2, 5", "factor": "1.235", "rank": 2, "most": 6, "tensor": "Z2", "r": "0.97",
    "shape": (7, 5), "n_prev": 12, "n_y": 3, "n_x": 5, "largest": "65504", "wider": "float32",
    "update": 6, "here": 5, "reach": 5, "layers": "0, 2, 59 and 60",
    "other": "x", "own": "h.0.ln_1",
}  # fmt: skip
OF_CAUSE: dict[str, Mapping[str, Any]] = {
    "activation-tanh": {"kind": "sigmoid"},
    "derivative-tanh": {"kind": "sigmoid"},
    "derivative-tanh-at-Z": {"kind": "sigmoid"},
    "rounded-operand": {"operands": "W"},
    "as-the-others": {"kind": "dW", "n": 22},
    "range": {"n": 48, "first": 32, "last": 39, "axis": 1, "end": 39},
}
