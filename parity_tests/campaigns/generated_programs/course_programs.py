"""Generated solutions of the course's assignments: of weeks 3 and 4, and of course 2."""

from __future__ import annotations

from parity_tests.campaigns.generated_programs.activation_lines import Activations
from parity_tests.campaigns.generated_programs.layer_class_programs import file_of
from parity_tests.campaigns.generated_programs.line_writer import LineWriter
from parity_tests.campaigns.generated_programs.loss_lines import cost_expression
from parity_tests.campaigns.generated_programs.pass_lines import Names, PassLines

NAMES = Names("W{}".format, "b{}".format, "Z{}".format,
              lambda l: f"A{l}" if l else "X", "dZ{}".format, "dW{}".format,
              "db{}".format)  # fmt: skip
COUNT = "m = Y.shape[1]"


def passes_of(w: LineWriter) -> PassLines:
    """Return the writer of the passes in the course's names."""
    w.m, w.early = "m", False
    return PassLines(w, Activations(w))


def unpacked(holder: str, names: list[str]) -> list[str]:
    """Return the lines that take variables out of a dictionary."""
    return [f'{name} = {holder}["{name}"]' for name in names]


def function(w: LineWriter, head: str, lines: list[str]) -> str:
    """Return a function."""
    return f"def {head}:\n{w.indented(lines)}"


def dictionary(names: list[str]) -> str:
    """Return a dictionary of variables."""
    return "{" + ", ".join(f'"{name}": {name}' for name in names) + "}"


def week_3(w: LineWriter) -> str:
    """Write the functions of week 3, of two layers."""
    passes, n = passes_of(w), NAMES
    parameters = ["W1", "b1", "W2", "b2"]
    forward = [*unpacked("parameters", parameters), *passes.forward(n)]
    forward += [f"cache = {dictionary(['Z1', 'A1', 'Z2', 'A2'])}", "return A2, cache"]
    backward = [COUNT, *unpacked("parameters", ["W1", "W2"])]
    backward += [*unpacked("cache", ["Z1", "A1", "Z2", "A2"]), *passes.backward(n, "Y")]
    backward.append(f"return {dictionary(['dW1', 'db1', 'dW2', 'db2'])}")
    cost = [COUNT, f"cost = {cost_expression(w, 'A2', 'Y')}", f"return {scalar(w, 'cost')}"]
    return file_of([
        *passes.g.written.values(),
        function(w, "forward_propagation(X, parameters)", forward),
        function(w, f"compute_cost({w.pick('A2, Y', 'A2, Y, parameters')})", cost),
        function(w, "backward_propagation(parameters, cache, X, Y)", backward),
    ])  # fmt: skip


def scalar(w: LineWriter, x: str) -> str:
    """Return a number, as the course returns J."""
    return w.pick(x, f"np.squeeze({x})", f"float(np.squeeze({x}))")


def week_4(w: LineWriter) -> str:
    """Write the functions of week 4, of any number of layers."""
    w.m, w.early = "m", False
    g = Activations(w)
    relu, sigmoid = g.function("relu", "relu"), g.function("sigmoid", "sigmoid")
    texts = [with_cache(relu, w), with_cache(sigmoid, w)]
    own = [
        "Z = cache", f"dZ = {w.hidden_gradient('relu', 'dA', 'Z', 'np.maximum(0, Z)', 'dZ*')}",
        "return dZ",
    ]  # fmt: skip
    texts.append(function(w, "relu_backward(dA, cache)", own))
    prime = w.hidden_gradient("sigmoid", "dA", "Z", "s", "dZ*")
    own = ["Z = cache", "s = 1 / (1 + np.exp(-Z))", f"dZ = {prime}", "return dZ"]
    texts.append(function(w, "sigmoid_backward(dA, cache)", own))
    texts += linear_functions(w)
    cost = [COUNT, f"cost = {cost_expression(w, 'AL', 'Y')}", f"return {scalar(w, 'cost')}"]
    texts += [*MODEL_FORWARD, function(w, "compute_cost(AL, Y)", cost), model_backward(w)]
    return file_of(texts)


def with_cache(text: str, w: LineWriter) -> str:
    """Return an activation that returns Z too."""
    head, _, body = text.partition(":\n")
    z = head.partition("(")[2].removesuffix(")")
    *lines, last = body.rstrip("\n").split("\n")
    value = last.strip().removeprefix("return ")
    lines = [line[4:] for line in lines]
    # a formula may assign to its argument
    start = [f"Z_given = {z}"] if any(line.startswith(f"{z} =") for line in lines) else []
    kept = "Z_given" if start else z
    return f"{head}:\n{w.indented([*start, *lines, f'A = {value}', f'return A, {kept}'])}"


def linear_functions(w: LineWriter) -> list[str]:
    """Return the functions of one layer."""
    Z = w.linear("A", "W", "b", "Z*")
    forward = [f"Z = {Z}", "cache = (A, W, b)", "return Z, cache"]
    backward = [
        "A_prev, W, b = cache", "m = A_prev.shape[1]",
        f"dW = {w.gradient_of_W('A_prev', 'dZ', 'dW*', True)}",
        f"db = {w.gradient_of_b('dZ', 'db*', True)}",
        f"dA_prev = {w.gradient_of_A('W', 'dZ', 'dA*')}", "return dA_prev, dW, db",
    ]  # fmt: skip
    return [
        function(w, "linear_forward(A, W, b)", forward),
        function(w, "linear_activation_forward(A_prev, W, b, activation)", [
            "Z, linear_cache = linear_forward(A_prev, W, b)", 'if activation == "sigmoid":',
            "    A, activation_cache = sigmoid(Z)", "else:", "    A, activation_cache = relu(Z)",
            "return A, (linear_cache, activation_cache)",
        ]),
        function(w, "linear_backward(dZ, cache)", backward),
        function(w, "linear_activation_backward(dA, cache, activation)", [
            "linear_cache, activation_cache = cache", 'if activation == "relu":',
            "    dZ = relu_backward(dA, activation_cache)", "else:",
            "    dZ = sigmoid_backward(dA, activation_cache)",
            "return linear_backward(dZ, linear_cache)",
        ]),
    ]  # fmt: skip


MODEL_FORWARD = (
    """def L_model_forward(X, parameters):
    caches, A, L = [], X, len(parameters) // 2
    for l in range(1, L):
        A, cache = linear_activation_forward(A, parameters["W" + str(l)],
                                             parameters["b" + str(l)], "relu")
        caches.append(cache)
    AL, cache = linear_activation_forward(A, parameters["W" + str(L)],
                                          parameters["b" + str(L)], "sigmoid")
    return AL, [*caches, cache]
""",
)


def model_backward(w: LineWriter) -> str:
    """Return `L_model_backward`, in one of the two numberings of dA."""
    is_old = w.rng.random() < 0.4  # dA{l+1} was the gradient of A{l}
    names = ("{l + 1}", "{l + 2}") if is_old else ("{l}", "{l + 1}")
    last = "{L}" if is_old else "{L - 1}"
    dAL = w.pick("-(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))",
                 "-Y / AL + (1 - Y) / (1 - AL)")  # fmt: skip
    wrong = dAL.replace(" - np.divide(1 - Y", " + np.divide(1 - Y").replace(" + (1", " - (1")
    return function(w, "L_model_backward(AL, Y, caches)", [
        "grads, L = {}, len(caches)", "Y = Y.reshape(AL.shape)",
        f"dAL = {w.or_wrong('dA*', dAL, ('sign', wrong))}",
        'dA_prev, dW, db = linear_activation_backward(dAL, caches[L - 1], "sigmoid")',
        f'grads[f"dA{last}"], grads[f"dW{{L}}"], grads[f"db{{L}}"] = dA_prev, dW, db',
        "for l in reversed(range(L - 1)):",
        f'    dA = grads[f"dA{names[1]}"]',
        '    dA_prev, dW, db = linear_activation_backward(dA, caches[l], "relu")',
        f'    grads[f"dA{names[0]}"] = dA_prev',
        '    grads[f"dW{l + 1}"], grads[f"db{l + 1}"] = dW, db',
        "return grads",
    ])  # fmt: skip


CACHE = "Z1 A1 W1 b1 Z2 A2 W2 b2 Z3 A3 W3 b3".replace(" ", ", ")


def course_2(w: LineWriter) -> str:
    """Write functions of course 2, of three layers: plain, with a penalty, and `_n`."""
    passes, n = passes_of(w), NAMES
    parameters = [f"{p}{l}" for l in (1, 2, 3) for p in "Wb"]
    start = unpacked("parameters", parameters)
    forward = passes.forward(n)
    gradients = dictionary([*(f"{d}{l}" for l in (3, 2, 1) for d in ("dZ", "dW", "db"))])
    plain = [COUNT, f"{CACHE} = cache", *passes.backward(n, "Y"), f"return {gradients}"]
    cost = cost_expression(w, "A3", "Y")
    parts = [
        function(w, "forward_propagation(X, parameters)",
                 [*start, *forward, f"cache = ({CACHE})", "return A3, cache"]),
        function(w, "backward_propagation(X, Y, cache)", plain),
        function(w, "compute_cost(A3, Y)", [COUNT, f"return {cost}"]),
    ]  # fmt: skip
    if w.rng.random() < 0.6:
        parts += with_penalty(w, passes, parameters, gradients)
    if w.rng.random() < 0.5:
        lines = [*start, *passes.forward(n), COUNT, f"cost = {cost_expression(w, 'A3', 'Y')}"]
        parts.append(function(w, "forward_propagation_n(X, Y, parameters)",
                              [*lines, f"cache = ({CACHE})", "return cost, cache"]))  # fmt: skip
        lines = [COUNT, f"{CACHE} = cache", *passes.backward(n, "Y"), f"return {gradients}"]
        parts.append(function(w, "backward_propagation_n(X, Y, cache)", lines))
    return file_of([*passes.g.written.values(), *parts])


def with_penalty(
    w: LineWriter, passes: PassLines, parameters: list[str], gradients: str
) -> list[str]:
    """Return the cost and the backward pass with a penalty of the weights."""
    square = w.pick("np.sum(np.square({}))", "np.sum({} ** 2)", "({} * {}).sum()")
    squares = " + ".join(square.replace("{}", W) for W in ("W1", "W2", "W3"))
    scale = w.pick("lambd / (2 * m)", "1 / m * lambd / 2")
    penalty = w.or_wrong(
        "J", f"{scale} * ({squares})", ("missing-half", f"lambd / m * ({squares})")
    )
    cost = [
        COUNT, *unpacked("parameters", [p for p in parameters if p[0] == "W"]),
        f"return compute_cost(A3, Y) + {penalty}",
    ]  # fmt: skip
    lines = []
    for line in passes.backward(NAMES, "Y"):
        name, _, value = line.partition(" = ")
        if name in ("dW1", "dW2", "dW3"):
            W, l = name[1:], name[-1]
            more = w.pick(f"lambd / m * {W}", f"(lambd * {W}) / m", f"lambd * {W} / m")
            wrong = ("missing-m", f"lambd * {W}"), ("twice", f"2 * lambd / m * {W}")
            line = f"{name} = {value} + {w.or_wrong(f'dW{l}', more, *wrong)}"
        lines.append(line)
    return [
        function(w, "compute_cost_with_regularization(A3, Y, parameters, lambd)", cost),
        function(w, "backward_propagation_with_regularization(X, Y, cache, lambd)",
                 [COUNT, f"{CACHE} = cache", *lines, f"return {gradients}"]),
    ]  # fmt: skip
