"""Layers made of operations, each of which checks the shapes of its gradients."""

import numpy as np


def assert_same_shape(array, array_grad):
    assert array.shape == array_grad.shape


class Operation(object):
    def forward(self, input_):
        self.input_ = input_
        self.output = self._output()
        return self.output

    def backward(self, output_grad):
        assert_same_shape(self.output, output_grad)
        self.input_grad = self._input_grad(output_grad)
        assert_same_shape(self.input_, self.input_grad)
        return self.input_grad

    def _output(self):
        raise NotImplementedError()

    def _input_grad(self, output_grad):
        raise NotImplementedError()


class ParamOperation(Operation):
    def __init__(self, param):
        self.param = param

    def backward(self, output_grad):
        self.param_grad = self._param_grad(output_grad)
        return super().backward(output_grad)

    def _param_grad(self, output_grad):
        raise NotImplementedError()


class WeightMultiply(ParamOperation):
    def _output(self):
        return np.dot(self.input_, self.param)

    def _input_grad(self, output_grad):
        return np.dot(output_grad, np.transpose(self.param, (1, 0)))

    def _param_grad(self, output_grad):
        return np.dot(np.transpose(self.input_, (1, 0)), output_grad)


class BiasAdd(ParamOperation):
    def _output(self):
        return self.input_ + self.param

    def _input_grad(self, output_grad):
        return np.ones_like(self.input_) * output_grad

    def _param_grad(self, output_grad):
        output_grad_reshape = np.sum(output_grad, axis=0).reshape(1, -1)
        return output_grad_reshape


class Sigmoid(Operation):
    def _output(self):
        return 1.0 / (1.0 + np.exp(-1.0 * self.input_))

    def _input_grad(self, output_grad):
        return self.output * (1.0 - self.output) * output_grad


class Linear(Operation):
    def _output(self):
        return self.input_

    def _input_grad(self, output_grad):
        return output_grad


class Dense(object):
    def __init__(self, neurons, activation=None):
        self.neurons = neurons
        self.activation = activation or Linear()
        self.first = True

    def _setup_layer(self, input_):
        W = np.random.randn(input_.shape[1], self.neurons)
        b = np.random.randn(1, self.neurons)
        self.params = [W, b]
        self.operations = [WeightMultiply(W), BiasAdd(b), self.activation]

    def forward(self, input_):
        if self.first:
            self._setup_layer(input_)
            self.first = False
        for operation in self.operations:
            input_ = operation.forward(input_)
        return input_

    def backward(self, output_grad):
        for operation in reversed(self.operations):
            output_grad = operation.backward(output_grad)
        self.param_grads = [operation.param_grad for operation in self.operations[:2]]
        return output_grad


class MeanSquaredError(object):
    def forward(self, prediction, target):
        self.prediction, self.target = prediction, target
        return np.sum(np.power(prediction - target, 2)) / prediction.shape[0]

    def backward(self):
        return 2.0 * (self.prediction - self.target) / self.prediction.shape[0]


class NeuralNetwork(object):
    def __init__(self, layers, loss):
        self.layers, self.loss = layers, loss

    def forward(self, x_batch):
        for layer in self.layers:
            x_batch = layer.forward(x_batch)
        return x_batch

    def train_batch(self, x_batch, y_batch):
        loss = self.loss.forward(self.forward(x_batch), y_batch)
        grad = self.loss.backward()
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return loss
