"""Variables that keep their parents with local gradients, which a function sums over all paths."""

import math


class Variable:
    def __init__(self, value, local_gradients=()):
        self.value = value
        self.local_gradients = local_gradients

    def __add__(self, other):
        return Variable(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __sub__(self, other):
        return Variable(self.value - other.value, ((self, 1.0), (other, -1.0)))

    def __mul__(self, other):
        return Variable(self.value * other.value, ((self, other.value), (other, self.value)))


def tanh(a):
    value = math.tanh(a.value)
    return Variable(value, ((a, 1 - value**2),))


def get_gradients(variable):
    gradients = {}

    def compute_gradients(variable, path_value):
        for child, local_gradient in variable.local_gradients:
            through_this_path = path_value * local_gradient
            gradients[child] = gradients.get(child, 0.0) + through_this_path
            compute_gradients(child, through_this_path)

    compute_gradients(variable, path_value=1.0)
    return gradients
