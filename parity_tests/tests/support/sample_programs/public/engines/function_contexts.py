"""An array engine whose operations are classes with `forward`, `backward` and a context."""

import numpy as np


class Context:
    def __init__(self, op, *parents):
        self.op, self.parents, self.saved = op, parents, ()

    def save_for_backward(self, *x):
        self.saved = x


class Function:
    @classmethod
    def apply(cls, *tensors):
        ctx = Context(cls, *tensors)
        out = Tensor(cls.forward(ctx, *(t.data for t in tensors)))
        out._ctx = ctx
        return out


class Tensor:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=np.float64)
        self.grad = None
        self._ctx = None

    def deepwalk(self):
        order, seen = [], set()

        def visit(t):
            if id(t) in seen:
                return
            seen.add(id(t))
            for parent in t._ctx.parents if t._ctx else ():
                visit(parent)
            order.append(t)

        visit(self)
        return order

    def backward(self):
        self.grad = np.ones_like(self.data)
        for t in reversed(self.deepwalk()):
            if t._ctx is None:
                continue
            grads = t._ctx.op.backward(t._ctx, t.grad)
            for parent, g in zip(t._ctx.parents, grads):
                parent.grad = g if parent.grad is None else parent.grad + g

    def __add__(self, other):
        return Add.apply(self, wrapped(other))

    def __sub__(self, other):
        return Add.apply(self, Mul.apply(wrapped(other), Tensor(-1.0)))

    def __mul__(self, other):
        return Mul.apply(self, wrapped(other))

    def __matmul__(self, other):
        return Dot.apply(self, other)

    def relu(self):
        return ReLU.apply(self)

    def sum(self):
        return Sum.apply(self)


def wrapped(x):
    return x if isinstance(x, Tensor) else Tensor(x)


def unbroadcast(g, shape):
    axes = tuple(range(g.ndim - len(shape)))
    axes += tuple(i + len(axes) for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=axes).reshape(shape)


class Add(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x.shape, y.shape)
        return x + y

    @staticmethod
    def backward(ctx, g):
        x_shape, y_shape = ctx.saved
        return unbroadcast(g, x_shape), unbroadcast(g, y_shape)


class Mul(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved
        return unbroadcast(y * g, x.shape), unbroadcast(x * g, y.shape)


class Dot(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x.dot(w)

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved
        return g.dot(w.T), x.T.dot(g)


class ReLU(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return np.maximum(x, 0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved
        return (g * (x >= 0),)


class Sum(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return np.array(x.sum())

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved
        return (g * np.ones_like(x),)
