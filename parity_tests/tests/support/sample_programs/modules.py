"""torch modules of several arrangements, all of them 6-5-4-3 with ReLU and a softmax."""

import warnings

import torch
from torch import nn
from torch.nn import functional as F


class Nested(nn.Module):
    """Sub-modules and functions; gives what `last` makes of the logits."""

    def __init__(self, last=None):
        super().__init__()
        self.head = nn.Linear(4, 3)  # defined first, run last
        self.body = nn.Sequential(
            nn.Flatten(), nn.Linear(6, 5), nn.Sequential(nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 4))
        )
        self.last = last or nn.Identity()

    def forward(self, x):
        return self.last(self.head(F.relu(self.body(x))))


class Dense(nn.Module):
    """A fully connected layer of one's own."""

    def __init__(self, n_prev, n):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n, n_prev))
        self.bias = nn.Parameter(torch.zeros(n))

    def forward(self, x):
        return x @ self.weight.T + self.bias


flat = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
compiled = torch.compile(Nested(), backend="aot_eager")
own_layers = nn.Sequential(Dense(6, 5), nn.ReLU(), Dense(5, 4), nn.ReLU(), Dense(4, 3))


def probabilities():
    return Nested(nn.Softmax(dim=1))


def logarithms():
    return Nested(nn.LogSoftmax(dim=1))


def of_the_description(spec):
    sizes = [6, *(step.shape[0] for step in spec.steps if step.output[0] == "Z")]
    layers = [nn.Linear(n_prev, n) for n_prev, n in zip(sizes, sizes[1:])]
    return nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])


lazy = nn.Sequential(
    nn.LazyLinear(5), nn.ReLU(), nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(3)
)
frozen = Nested().requires_grad_(False)


class by_keyword(Nested):
    def forward(self, x):
        return self.head(input=F.relu(self.body(x)))


# What a check refuses, or finds.

wrong_axis = Nested(nn.Softmax(dim=0))
with_tanh = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
normalised = nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.Linear(5, 4), nn.Linear(4, 3))
without_bias = nn.Sequential(nn.Linear(6, 5, bias=False), nn.Linear(5, 4), nn.Linear(4, 3))
shorter = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
shared = nn.Sequential(nn.Linear(6, 5), *[nn.Linear(5, 5)] * 2, nn.Linear(5, 3))


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    scripted = torch.jit.trace(nn.Linear(6, 3), torch.zeros(2, 6))


class by_hand(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return F.linear(x, self.fc.weight, self.fc.bias)


class Detached(Nested):
    """No gradient goes to the body."""

    def forward(self, x):
        return self.head(F.relu(self.body(x).detach()))


def tuple_of_outputs():
    class Pair(Nested):
        def forward(self, x):
            return super().forward(x), 0

    return Pair()


# What is another in train(), or no chain of known layers.

class drops_by_a_function(Nested):
    def forward(self, x):
        return self.head(F.dropout(F.relu(self.body(x)), 0.5, self.training))


class normalises(Nested):
    """Batch normalisation without parameters, which keeps what it has seen."""

    def __init__(self):
        super().__init__()
        self.body.append(nn.BatchNorm1d(4, affine=False))


with_mish = nn.Sequential(nn.Linear(6, 5), nn.Mish(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
with_gelu = nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 4), nn.GELU(), nn.Linear(4, 3))
with_tanh_gelu = nn.Sequential(
    nn.Linear(6, 5), nn.GELU("tanh"), nn.Linear(5, 4), nn.GELU("tanh"), nn.Linear(4, 3)
)


class selu_by_a_function(Nested):
    def forward(self, x):
        return self.head(F.selu(self.body(x)))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(6, 4), nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.c(h + torch.relu(self.b(h)))


class to_the_output(Residual):
    def forward(self, x):
        h = torch.relu(self.b(torch.relu(self.a(x))))
        return self.c(h) + x[:, :3]


class by_hand_relu(Nested):
    """Of operations that are not a layer's: right."""

    def forward(self, x):
        Z = self.body(x)
        return self.head(Z * (Z > 0))


class in_place(Nested):
    """What ReLU takes is overwritten."""

    def forward(self, x):
        return self.head(F.relu_(self.body(x)))


class celu_by_a_function(Nested):
    def forward(self, x):
        return self.head(F.celu(self.body(x)))


class detached_residual(Residual):
    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.c(torch.relu(self.b(h)) + h.detach())


class normalises_its_inputs(Nested):
    def forward(self, x):
        return super().forward(F.layer_norm(x, (6,)))


class shifts_its_inputs(Nested):
    def forward(self, x):
        return super().forward(x - 1)


class always_drops(Nested):
    def forward(self, x):
        return self.head(F.dropout(F.relu(self.body(x)), 0.5))


def tied():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))
    module[2].weight = module[0].weight
    return module


class not_in_train(Nested):
    def forward(self, x):
        if self.training:
            raise RuntimeError("of one's own")
        return super().forward(x)
