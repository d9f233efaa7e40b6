"""An answer to the exercise of lesson 9."""

import numpy as np


def update_parameters_with_adam(
    parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    for name in parameters:
        d = "d" + name
        v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
        s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
        step = (v[d] / (1 - beta1**t)) / (np.sqrt(s[d] / (1 - beta2**t)) + epsilon)
        parameters[name] = parameters[name] - learning_rate * step
    return parameters, v, s
