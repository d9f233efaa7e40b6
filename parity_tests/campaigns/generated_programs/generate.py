"""The text of a generated program, right or with one mistake, from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parity_tests.campaigns.generated_programs.class_programs import (
    class_program,
    loss_method,
    train_class,
)
from parity_tests.campaigns.generated_programs.course_programs import course_2, week_3, week_4
from parity_tests.campaigns.generated_programs.engine_programs import engine
from parity_tests.campaigns.generated_programs.example_programs import one_example
from parity_tests.campaigns.generated_programs.expected_readings import Facts, facts_of_network
from parity_tests.campaigns.generated_programs.function_programs import (
    functions_program,
    loss_function,
    train_function,
)
from parity_tests.campaigns.generated_programs.layer_class_programs import (
    layer_classes,
    network_of_layers,
)
from parity_tests.campaigns.generated_programs.layer_function_programs import layer_functions
from parity_tests.campaigns.generated_programs.line_writer import LineWriter, Mistake
from parity_tests.campaigns.generated_programs.program_choices import (
    CLASS,
    COURSE,
    ENGINE,
    FUNCTIONS,
    INTERFACES,
    LAYER_CLASSES,
    LAYER_FUNCTIONS,
    LAYER_NETWORK,
    LOSS_FUNCTION,
    LOSS_METHOD,
    ONE_EXAMPLE,
    SCRIPT,
    TRAIN_STEP,
    Choices,
    draw_choices,
)
from parity_tests.campaigns.generated_programs.script_programs import script

WRITERS: dict[str, tuple[Callable[[LineWriter], str], ...]] = {
    CLASS: (class_program,),
    LOSS_METHOD: (loss_method,),
    LOSS_FUNCTION: (loss_function,),
    FUNCTIONS: (functions_program,),
    TRAIN_STEP: (train_class, train_function),
    ONE_EXAMPLE: (one_example,),
    LAYER_CLASSES: (layer_classes,),
    LAYER_NETWORK: (network_of_layers,),
    LAYER_FUNCTIONS: (layer_functions,),
    COURSE: (week_3, week_4, course_2),
    ENGINE: (engine,),
    SCRIPT: (script,),
}


@dataclass(frozen=True)
class Generated:
    """A generated program.

    Attributes:
        choices: what it computes.
        text: of its file.
        mistake: that it has; None of a right one.
        mistakes: all that it may have.
        facts: what a report on a right one should say of how it was read.
    """

    choices: Choices
    text: str
    mistake: Mistake | None
    mistakes: tuple[Mistake, ...]
    facts: Facts


def generated(seed: int, planted: int | None = None, interface: str = "") -> Generated:
    """Write the program of a seed.

    Args:
        seed: of everything that is drawn.
        planted: the number of the mistake to plant, modulo their number; None writes a right one.
        interface: see `draw_choices`.
    """
    c = draw_choices(seed, interface)
    writers = WRITERS[c.interface]
    write = writers[seed // len(INTERFACES) % len(writers)]
    right = LineWriter(c)
    text = write(right)
    every = tuple(right.mistakes)
    facts = facts_of_network(c)
    if planted is None or not every:
        return Generated(c, text, None, every, facts)
    for k in range(len(every)):
        number = (planted + k) % len(every)
        wrong_text = write(LineWriter(c, number))
        if wrong_text != text:  # an expression may be written for a line that is not
            return Generated(c, wrong_text, every[number], every, facts)
    return Generated(c, text, None, every, facts)
