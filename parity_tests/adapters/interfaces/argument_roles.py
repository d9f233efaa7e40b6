"""What a parameter of somebody's function is, by its name: the inputs, the labels, a rate, ….

A name alone decides nothing: a reading counts where the call works and the shapes fit.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

# Strengths of a penalty of the weights.
PENALTY = (
    r"(\w+_)?(reg(ulari[sz](ation|er))?(_?(strength|param|lambda|rate|coef\w*|l[12]))?|lambd\w*|lam|"
    r"λ)|l[12](_?(reg\w*|lambd\w*|penalty|strength|coef\w*))?|weight_?decay|wd"
)

# Above which a gradient is cut off.
LIMIT = r"(grad(ient)?_?)?clip(ping)?(_?(value|norm|grad\w*|threshold))?|max_?(grad(ient)?_?)?norm"

BATCH = r"(mini_?)?batch_?(size|n)|bs"

# May be a learning rate, and the slope of a leaky ReLU.
ALPHA = re.compile(r"alpha|α", re.IGNORECASE)
FORWARD = re.compile(r"(feed_?)?forward\w*|predict\w*|\w*relu\w*|\w*elu", re.IGNORECASE)

# How often a program goes through its data.
REPEATS = r"n?_?(epochs?|iter\w*|steps)|num_?(epochs?|iter\w*|steps)"

# The roles of arguments of a pass, each as a pattern of the usual names.
ROLES = {
    "X": r"x(_?(train|batch|data|input|in))?|inputs?(_?(data|list|s|array|vector|layer))?|data|"
         r"features|a_?0|batch(_x)?|samples?|images?",
    "Y": r"y(_?(train|batch|true|data|actual|onehot|one_hot|labels?))?|ys|t|labels?|"
         r"targets?(_?(list|data|s|vector))?|truth|ground_truth|expected(_?\w+)?|actual|"
         r"desired(_?\w+)?|one_?hot(_?y)?|batch_y",
    "params": r"param(eter)?s(_values)?|weights(_and_biases)?|theta|model|net(work)?|wb",
    "cache": r"caches?|memory|memories|activations|intermediates?|forward_?\w*|stored|ctx|history",
    "output": r"a_?(l|last|out|final)|y_?(hat|pred|p|out)|pred(iction|icted)?s?|out(put)?s?|"
              r"prob(abilitie)?s?|scores?|logits|output(?!_?(error|grad|delta))\w*|h(ypothesis)?|yh",
    "rate": r"lr|alpha|α|eta|η|learning_?rate|rate|step(_?size)?|l_?rate",
    "kept": r"(dropout_?)?keep(_?(prob(ability)?|ratio|rate))?|p_?keep",
    "none": rf"{PENALTY}|decay|mom(entum)?|mu|dropout\w*|verbose|debug|print_\w+",
    "limit": LIMIT,
    "examples": rf"m|n_?(samples|examples)|num_?(samples|examples)|{BATCH}",
    "one": rf"{REPEATS}|seed|random_(state|seed)",
}  # fmt: skip

# The roles of arguments that make a network.
SIZES = {
    "hidden": r"(n|num|dim|d|size)?_?hid(den)?s?_?(dims?|sizes?|layers?(_?\w+)?|units?|nodes?|"
              r"neurons?|n|dim)?_?\d*|(n|d)?_?h_?\d*|h(dim|size)|n_?[1-9]",
    "sizes": r"sizes?|layers?(_?(dims?|sizes?|list|structure|units|nodes|neurons|config))?|dims?|"
             r"architecture|shape|structure|topology|n_?units|units|nodes|neurons|arch|layout",
    "input": r"(n|num|dim|d|size)?_?in(put)?s?_?(dims?|sizes?|units?|nodes?|neurons?|features|n|"
             r"layer(_?\w+)?|shape)?|n_?x|(n|num)_?features|x_?dim|d_?x|n_?0|d|i",
    "output": r"(n|num|dim|d|size)?_?out(put)?s?_?(dims?|sizes?|units?|nodes?|neurons?|features|"
              r"n|layer(_?\w+)?|shape)?|(n|num)?_?class(es)?|n_?y|y_?dim|d_?y|c|k|o",
    "rate": ROLES["rate"],
    "kept": ROLES["kept"],
    "none": ROLES["none"],
    "limit": LIMIT,
    "batch": BATCH,
    "one": ROLES["one"],
}  # fmt: skip


def role(name: str, roles: Mapping[str, str] = ROLES) -> str | None:
    """Return the first role that a name may have: "Y" of "labels"; None for an unknown name."""
    return role_of(name, tuple(roles.items()))


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """Return the parameters that a call may give by name; None where Python does not know them."""
    inner = getattr(function, "__func__", None)
    try:
        every = parameters_of_code(function if inner is None else inner)
    except Exception:  # of the candidate's own __signature__ or __hash__, too
        return None
    return [*every] if inner is None or every is None else [*every[1:]]


@lru_cache(maxsize=1000)
def parameters_of_code(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    """Return the parameters of a function, a class or an object, once for many calls."""
    every = inspect.signature(function).parameters.values()
    kinds = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return tuple(q for q in every if q.kind not in kinds)


@lru_cache(maxsize=10_000)
def role_of(name: str, roles: tuple[tuple[str, str], ...]) -> str | None:
    """Return the first role of these that a name may have."""
    return next((r for r, names in roles if re.fullmatch(names, name, re.IGNORECASE)), None)


def arguments_for(
    function: Callable[..., Any], known: Mapping[str, Any], alone: str = ""
) -> tuple[dict[str, Any], set[str]] | None:
    """Return the arguments of a call, in the function's order, and the roles that they have.

    An argument is known by its own name, such as "W1", or by the role that its name has.

    Args:
        function: of the candidate.
        known: by names and by roles.
        alone: the role of an unknown parameter, if the function needs no other.

    Returns:
        None where a parameter without a default is not known.
    """
    parameters = parameters_of(function)
    if parameters is None:
        return None
    lower = {n.lower(): n for n in reversed([*known]) if n not in ROLES}
    given: dict[str, Any] = {}
    roles: set[str] = set()
    needed = [q.name for q in parameters if q.default is q.empty]
    for q in parameters:
        own = q.name if q.name in known and q.name not in ROLES else lower.get(q.name.lower())
        its_role = role(q.name) or ""
        if own is not None and own not in ROLES:
            given[q.name] = known[own]
            roles.add(own)
        elif is_slope(q, parameters, function):
            continue
        elif its_role in known:
            given[q.name] = known[its_role]
            roles.add(its_role)
        elif alone and needed == [q.name]:
            given[q.name] = known[alone]
            roles.add(alone)
        elif q.default is q.empty:
            if re.fullmatch("[po]", q.name) and "output" in known:
                given[q.name] = known["output"]
                roles.add("output")
            elif (constant := global_value(function, q.name)) is not None:
                given[q.name] = constant
            else:
                return None
    return given, roles


def global_value(function: Callable[..., Any], name: str) -> Any:
    """Return the plain value of a global variable with an argument's name; None where none is."""
    x = getattr(inspect.unwrap(function), "__globals__", {}).get(name)
    return x if isinstance(x, list | tuple | dict | str | int | float) else None


def is_slope(
    q: inspect.Parameter, parameters: Sequence[inspect.Parameter], function: Callable[..., Any]
) -> bool:
    """Return whether an argument alpha has a default that is the slope of a leaky ReLU.

    Another argument is the learning rate then, or the function is a forward pass.
    """
    if q.default is q.empty or not ALPHA.fullmatch(q.name):
        return False
    rates = [other for other in parameters if role(other.name) == "rate"]
    return len(rates) > 1 or bool(FORWARD.fullmatch(getattr(function, "__name__", "")))


def called(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """Call a function with arguments by their names, by place where names are not taken."""
    parameters = parameters_of(function) or []
    by_place = [given[q.name] for q in parameters
                if q.name in given and q.kind is inspect.Parameter.POSITIONAL_ONLY]  # fmt: skip
    rest = {q.name: given[q.name] for q in parameters
            if q.name in given and q.kind is not inspect.Parameter.POSITIONAL_ONLY}  # fmt: skip
    return function(*by_place, **rest)
