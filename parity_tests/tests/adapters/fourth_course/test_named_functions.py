"""Functions of course 4 and of cs231n in files of their own: what a report says of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parity_tests.adapters.fourth_course.layout_of_images import COURSE, CS231N, CS231N_GROUPS
from parity_tests.adapters.fourth_course.named_layers import named_pairs, parts_of
from parity_tests.adapters.interfaces.layout import BIAS, OTHER, TENSOR
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, MISTAKEN_CALL, NOT_JUDGED, PASSED
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import examined_source

IMAGES = PROGRAMS / "public" / "images"
COURSE_4, CS231N_LOOPS, IM2COL = (
    (IMAGES / f"{name}.py").read_text(encoding="utf-8")
    for name in ("course_4_loops", "cs231n_loops", "cs231n_vectorised")
)
CONVOLUTION = COURSE_4.partition("def pool_forward")[0]
POOLING = COURSE_4.partition("import numpy as np")[1] + "\n\n\ndef pool_forward" + (
    COURSE_4.partition("def pool_forward")[2]
)  # fmt: skip


def causes(report: Report) -> dict[str, set[str]]:
    return {f.tensor: {cause.code for cause in f.causes} for f in report.findings}


def test_the_layouts_of_images_are_read_as_they_are_given() -> None:
    A, W, b = (np.arange(np.prod(s)).reshape(s) for s in ((2, 7, 5, 3), (4, 2, 3, 3), (4, 1)))
    for layout, shapes in (
        (COURSE, ((7, 5, 3, 2), (3, 3, 2, 4), (1, 1, 1, 4))),
        (CS231N, ((7, 2, 5, 3), (4, 2, 3, 3), (4,))),
        (CS231N_GROUPS, ((7, 2, 5, 3), (4, 2, 3, 3), (1, 4, 1, 1))),
    ):
        for role, x, shape in zip((TENSOR, OTHER, BIAS), (A, W, b), shapes, strict=True):
            given = layout.given(role, x)
            assert given.shape == layout.shape(role, x.shape) == shape
            assert np.array_equal(layout.read(role, given), x)
    assert COURSE.given(TENSOR, A)[6, 4, 2, 1] == A[1, 6, 4, 2]
    assert COURSE.given(OTHER, W)[0, 1, 1, 3] == W[3, 1, 0, 1]


@pytest.mark.parametrize(
    ("name", "layer"),
    [("max_pool_forward_naive", "max_pool"), ("convForward", "conv"), ("conv2d_forward", "conv2d"),
     ("forward_conv", "conv"), ("spatial_batchnorm_forward", "spatial_batchnorm")],
)  # fmt: skip
def test_the_layer_of_a_name_is_what_is_left_without_direction_and_way(
    name: str, layer: str
) -> None:
    found = parts_of(name, {"forward"})
    assert found is not None
    assert found[0] == layer


def test_functions_that_are_computed_in_one_way_belong_together() -> None:
    names = ["conv_forward_naive", "conv_backward_naive", "conv_forward_im2col",
             "conv_backward_im2col", "conv_backward_strides", "pool_forward", "conv"]  # fmt: skip
    pairs = [(p.forward, p.backward) for p in named_pairs(dict.fromkeys(names))]
    assert pairs == [
        ("conv_forward_naive", "conv_backward_naive"),
        ("conv_forward_im2col", "conv_backward_im2col"),
        ("pool_forward", None),
        ("conv_forward_naive", "conv_backward_strides"),
    ]


AS_ASSIGNED = (
    ("np.sum(s) + b.item()", "np.sum(s) + float(b)"),
    ("da_prev_pad[pad : pad + n_H_prev, pad : pad + n_W_prev, :]",
     "da_prev_pad[pad:-pad, pad:-pad, :]"),
)  # fmt: skip
KERAS = """

def identity_block(X, f, filters, stage, block):
    from keras.layers import Add, Conv2D

    return Add()([Conv2D(filters[0], (1, 1))(X), X])
"""


def test_the_assignments_own_lines_pass_and_what_they_cannot_is_a_note(tmp_path: Path) -> None:
    """float(b) raises in NumPy 2.4, and pad:-pad is empty without padding. Keras is not judged."""
    report = examined_source(tmp_path, CONVOLUTION + KERAS, AS_ASSIGNED)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert {"conv_backward.dA_prev", "conv_backward.db", "zero_pad.X_pad"} <= report.judged
    assert any("not judged with f = 2, stride = 1, padding = 0" in n for n in report.notes)
    assert report.not_seen == ("identity_block(X, f, filters, stage, block)",)


@pytest.mark.slow
def test_a_wrong_number_of_windows_is_a_wrong_shape(tmp_path: Path) -> None:
    edit = ("(n_H_prev - f + 2 * pad) // stride + 1", "(n_H_prev - f + 2 * pad) // stride")
    report = examined_source(tmp_path, CONVOLUTION, [edit])
    assert report.verdict == FAILED
    assert "conv_forward.Z" in {f.tensor for f in report.findings if f.kind == "shape"}


@pytest.mark.slow
def test_a_function_that_raises_in_each_layout_is_a_mistaken_call(tmp_path: Path) -> None:
    report = examined_source(tmp_path, CONVOLUTION, [("A_prev_pad[i]", "A_pad[i]")])
    assert report.verdict == MISTAKEN_CALL
    assert [f.code for f in report.mistaken] == ["mistaken-call.no-image-layout"]


@pytest.mark.slow
def test_sizes_at_which_a_function_raises_are_no_proof(tmp_path: Path) -> None:
    edit = ("dA_prev[i] = da_prev_pad[pad : pad + n_H_prev, pad : pad + n_W_prev, :]",
            "dA_prev[i] = da_prev_pad")  # fmt: skip
    report = examined_source(tmp_path, CONVOLUTION, [edit])
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert report.missing == ("conv_backward with f = 3, stride = 2, padding = 1",)


@pytest.mark.slow
def test_ties_are_left_open_by_course_4_and_by_nobody_else(tmp_path: Path) -> None:
    report = examined_source(tmp_path, POOLING, [])
    assert report.verdict == PASSED
    assert any("pool_backward, where several numbers are equal" in n for n in report.notes)
    own = [("create_mask_from_window", "mask_of")]
    found = causes(examined_source(tmp_path, POOLING, own))
    assert found == {"pool_backward(max).dA_prev": {"dA_prev.every-tie"}}


def test_small_functions_alone_are_no_proof_of_a_backward_pass(tmp_path: Path) -> None:
    source = CONVOLUTION.partition("def conv_single_step")[0]
    assert examined_source(tmp_path, source, []).verdict == NOT_JUDGED
    wrong = [("(pad, pad), (pad, pad), (0, 0))", "(pad, pad), (pad, pad), (pad, pad))")]
    found = causes(examined_source(tmp_path, source, wrong))
    assert found == {"zero_pad.X_pad": {"X_pad.padded-features"}}


SMALL = {
    "conv_single_step.Z": (("np.sum(s) + b", "np.sum(s) - b"), "Z.minus-b"),
    "create_mask_from_window.mask": (("x == np.max(x)", "x == np.max(x, axis=0)"),
                                     "mask.each-column"),
    "distribute_value.a": (("dz / (n_H * n_W)", "dz / (n_H + n_W)"), "a.divided-by-sum"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("tensor", SMALL)
def test_a_mistake_in_a_small_function_is_named(tmp_path: Path, tensor: str) -> None:
    edit, code = SMALL[tensor]
    assert code in causes(examined_source(tmp_path, COURSE_4, [edit]))[tensor]


@pytest.mark.slow
def test_arguments_of_other_names_are_told_by_their_places(tmp_path: Path) -> None:
    edits = [
        (
            "def conv_forward(A_prev, W, b, hparameters):",
            "def conv_forward(picture, W, offset, hparameters):\n    A_prev, b = picture, offset",
        )
    ]
    assert examined_source(tmp_path, CONVOLUTION, edits).verdict == PASSED


POSITIONAL = """
import numpy as np

def conv2d_forward(x, w, b, stride=1, pad=0):
    f = w.shape[2]
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    V = np.lib.stride_tricks.sliding_window_view(P, (f, f), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,fcij->nfhw", V, w) + b.reshape(-1, 1, 1), (V, w, x.shape, stride, pad)

def conv2d_backward(dout, cache):
    V, w, (N, C, H, W), stride, pad = cache
    P = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            y, x = i * stride, j * stride
            P[:, :, y : y + w.shape[2], x : x + w.shape[3]] += np.einsum(
                "nf,fcij->ncij", dout[:, :, i, j], w
            )
    dw = np.einsum("nfhw,nchwij->fcij", dout, V)
    return P[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))
"""


def test_a_stride_and_a_padding_may_be_arguments_with_default_values(tmp_path: Path) -> None:
    report = examined_source(tmp_path, POSITIONAL, [])
    assert (report.verdict, report.findings) == (PASSED, ())
    flipped = [('"nfhw,nchwij->fcij", dout, V)', '"nfhw,nchwij->fcij", dout, V)[:, :, ::-1, ::-1]')]
    found = causes(examined_source(tmp_path, POSITIONAL, flipped))
    assert found == {"conv2d_backward.dW": {"dW.flipped-kernels"}}


@pytest.mark.slow
def test_a_second_backward_function_is_judged_and_the_forward_function_once(
    tmp_path: Path,
) -> None:
    norm = "import numpy as np\n\n\ndef batchnorm" + CS231N_LOOPS.partition("def batchnorm")[2]
    edits = [("xhat * dgamma - dbeta", "dbeta"), ("out = gamma * xhat + beta\n        cache",
                                                  "out = gamma * xhat\n        cache")]  # fmt: skip
    report = examined_source(tmp_path, norm, edits)
    assert [f.tensor for f in report.findings] == [
        "batchnorm_forward.Z", "batchnorm_backward_alt.dA_prev",
    ]  # fmt: skip
    (code,) = causes(report)["batchnorm_backward_alt.dA_prev"]
    assert code == "dA_prev.missing-variance-term"


@pytest.mark.slow
def test_running_statistics_in_the_settings_of_another_function_are_seen(tmp_path: Path) -> None:
    """spatial_batchnorm_forward hands its bn_param on."""
    edits = [('bn_param["running_mean"] = momentum * mean + (1 - momentum) * mu',
              'bn_param["running_mean"] = momentum * mean + mu')]  # fmt: skip
    source = IM2COL.partition("def conv_relu_forward")[0]
    found = causes(examined_source(tmp_path, source, edits))
    assert found["spatial_batchnorm_forward.running_mean"] == {
        "running_mean.missing-1-minus-momentum"
    }
