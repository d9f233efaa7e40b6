"""A network without biases that is made with its data, and has no learning rate."""

import numpy as np


def sigmoid(x):
    return 1.0 / (1 + np.exp(-x))


def sigmoid_derivative(a):
    return a * (1.0 - a)


class NeuralNetwork:
    def __init__(self, x, y):
        self.input = x
        self.weights1 = np.random.rand(self.input.shape[1], 4)
        self.weights2 = np.random.rand(4, 1)
        self.y = y
        self.output = np.zeros(self.y.shape)

    def feedforward(self):
        self.layer1 = sigmoid(np.dot(self.input, self.weights1))
        self.output = sigmoid(np.dot(self.layer1, self.weights2))

    def backprop(self):
        error = 2 * (self.y - self.output)
        d_output = error * sigmoid_derivative(self.output)
        d_weights2 = np.dot(self.layer1.T, d_output)
        d_layer1 = np.dot(d_output, self.weights2.T) * sigmoid_derivative(self.layer1)
        d_weights1 = np.dot(self.input.T, d_layer1)
        self.weights1 += d_weights1
        self.weights2 += d_weights2
