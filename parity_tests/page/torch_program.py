"""The network as a student would write it in PyTorch: the line of each step.

Run one after the other (J.backward() once), the lines give the twin's tensors. In a graph each
layer has a variable of its own, h_layer of the step h; a layer that torch has no module for has no
line.
"""

from __future__ import annotations

import re

from torch import nn

from ref_numpy import NetworkSpec
from ref_numpy.graphs.step import Step
from torch_impl import torch_costs, twin


def network_line(spec: NetworkSpec, training: bool = False) -> str:
    """Write network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).

    With .eval() where that makes a difference.
    """
    modules = ", ".join(module_text(step) for step in steps_of_network(spec))
    mode = ".eval()" if spec.acts_in_training and not training else ""
    return f"network = nn.Sequential({modules}){mode}"


def forward_line(spec: NetworkSpec, step: Step) -> str:
    """Write Z1 = nn.Linear(2, 4)(x), and where the network has it."""
    given = variable(step.input)
    line = f"{step.output} = {module_text(step)}({given})"
    if step in steps_of_network(spec):
        return f"{line}  # network[{place(spec, step)}]({given})"
    return f"{line}  # not in the network: J is computed from {given}"


def graph_lines(spec: NetworkSpec, step: Step, training: bool = False) -> str:
    """Write h_layer = nn.Linear(5, 7), and h = h_layer(x); h2_layer.weight = h_layer.weight."""
    module = module_text(step)
    if not module.startswith("nn."):
        return ""
    given, results = (", ".join(map(variable, names)) for names in (step.inputs, step.outputs))
    mode = "" if training or not (step.layer.is_random or step.state) else ".eval()"
    lines = [f"{variable(step.output)}_layer = {module}{mode}"]
    for own, full in step.parameters.items():
        owner = next(other for other in spec.steps if full in other.parameters.values())
        if owner != step:
            (name,) = [name for name, known in owner.parameters.items() if known == full]
            lines.append(f"{parameter_text(spec, step, own)} = {parameter_text(spec, owner, name)}")
    return "\n".join([*lines, f"{results} = {variable(step.output)}_layer({given})"])


def cost_line(spec: NetworkSpec) -> str:
    """Write J = nn.functional.cross_entropy(Z2, y), with the factor and the penalty."""
    criterion = torch_costs.criterion_of(spec.loss)
    n_y = spec.output_shape[0]
    times = criterion.factor(n_y) if criterion.factor else 1
    options = "".join(f", {name}={x:g}" for name, x in criterion.options(spec.loss).items())
    outputs, y = variable(spec.loss_reads), labels_variable(spec)
    J = f"nn.functional.{criterion.function.__name__}({outputs}, {y}{options})"
    J = re.sub(r"\by\b", y, criterion.text).format(outputs=outputs) or J
    J = J if times == 1 else f"{times:g} * {J}"
    if spec.lambd:
        weights: dict[str, str] = {}  # each once, where steps share it
        for step in spec.steps:
            for own in step.layer.weights:
                text = f"{parameter_text(spec, step, own)}.square().sum()"
                weights.setdefault(step.parameters[own], text)
        J += f" + {spec.lambd:g} / (2 * m) * ({' + '.join(weights.values())})"
    labels = "the number of each class, (m,)" if spec.loss.one_class else None
    return f"J = {J}  # {y}: {labels or f'(m, {n_y})'}"


def gradient_lines(name: str, spec: NetworkSpec | None = None) -> str:
    """Write J.backward(), and dZ1 = m * Z1.grad; in a graph dh = h.grad."""
    of, inputs = variable(name), ("A0",) if spec is None else spec.inputs
    keep = f"{of}.requires_grad_()" if name in inputs else f"{of}.retain_grad()"
    given = gradient_text(name) if spec is None else f"{of}.grad"
    return f"J.backward()\nd{of if spec else name} = {given}  # after {keep}"


def gradient_text(name: str) -> str:
    """Write m * Z1.grad: torch's gradient is of J, which has 1/m."""
    return f"m * {variable(name)}.grad"


def parameter_text(spec: NetworkSpec, step: Step, own: str) -> str:
    """Write network[0].weight, which is W1; in a graph h_layer.weight."""
    if not spec.is_chain:
        return f"{variable(step.output)}_layer.{attribute(step, own)}"
    return f"network[{place(spec, step)}].{attribute(step, own)}"


def state_text(spec: NetworkSpec, step: Step, own: str) -> str:
    """Write network[1].running_mean, which is mean1; in a graph norm_layer.running_mean."""
    module = twin.twin_of(step)
    named = [name for name, buffer in module.named_buffers() if buffer.is_floating_point()]
    attribute = dict(zip(step.state, named, strict=True))[own]
    if not spec.is_chain:
        return f"{variable(step.output)}_layer.{attribute}"
    return f"network[{place(spec, step)}].{attribute}"


def update_lines(spec: NetworkSpec, step: Step, own: str, learning_rate: float) -> str:
    """Write torch.optim.SGD(network.parameters(), lr=1.2).step(), and the parameter."""
    parameters = "network.parameters()" if spec.is_chain else "parameters"
    optimiser = f"torch.optim.SGD({parameters}, lr={learning_rate:g})"
    return f"{optimiser}.step()\n{parameter_text(spec, step, own)}"


def module_text(step: Step) -> str:
    """Write nn.Linear(2, 4), nn.Tanh(), or the name of a user's own module."""
    module = twin.twin_of(step)
    if isinstance(module, nn.Linear):
        bias = ", bias=False" if module.bias is None else ""
        return f"nn.Linear({module.in_features}, {module.out_features}{bias})"
    if type(module).__module__.startswith("torch.nn."):
        return f"nn.{module!r}"
    return f"{type(module).__name__}(…)"


def steps_of_network(spec: NetworkSpec) -> list[Step]:
    """Return the steps whose layers the network has: up to the tensor that the loss takes."""
    last = spec.steps[-1]
    return [step for step in spec.steps if step != last or spec.loss_reads == spec.output]


def place(spec: NetworkSpec, step: Step) -> int:
    """Return the index of a layer in the network: 0 of the first."""
    return steps_of_network(spec).index(step)


def attribute(step: Step, own: str) -> str:
    """Return the name of a parameter in its module: "weight" of W."""
    named = [name for name, _ in twin.twin_of(step).named_parameters()]
    return dict(zip(step.parameters, named, strict=True))[own]


def labels_variable(spec: NetworkSpec) -> str:
    """Return the name of the labels in the program: y, unless a tensor of a graph has it."""
    if spec.is_chain:
        return "y"
    taken = {variable(name) for name in spec.trace_shapes(1)}
    return next(name for name in ("y", "labels", "true_y", "y_of_data", "Y_") if name not in taken)


def variable(name: str) -> str:
    """Return the name of a tensor in the program: x of A0, h_0_scores of h.0.scores."""
    return "x" if name == "A0" else name.replace(".", "_")
