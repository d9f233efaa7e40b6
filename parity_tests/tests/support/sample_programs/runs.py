"""Functions of (spec, params, X, Y): one that is right, and what else people hand in."""

import ctypes
import os
import sys

import numpy as np

import ref_numpy


def right(spec, params, X, Y):
    return ref_numpy.run(spec, params, X, Y)


def prints(spec, params, X, Y):
    print("forward")
    os.system("echo and backward")
    return ref_numpy.run(spec, params, X, Y)


def raises(spec, params, X, Y):
    return X @ X


def recurses(spec, params, X, Y):
    return recurses(spec, params, X, Y)


def leaves(spec, params, X, Y):
    sys.exit("that is all")


def asks(spec, params, X, Y):
    return input("which layer? ")


def hangs(spec, params, X, Y):
    while True:
        pass


def crashes(spec, params, X, Y):
    ctypes.string_at(0)


def ends(spec, params, X, Y):
    os._exit(3)


def nothing(spec, params, X, Y):
    ref_numpy.run(spec, params, X, Y)


def lists(spec, params, X, Y):
    return {name: t.tolist() for name, t in ref_numpy.run(spec, params, X, Y).items()}


def other_types(spec, params, X, Y):
    trace = ref_numpy.run(spec, params, X, Y)
    return trace | {"A1": None, "dW1": "0.5", "dZ2": {}, "J": float(trace["J"])}


def forward_only(spec, params, X, Y):
    return ref_numpy.forward(spec, params, X)[0]


def changes_its_input(spec, params, X, Y):
    trace = {name: t.copy() for name, t in ref_numpy.run(spec, params, X, Y).items()}
    X -= X.mean()
    return trace


def one_array_twice(spec, params, X, Y):
    trace = ref_numpy.run(spec, params, X, Y)
    trace["A1"] = np.maximum(trace["Z1"], 0, out=trace["Z1"])
    return trace


def views(spec, params, X, Y):
    def view(t):
        return np.asfortranarray(t)[::-1][::-1]

    trace = ref_numpy.run(spec, params, X, Y)
    return {name: view(t) if t.ndim == 2 else t for name, t in trace.items()}


a_text = "no function"


class Unsayable(Exception):
    def __str__(self):
        raise RuntimeError


def unsayable(spec, params, X, Y):
    raise Unsayable


class Broken(dict):
    def items(self):
        raise OSError("no items")


def broken_mapping(spec, params, X, Y):
    return Broken(ref_numpy.run(spec, params, X, Y))
