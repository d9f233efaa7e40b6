"""What a report says of functions that are known by name: the layer, the layout, the sizes."""

from __future__ import annotations

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.fourth_course.layout_of_images import ImageLayout
from parity_tests.adapters.fourth_course.named_layers import NamedCase
from parity_tests.adapters.fourth_course.sandwiches import Sandwich
from parity_tests.adapters.interfaces.layout import BIAS, OTHER
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.one_step import OneStep
from parity_tests.adapters.layer_functions.pair_trials import Trial, has_parameters
from parity_tests.kinds.layer_kind import constants_of


def raised_note(one: Trial) -> str:
    """Return the note that a size was not judged, since a function raised an exception."""
    error = next(f.message for f in one.called.findings if f.code == "call.raised")
    return sentence("note.sizes-raised", constants=in_words(one.reading.step), error=error)


def in_words(step: OneStep) -> str:
    """Return the constants of a step in words: "f = 3, stride = 2, padding = 1"."""
    layers = step.layers.values() if isinstance(step, Sandwich) else (step.layer,)
    shown = ("f", "stride", "padding", "groups")
    every = (
        f"{n} = {x}"
        for layer in layers
        for n, x in constants_of(layer).items()
        if n in shown and (n, x) != ("groups", 1)
    )
    return ", ".join(dict.fromkeys(every))


def note_of(pair: FunctionPair, case: NamedCase, main: Trial) -> str:
    """Return the note on what the functions are: "conv_forward, conv_backward: conv2d; …"."""
    layout, slots = main.reading.layout, main.problem.slots
    step = main.reading.step
    layers = step.layers.values() if isinstance(step, Sandwich) else (step.layer,)
    biases = [n for n, (role, _) in slots.items() if role == BIAS]
    if isinstance(layout, ImageLayout):
        weights = any(role == OTHER for role, _ in slots.values())
        parts = [layout.in_words(weights, " and ".join(biases))]
    else:
        parts = [layout.describe()]
    if pair.backward and has_parameters(main.reading):
        parts.append(sentence("convention.means" if main.is_mean else "convention.sums"))
    mode = f"({case.mode})" if case.mode else ""
    names = ", ".join(f"{n}{mode}" for n in (pair.forward, pair.backward) if n)
    kind = ", ".join(layer.kind for layer in layers)
    return sentence(
        "note.layer", functions=names, kind=kind, convention="".join(f"; {x}" for x in parts)
    )
