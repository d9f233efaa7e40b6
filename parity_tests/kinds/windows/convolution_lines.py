"""The lines of convolutions, with the mistakes that people make in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.windows.convolution_maps import maps_between
from parity_tests.kinds.windows.pooling_lines import NO_STRIDE
from ref_numpy import Graph

PLUS_B, HOW = " + b", "stride, padding, dilation, groups"
NO_DILATION = edit("missing-dilation", "the dilation is missing: it is 1", "dilation", "1")


LATE = (
    ("-with-padding", "element of the padded tensor", "1, 1"),
    ("-row", "row of the padded tensor", "1, 0"),
    ("-column", "column of the padded tensor", "0, 1"),
)


def of_groups(tensor: str) -> Edit:
    """Return the mistake that groups are of features that stand apart."""
    apart = f"{tensor}.reshape(-1, groups, *{tensor}.shape[1:]).swapaxes(0, 1)"
    return edit("mixed-groups", "a group is of features that stand apart, and not of successive "
                "ones", tensor, f"{apart}.reshape({tensor}.shape)")  # fmt: skip


def of_kernels(axes: int) -> tuple[Edit, ...]:
    """Return the mistakes in W, with so many axes of positions."""
    every = (*range(2, 2 + axes),)
    flipped = edit("flipped-kernels", "the kernels are flipped: the last element comes first",
                   "W,", f"np.flip(W, {every}),")  # fmt: skip
    reshaped = edit("reshaped-W", "the features of W are exchanged by a reshape, which mixes them",
                    "W,", "W.swapaxes(0, 1).reshape(W.shape),")  # fmt: skip
    transposed = edit("transposed-kernels", "the kernels are transposed: rows for columns",
                      "W,", "W.swapaxes(2, 3),")  # fmt: skip
    return (flipped, reshaped, *((transposed,) if axes > 1 else ()))


def of_windows(tensor: str, axes: int) -> tuple[Edit, ...]:
    """Return the mistakes in the windows of a tensor, with so many axes of positions."""

    def padded(width: str, mode: str) -> str:
        return f"np.pad({tensor}, ((0, 0), (0, 0){f', {width}' * axes}){mode})"

    return (
        NO_STRIDE,
        NO_DILATION,
        edit("off-by-one", "the windows begin one position too late",
             tensor, f"np.roll({tensor}, -1, -1)"),
        *(
            edit(f"off-by-one{code}", f"the windows begin one {what} too late",
                 tensor, f"late({tensor}, padding, {how})", "padding", "0")
            for code, what, how in (LATE if axes > 1 else LATE[:1])
        ),
        edit("padding-at-the-end", "the whole padding is after the last position",
             tensor, padded("(0, 2 * padding)", ""), "padding", "0"),
        edit("padding-of-edges", "the padding repeats the numbers at the edges; zeros were "
             "expected", tensor, padded("(padding, padding)", ", 'edge'"), "padding", "0"),
        of_groups(tensor),
    )  # fmt: skip


def of_places(tensor: str) -> tuple[Edit, ...]:
    """Return the mistakes where what each result gives is added up in the windows."""
    return (
        NO_STRIDE,
        NO_DILATION,
        edit("uncut-padding", "the padding is not cut off: the first positions are padding",
             "padding", "0"),
        edit("overwritten", "= was used instead of +=: where windows overlap, the first one "
             "alone counts", "spread(", "spread_last("),
        edit("overwritten-by-the-last-window", "= was used instead of +=: where windows overlap, "
             "the last one alone counts", "spread(", "spread_last_window("),
        edit("overwritten-by-the-last-kernel", "= was used instead of +=: the last kernel alone "
             "counts, and where windows overlap, the last one of them",
             "spread(", "spread_last_kernel("),
        edit("reversed-places", "the positions stand in reversed order",
             tensor, f"{tensor}[..., ::-1]"),
        of_groups(tensor),
    )  # fmt: skip


B = (
    edit("missing-b", "b is missing", " + b", ""),
    edit("minus-b", "b was subtracted", " + b", " - b"),
    edit("b-of-each-element", "b is added once for each element of a window",
         " + b", " + W[0, 0].size * b"),
    edit("b-of-each-weight", "b is added once for each weight of a kernel, those of every feature "
         "too: it is within the sum", " + b", " + W[0].size * b"),
)  # fmt: skip

DB = FormulaText("db", "columns(dZ).sum(axis=1, keepdims=True)", (
    edit("mean-over-positions", "the mean over the positions is taken; the sum was expected",
         "True)", "True) / dZ[0, 0].size"),
    edit("mean-of-everything", "the mean over examples and positions is taken; the sum was "
         "expected", ".sum(", ".mean("),
    edit("of-each-element", "it is added once for each element of a window",
         "True)", "True) * W[0, 0].size"),
    edit("of-each-weight", "it is added once for each weight of a kernel, those of every feature "
         "too: it is within a loop over them",
         "True)", "True) * W[0].size"),
    edit("overwritten", "= was used instead of +=: the last position of the last example alone "
         "counts", "(dZ)", "(dZ)[:, -1:]"),
    edit("last-position", "only the last position is summed", "dZ", "dZ[..., -1:]"),
    edit("last-example", "only the last example is summed", "dZ", "dZ[:, -1:]"),
    edit("sum-over-features", "the sum runs over the features, axis 0", "axis=1", "axis=0"),
))  # fmt: skip


def products(narrow: str, wide: str, axes: int) -> FormulaText:
    """Return the line of dW.

    Args:
        narrow: the tensor with a number for each window.
        wide: the tensor that has the windows.
        axes: of positions.
    """
    right = f"correlate({narrow}, {wide}, {HOW})"
    every = (*range(2, 2 + axes),)
    more = (
        edit("transposed-kernels", "the kernels are transposed: rows are taken for columns",
             ALL, f"{right}.swapaxes(2, 3)"),
    ) if axes > 1 else ()  # fmt: skip
    return FormulaText("dW", right, (
        *of_windows(wide, axes),
        edit("flipped-kernels", "the kernels are flipped: the last element comes first",
             ALL, f"np.flip({right}, {every})"),
        *more,
        edit("mean-over-windows", "the mean over the windows is taken; the sum was expected",
             ALL, f"{right} / {narrow}[0, 0].size"),
        edit("overwritten", "= was used instead of +=: the last window of the last example alone "
             "counts", narrow, f"last_column({narrow})"),
        edit("last-example", "only the last example is summed",
             narrow, f"{narrow}[:, -1:]", wide, f"{wide}[:, -1:]"),
    ))  # fmt: skip


def convolved(left: str, tensor: str, axes: int, more: str = "") -> FormulaText:
    """Return the line of what windows of a tensor give, with b where there is `more`."""
    edits = (*of_kernels(axes), *of_windows(tensor, axes), *(B if more else ()))
    return FormulaText(left, f"convolve(W, {tensor}, {HOW}){more}", edits)


def spread(left: str, tensor: str, axes: int, more: str = "") -> FormulaText:
    """Return the line of what a tensor gives to windows, with b where there is `more`."""
    edits = (*of_kernels(axes), *of_places(tensor), *(B if more else ()))
    return FormulaText(left, f"spread(W, {tensor}, {HOW}){more}", edits)


def of_convolution(axes: int, graph: Callable[[], Graph], grown: Grown | None = None) -> LayerKind:
    """Return what a convolution with so many axes of positions brings to the proof."""

    def names(layer: Any, A: Any) -> Mapping[str, Any]:
        return maps_between(layer.f, A.shape[2:], layer.windows.number(A.shape[2:]))

    return with_and_without_b(
        LayerKind(
            meaning="of each window of {Z} the weighted sums",
            names=names,
            line=convolved("Z", "A_prev", axes, PLUS_B),
            derivative_line=spread("dA_prev", "dZ", axes),
            parameter_lines={"dW": products("dZ", "A_prev", axes), "db": DB},
            graph=graph,
            grown=grown,
        ),
        convolved("Z", "A_prev", axes),
    )


def of_transposed_convolution(
    axes: int, graph: Callable[[], Graph], grown: Grown | None = None
) -> LayerKind:
    """Return what a transposed convolution with so many axes of positions brings to the proof."""

    def names(layer: Any, A: Any) -> Mapping[str, Any]:
        return maps_between(layer.f, layer.positions(A.shape[2:]), A.shape[2:])

    return with_and_without_b(
        LayerKind(
            meaning="each number of {Z} times a kernel, added up where kernels overlap",
            names=names,
            line=spread("Z", "A_prev", axes, PLUS_B),
            derivative_line=convolved("dA_prev", "dZ", axes),
            parameter_lines={"dW": products("A_prev", "dZ", axes), "db": DB},
            graph=graph,
            grown=grown,
        ),
        spread("Z", "A_prev", axes),
    )


def with_and_without_b(kind: LayerKind, without: FormulaText) -> LayerKind:
    """Return the kind, and of a layer that has no bias the lines without b."""
    lines = {name: line for name, line in kind.parameter_lines.items() if name != "db"}
    bare = replace(kind, line=without, parameter_lines=lines)
    return replace(kind, for_layer=lambda layer: kind if layer.bias else bare)
