"""Lessons 9 and 10: the updates of the parameters."""

from __future__ import annotations

from parity_tests.tests.support.exercise_solutions import Exercise, change, check_of

ADAM = Exercise(
    check_of("09_hyperparameters"),
    """
def update_parameters_with_adam(
    parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    for name in parameters:
        d = "d" + name
        v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
        s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
        v_corrected = v[d] / (1 - beta1**t)
        s_corrected = s[d] / (1 - beta2**t)
        parameters[name] = parameters[name] - learning_rate * v_corrected / (
            np.sqrt(s_corrected) + epsilon
        )
    return parameters, v, s
""",
    right=(
        change("grads[d] ** 2", "np.square(grads[d])"),
        change("grads[d] ** 2", "grads[d] * grads[d]"),
        change("np.sqrt(s_corrected)", "s_corrected**0.5"),
        change("beta1**t", "np.power(beta1, t)"),
        change(
            "learning_rate * v_corrected / (",
            "learning_rate * (v_corrected) / (",
            "beta1 * v[d] + (1 - beta1) * grads[d]",
            "v[d] * beta1 + grads[d] * (1 - beta1)",
        ),
        change(
            "        parameters[name] = parameters[name] - learning_rate",
            "        parameters[name] -= learning_rate",
        ),
    ),
    wrong=(
        (".sd", change("grads[d] ** 2", "grads[d]")),
        (
            ".sd",
            change(
                "        s[d] = beta2",
                "        new = beta2",
                "s[d] / (1 - beta2**t)",
                "new / (1 - beta2**t)",
            ),
        ),
        (
            ".vd",
            change(
                "v_corrected = v[d] / (1 - beta1**t)", "v[d] = v_corrected = v[d] / (1 - beta1**t)"
            ),
        ),
        (".b1", change("    for name in parameters:\n", '    for name in ("W1", "W2", "W3"):\n')),
        (".sd", change("grads[d] ** 2", "v[d] ** 2")),
        (".sd", change("(1 - beta2) * grads", "(1 - beta1) * grads")),
        (".sd", change("beta2 * s[d] + ", "")),
        (".vd", change("(1 - beta1) * grads[d]", "beta1 * grads[d]")),
        (".vd", change("(1 - beta1) * grads[d]", "grads[d]")),
        (".W1", change("v[d] / (1 - beta1**t)", "v[d]")),
        (".W1", change("s[d] / (1 - beta2**t)", "s[d]")),
        (".W1", change("1 - beta1**t", "1 - beta1")),
        (".W1", change("np.sqrt(s_corrected) + epsilon", "np.sqrt(s_corrected + epsilon)")),
        (".W1", change("np.sqrt(s_corrected) + epsilon", "s_corrected + epsilon")),
        (".W1", change("np.sqrt(s_corrected) + epsilon", "np.sqrt(s_corrected)")),
        (".W1", change("parameters[name] - learning_rate", "parameters[name] + learning_rate")),
        (".W1", change("learning_rate * v_corrected", "learning_rate * grads[d]")),
        (".W1", change("learning_rate * v_corrected", "0.01 * v_corrected")),
        (
            ".W1",
            change(
                "1 - beta1**t", "1 - beta2**t", "s[d] / (1 - beta2**t)", "s[d] / (1 - beta1**t)"
            ),
        ),
        ("update_parameters_with_adam", change("return parameters, v, s", "return parameters")),
    ),
)

DESCENT = Exercise(
    'check_functions(update_parameters, network="5-4-1")',
    """
def update_parameters(parameters, grads, learning_rate=1.2):
    W1 = parameters["W1"] - learning_rate * grads["dW1"]
    b1 = parameters["b1"] - learning_rate * grads["db1"]
    W2 = parameters["W2"] - learning_rate * grads["dW2"]
    b2 = parameters["b2"] - learning_rate * grads["db2"]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
""",
    right=(
        change(
            '    W1 = parameters["W1"] - learning_rate * grads["dW1"]',
            '    W1 = parameters["W1"].copy()\n    W1 -= learning_rate * grads["dW1"]',
        ),
    ),
    wrong=(
        (".W2", change('parameters["W2"] - ', 'parameters["W2"] + ')),
        (".b1", change('- learning_rate * grads["db1"]', '- grads["db1"]')),
        (
            ".b2",
            change(
                'b2 = parameters["b2"] - learning_rate * grads["db2"]',
                'b2 = learning_rate * grads["db2"]',
            ),
        ),
        (".W1", change('grads["dW1"]', 'grads["dW1"] / 2')),
        ("update_parameters", change('"W2": W2, "b2": b2', '"W2": W2')),
    ),
)
