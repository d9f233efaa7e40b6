"""A network without biases that only trains: one example at a time, and `train` updates W."""

import numpy as np


class NeuralNet:
    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.wih = np.random.normal(0.0, inputnodes**-0.5, (hiddennodes, inputnodes))
        self.who = np.random.normal(0.0, hiddennodes**-0.5, (outputnodes, hiddennodes))
        self.lr = learningrate
        self.activation = lambda x: 1 / (1 + np.exp(-x))

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden_outputs = self.activation(np.dot(self.wih, inputs))
        final_outputs = self.activation(np.dot(self.who, hidden_outputs))
        output_errors = targets - final_outputs
        output_deltas = output_errors * final_outputs * (1 - final_outputs)
        hidden_errors = np.dot(self.who.T, output_deltas)
        hidden_deltas = hidden_errors * hidden_outputs * (1 - hidden_outputs)
        self.who += self.lr * np.dot(output_deltas, hidden_outputs.T)
        self.wih += self.lr * np.dot(hidden_deltas, inputs.T)

    def query(self, inputs_list):
        inputs = np.array(inputs_list, ndmin=2).T
        hidden_outputs = self.activation(np.dot(self.wih, inputs))
        return self.activation(np.dot(self.who, hidden_outputs))
