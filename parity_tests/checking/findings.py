"""The findings of a check, one for each wrong tensor or call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from parity_tests.checking.causes import Cause
from parity_tests.checking.report_wording import sentence
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, NetworkSpec

VALUES = ("value", "difference")  # kinds of findings: values that are wrong, or that are a choice


@dataclass(frozen=True)
class Remark:
    """A sentence about a finding: its code, and the facts that it was made from."""

    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def make_remark(code: str, **facts: Any) -> Remark:
    """Return a remark with the sentence that `report_wording` has for this code."""
    return Remark(code, sentence(code, **facts), facts)


@dataclass(frozen=True)
class Finding:
    """One wrong tensor, or call.

    Attributes:
        tensor: its canonical name; or that of a function or of "call".
        kind: "unknown-name", "none", "shape", "dtype", "no-numbers" and "not-finite" (structure),
            "value" (against the candidate's own inputs), "difference" (a value that a choice
            explains, such as an ε), "chain" (a step received another tensor than was computed),
            "end-to-end", "suspicious" (by the second level); of a program that is called again
            "later" (right at first, wrong at a later call); of a function's call "error" (an
            exception), "result" (the form of its result), "changed" (an argument), "cache" (that of
            another layer); and "mistaken-call", which is not a finding against the candidate: it
            could not be called as was guessed.
        message: the finding in one sentence.
        layer: its number.
        index: of the worst element; candidate, reference, bound, ratio (error ÷ bound): there.
        before: the tensors that agree.
        right_line: the right formula.
        causes: the mistakes that give these numbers.
        constant: the factor by which all numbers are wrong, if they are.
        yours: the candidate's own line, and where it is.
        code: a stable name, such as "dW.value" or "cache.of-another-layer".
        facts: the values that the message was made with.
        remark: a description, where no cause is known.
        reproduces: the numbers that the causes give: "elements" of this tensor, "updates" of a
            parameter, or none that are counted.
        batches: the numbers of examples that the causes were verified with, the first one first.
        note: which other examples would tell the causes apart.
        rows: which ones all wrong elements are in, if they are few; columns: likewise.
        pattern: the look of the difference, instead of its cause (`report_views.hint_levels`).
        declare: the option that declares a choice, such as "--epsilon 1e-8"; "" where none does.
    """

    tensor: str
    kind: str
    message: str
    layer: int | None = None
    shape: tuple[int, ...] = ()
    dtype: str = ""
    wrong: int = 0
    size: int = 0
    index: tuple[int, ...] | None = None
    candidate: float | None = None
    reference: float | None = None
    bound: float | None = None
    ratio: float | None = None
    before: tuple[str, ...] = ()
    right_line: str | None = None
    causes: tuple[Cause, ...] = ()
    constant: Cause | None = None
    yours: str | None = None
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    remark: Remark | None = None
    reproduces: str = ""
    batches: tuple[int, ...] = ()
    note: Remark | None = None
    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    pattern: Remark | None = None
    declare: str = ""

    @property
    def cause(self) -> str | None:
        """Why, in words: the causes, or the remark; None where there is neither."""
        return self.cause_text(" or ")

    def cause_text(self, between: str) -> str | None:
        """Return the causes in words, with this text between them."""
        if self.remark or not self.causes:
            return self.remark and self.remark.message
        causes = between.join(dict.fromkeys(cause.message for cause in self.causes))
        if not self.reproduces:
            return causes
        if self.reproduces == "updates":
            return sentence("causes.updates", causes=causes)
        note = self.note.message if self.note else ""
        doubt = max(cause.false_positives for cause in self.causes)
        certain = all(cause.is_certain for cause in self.causes)
        note = note if certain else sentence("causes.doubt", expected=doubt)
        size = self.facts.get("reproduced", self.size)
        facts = {"size": size, "batches": self.batches, "certain": certain, "note": note}
        return sentence("causes.elements", causes=causes, **facts)

    @property
    def worst(self) -> str:
        """The line about the worst element; empty where no values were compared."""
        if self.ratio is None:
            return ""
        values = (self.candidate, self.reference, self.ratio, self.bound)
        where = {"shape": self.shape, "dtype": self.dtype, "index": self.index}
        return sentence(
            "finding.worst", values=values, wrong=self.wrong, size=self.size, **where
        )  # fmt: skip

    def __str__(self) -> str:
        lines = [self.message]
        if self.before:
            lines[0] += sentence("finding.before", names=" ".join(self.before))
        if self.worst:
            lines.append(self.worst)
        if self.pattern:
            lines.append(sentence("finding.pattern", text=self.pattern.message))
        is_choice = self.kind == "difference"
        if text := self.cause_text(sentence("finding.causes-between")):
            lines.append(sentence("finding.cause", text=text))
        if self.causes:
            wrong = sentence("finding.wrong-between").join(
                cause.wrong_line for cause in self.causes
            )
            lines.append(sentence(f"finding.{'choice' if is_choice else 'wrong'}", lines=wrong))
        if self.right_line:
            code = f"finding.{'reference' if is_choice else 'right'}"
            lines.append(sentence(code, line=self.right_line))
        if self.yours:
            lines.append(sentence("finding.yours", line=self.yours))
        if self.declare:
            lines.append(sentence("finding.declare", option=self.declare))
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return its fields, with the causes as they are printed."""
        causes = [cause.to_json() for cause in self.causes]
        constant = self.constant and self.constant.to_json()
        return {**asdict(self), "cause": self.cause, "causes": causes, "constant": constant}


def make_finding(tensor: str, kind: str, reason: str, **fields: Any) -> Finding:
    """Return the finding "kind of tensor.reason", with its sentence from `report_wording`.

    Args:
        tensor: its canonical name, which may end in "@" and the step that received it.
        kind: that of `Finding`.
        reason: the code of the sentence.
        fields: of `Finding`; `facts` are those of the sentence besides the tensor.
    """
    facts = {"tensor": tensor, **fields.pop("facts", {})}
    code = f"{kind_of(tensor)}.{reason}"
    return Finding(
        tensor, kind, sentence(reason, **facts), layer_of(tensor), code=code, facts=facts, **fields
    )


def with_facts(finding: Finding, **facts: Any) -> Finding:
    """Return the finding with other facts, and its sentence made anew."""
    every = {**finding.facts, **facts}
    reason = finding.code.partition(".")[2]
    return replace(finding, message=sentence(reason, **every), facts=every)


def with_causes(
    finding: Finding, causes: Sequence[Cause], batches: tuple[int, ...], note: Remark | None = None
) -> Finding:
    """Return the finding with the mistakes that give its numbers.

    Args:
        finding: of a tensor.
        causes: at least one.
        batches: the numbers of examples that they were verified with.
        note: which other examples would tell them apart.
    """
    is_choice = all(cause.is_choice for cause in causes)
    return replace(
        with_value_kind(finding, "difference" if is_choice else "value"),
        causes=tuple(causes), batches=batches, note=note, remark=None,
        reproduces="elements", right_line=causes[0].right or finding.right_line,
    )  # fmt: skip


def without_cause(finding: Finding, remark: Remark) -> Finding:
    """Return the finding with a remark instead of causes."""
    finding = with_value_kind(finding, "value")
    return replace(finding, remark=remark, causes=(), constant=None, note=None, batches=())


def with_value_kind(finding: Finding, kind: str) -> Finding:
    """Return the finding of a value as one of this kind of `VALUES`; others are as before."""
    if finding.kind not in VALUES or finding.kind == kind:
        return finding
    code = f"{finding.code.partition('.')[0]}.{kind}"
    message = sentence(kind, **finding.facts)
    return replace(finding, kind=kind, code=code, message=message)


def kind_of(name: str) -> str:
    """Return the kind of a tensor: "dW" of dW2, "A" of A1@Z2, "dW" of linear_backward.dW."""
    return name.partition("@")[0].rpartition(".")[2].rstrip("0123456789")


def layer_of(name: str) -> int | None:
    """Return the layer of a tensor: 2 of dW2, None of J, and of more digits than int() reads."""
    digits = re.search(r"(?<!\d)\d{1,9}$", name.partition("@")[0])
    return int(digits[0]) if digits else None


class Explain(Protocol):
    """Names the causes of findings: `diagnosis.diagnose.explain`, or one of your own."""

    def __call__(
        self,
        findings: list[Finding],
        spec: NetworkSpec,
        params: dict[str, Array],
        X: Any,
        Y: Array,
        trace: Mapping[str, Array],
        p: Precision,
        before: Mapping[str, Array] | None = None,
    ) -> list[Finding]:
        """Return the findings with their causes, one for each given one and in their order.

        Args:
            findings: of one trace.
            spec: the network.
            params: its parameters, float64.
            X: the inputs, (n_x, m), float64.
            Y: the labels, (n_y, m), float64.
            trace: the candidate's tensors, float64, of wrong shapes too.
            p: the candidate's arithmetic.
            before: the trace of the call before this one.
        """
        ...
