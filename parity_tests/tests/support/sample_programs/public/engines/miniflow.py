"""A graph of nodes: each has `forward` and `backward`, and gradients by its inbound nodes."""

import numpy as np


class Node(object):
    def __init__(self, inbound_nodes=()):
        self.inbound_nodes = list(inbound_nodes)
        self.outbound_nodes = []
        self.value = None
        self.gradients = {}
        for n in self.inbound_nodes:
            n.outbound_nodes.append(self)

    def received(self):
        return sum(n.gradients[self] for n in self.outbound_nodes)


class Input(Node):
    def forward(self):
        pass

    def backward(self):
        self.gradients[self] = self.received()


class Linear(Node):
    def __init__(self, X, W, b):
        Node.__init__(self, [X, W, b])

    def forward(self):
        X, W, b = (n.value for n in self.inbound_nodes)
        self.value = np.dot(X, W) + b

    def backward(self):
        X, W, b = self.inbound_nodes
        grad_cost = self.received()
        self.gradients[X] = np.dot(grad_cost, W.value.T)
        self.gradients[W] = np.dot(X.value.T, grad_cost)
        self.gradients[b] = np.sum(grad_cost, axis=0, keepdims=False)


class Sigmoid(Node):
    def forward(self):
        self.value = 1.0 / (1.0 + np.exp(-self.inbound_nodes[0].value))

    def backward(self):
        sigmoid = self.value
        self.gradients[self.inbound_nodes[0]] = sigmoid * (1 - sigmoid) * self.received()


class MSE(Node):
    def __init__(self, y, a):
        Node.__init__(self, [y, a])

    def forward(self):
        self.m = self.inbound_nodes[0].value.shape[0]
        self.diff = self.inbound_nodes[0].value - self.inbound_nodes[1].value
        self.value = np.sum(self.diff**2) / self.m

    def backward(self):
        self.gradients[self.inbound_nodes[0]] = (2 / self.m) * self.diff
        self.gradients[self.inbound_nodes[1]] = (-2 / self.m) * self.diff


def forward_and_backward(graph):
    for n in graph:
        n.forward()
    for n in graph[::-1]:
        n.backward()
