"""Pairs of functions of one layer, found by their names: affine_forward and affine_backward."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.mistaken_calls import positional
from ref_numpy import Layer

FORWARD = re.compile(r"^(?P<a>.*?)_?(?:forward|fwd|fprop)_?(?P<b>.*)$", re.IGNORECASE)
BACKWARD = re.compile(
    r"^(?P<a>.*?)_?(?:backward|backprop|bwd|bprop|prime|derivative|deriv|gradient|grad|delta|back)"
    r"_?(?P<b>.*)$",
    re.IGNORECASE,
)
DERIVATIVE = re.compile(r"^d_?(?P<a>[a-z]\w*)$")  # dtanh, d_mse: of a function that there is
DECORATION = re.compile(r"_?(layer|naive|vectorized|numpy|np|function|func|activation|alt)_?",
                        re.IGNORECASE)  # fmt: skip

# The kinds that a name may mean, as a pattern of names without "forward", "layer" and underscores.
MEANINGS = {
    "dense": r"affine|linear|dense|fc|fullyconnected|lin",
    "batch_norm": r"batchnorm(alization|1d)?|bn|batchnormalisation",
    "layer_norm": r"layernorm(alization)?|ln|layernormalisation",
    "rms_norm": r"rmsnorm(alization)?",
    "leaky_relu": r"leakyrelu|lrelu",
    "silu": r"silu|swish",
    "gelu_tanh": r"gelutanh|gelu|newgelu|gelunew|gelufast",
    "gelu": r"gelu|geluexact|geluerf",
    "sigmoid": r"sigmoid|sigm|logistic|sig",
    "embedding": r"(word|token)?embed(ding)?s?|encoder|lookup",
    "unembedding": r"unembed(ding)?|lmhead",
    "add": r"add(ition)?|residual|sum|plus",
    "multiply": r"mul(tiply)?|prod(uct)?|hadamard|elementwisemul(tiply)?|times",
    "concatenate": r"concat(enate|enation)?|cat",
    "flatten": r"flatten|reshape",
    "identity": r"identity",
}


@dataclass(frozen=True)
class FunctionPair:
    """The functions of one layer.

    Attributes:
        forward: the name of the function of the result.
        backward: that of the function of the gradients; None where there is none.
        kinds: the kinds of layers that the name may mean; () for an unknown name.
    """

    forward: str
    backward: str | None
    kinds: tuple[str, ...]


def pairs_in(own: Mapping[str, Any], known: Iterable[str]) -> list[FunctionPair]:
    """Return the pairs among a file's functions, in the order of the file.

    An activation counts without its derivative, too: its result can be judged.

    Args:
        own: the functions by name.
        known: the names of all kinds of layers.
    """
    functions = {n: f for n, f in own.items() if not isinstance(f, type)}
    backward = backward_functions(functions)
    forward = {stem_of(n, FORWARD) for n in functions}
    pairs: list[FunctionPair] = []
    for name in functions:
        if name in backward.values():
            continue
        stem = stem_of(name, FORWARD)
        partner = None  # of a sigmoid that sigmoid_forward calls
        if stem is not None or name not in forward:
            partner = backward.get(name if stem is None else stem)
        kinds = kinds_of(name if stem is None else stem, known)
        is_activation = any(Layer.kinds[kind].symbol == "A" for kind in kinds)
        if partner is not None or (kinds and (stem is not None or is_activation)):
            pairs.append(FunctionPair(name, partner, kinds))
    return [*pairs, *other_backward_functions(pairs, backward)]


def other_backward_functions(
    pairs: Iterable[FunctionPair], backward: Mapping[str, str]
) -> list[FunctionPair]:
    """Return pairs with a second function of the gradients, such as batchnorm_backward_alt.

    Args:
        pairs: those that were found.
        backward: the functions of gradients, by what they are of.
    """
    forward = {stem_of(pair.forward, FORWARD): pair for pair in pairs}
    found = {n: forward.get(OTHER.sub("", stem)) for stem, n in backward.items()}
    taken = {pair.backward for pair in pairs}
    return [
        FunctionPair(pair.forward, n, pair.kinds)
        for n, pair in found.items()
        if pair is not None and n not in taken
    ]


OTHER = re.compile(r"_?(alt(ernative)?|simpl(e|ified)|fast|v?2)$", re.IGNORECASE)


def backward_functions(functions: Mapping[str, Any]) -> dict[str, str]:
    """Return the functions of gradients, by the name of what they are of: "affine", "mse"."""
    found = {stem: n for n in functions if (stem := stem_of(n, BACKWARD)) is not None}
    derivatives = {stem: n for n in functions if (stem := stem_of(n, DERIVATIVE)) in functions}
    return {**{str(stem): n for stem, n in derivatives.items()}, **found}


def stem_of(name: str, pattern: re.Pattern[str]) -> str | None:
    """Return "affine" of affine_forward, and of forward_affine; None of another name."""
    found = pattern.match(name)
    stem = found and "".join(found.groupdict().values())
    return stem or None


def kinds_of(stem: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of layers that a name may mean: ("gelu_tanh", "gelu") of "gelu"."""
    every = {kind: MEANINGS.get(kind, re.escape(kind.replace("_", ""))) for kind in known}
    for plain in (stem, DECORATION.sub("", stem)):  # "batchnorm" of "batch_norm_layer"
        name = plain.replace("_", "").lower()
        fits = [kind for kind, names in every.items() if re.fullmatch(names, name)]
        if fits:
            return tuple(sorted(fits, key=lambda kind: [*MEANINGS, kind].index(kind)))
    return ()


# What an argument of a forward function may be, by the layer's own name of it.
ARGUMENTS = {
    "x": r"x|ids|idx|tokens?|inputs?|words?",
    "A_prev": r"x\d?|a(_?(prev|in|1))?|h(_?prev)?|z|inputs?|inp|data|features|x_?(in|prev)|prev\w*",
    "B_prev": r"y|x2|b(_?(prev|in|2))?|other|skip|residual|shortcut|a2",
    "C_prev": r"z|x3|c(_?prev)?|a3",
    "Z": r"x|z\d?|a|h|inputs?|inp|scores|logits|data|net",
    "W": r"w|weights?|kernel|theta|mat|w\d",
    "b": r"b|bias(es)?|b\d|b0",
    "gamma": r"gamma|g|γ|scale|weights?|w|alpha",
    "beta": r"beta|b|β|shift|bias(es)?|offset",
    "E": r"w(e|te)?|e|embed\w*|emb|table|weights?|matrix|lookup\w*",
    "epsilon": r"eps(ilon)?|ε",
    "slope": r"slope|alpha|negative_slope|leak(age)?|a|α",
    "rate": r"p(_drop)?|rate|drop(out)?(_?(p|prob|rate|ratio))?|prob|keep(_?prob)?|ratio",
    "pieces": r"pieces|k|n_?pieces|groups",
    "groups": r"g|(n_?|num_?)?groups",
    "padding": r"pad(ding)?|p",
    "stride": r"strides?|s",
    "f": r"f|((filter|kernel|pool|window)_?)?size",
    "training": r"train(ing)?|is_?train(ing)?|mode",
    "momentum": r"momentum|mom",
    "mean": r"(running|moving|run|r)_?(mean|mu|average)",
    "variance": r"(running|moving|run|r)_?(var(iance)?|sigma2)",
}
A_DICTIONARY = re.compile(
    r"\w*(param(eter)?s?|config|cfg|opts?|options|kwargs|state)", re.IGNORECASE
)


def is_named(name: str, own: str) -> bool:
    """Return whether an argument has a usual name of what the layer calls `own`."""
    pattern = ARGUMENTS.get(own, re.escape(own))
    return name == own or bool(re.fullmatch(pattern, name, re.IGNORECASE))


def required_names(function: Callable[..., Any]) -> list[str] | None:
    """Return the names of the arguments that a function must be given; None where not known."""
    parameters = positional(function)
    if parameters is None:
        return None
    return [q.name for q in parameters if q.default is q.empty]
