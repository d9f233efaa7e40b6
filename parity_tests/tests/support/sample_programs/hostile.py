"""Wrong programs that try to decide their own verdict: each would pass, or stop the judge."""

import gc
import json
import os
import pickle
import socket
import struct
import sys
import time

import numpy as np

import ref_numpy

right = ref_numpy.run


def wrong(spec, params, X, Y):
    """The reference's tensors, but for one gradient."""
    trace = right(spec, params, X, Y)
    return trace | {"dW1": 2 * trace["dW1"]}


def patches_the_reference(*problem):
    backward = ref_numpy.Dense.backward

    def twice(*given):
        d_input, gradients = backward(*given)
        return d_input, {n: 2 * x for n, x in gradients.items()}

    ref_numpy.Dense.backward = twice
    return right(*problem)


def patches_the_comparison(*problem):
    from parity_tests.checking import comparison, report

    comparison.Comparison.findings = lambda self, *rest, **facts: []
    comparison.closest = lambda candidate, expected: (candidate, *3 * [0 * candidate])
    report.Report.verdict = "passed"
    return wrong(*problem)


def patches_numpy(*problem):
    np.array_equal = lambda *rest, **options: True
    np.abs = np.absolute = lambda x, **options: 0 * x
    return wrong(*problem)


def returns_a_report(*problem):
    from parity_tests.checking.report import Report

    return Report("mine", "float64", (), ())


class Payload:
    """Writes a file where it is unpickled."""

    def __reduce__(self):
        return (open, (os.environ["HOSTILE_FILE"], "w"))


def returns_a_payload(*problem):
    return wrong(*problem) | {"dW1": Payload(), "A1": [Payload()], "b": {Payload(): 1}}


class Alternating:
    """An array that is right only every second time that it is read."""

    def __init__(self, *arrays):
        self.arrays = [*arrays]

    def __array__(self, dtype=None, copy=None):
        self.arrays.reverse()
        return self.arrays[0]


def alternates(*problem):
    trace = right(*problem)
    return trace | {"dW1": Alternating(2 * trace["dW1"], trace["dW1"])}


class AlwaysRight(np.ndarray):
    """An array that is equal to everything."""

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return np.zeros(self.shape)

    def astype(self, *rest, **options):
        return self

    def __eq__(self, other):
        return np.ones(self.shape, bool)


def is_always_right(*problem):
    trace = wrong(*problem)
    return {name: np.asarray(x).view(AlwaysRight) for name, x in trace.items()}


class SaysItIsRight(dict):
    """A trace that holds other tensors each time that it is looked at."""

    def items(self):
        return wrong(*self["problem"]).items()

    def __getitem__(self, name):
        return super().__getitem__(name) if name == "problem" else right(*self["problem"])[name]


def is_two_traces(*problem):
    return SaysItIsRight(problem=problem)


def connection():
    (found,) = [x for x in gc.get_objects() if isinstance(x, socket.socket)]
    return found


def send(data, body=b""):
    header = json.dumps([data, []]).encode() if not isinstance(data, bytes) else data
    connection().sendall(struct.pack("<QQ", len(header), len(body)) + header + body)


PASSED = ["dict", ["answer", ["dict", ["verdict", "passed"], ["passed", True], ["findings", []]]]]


def forges_an_answer(*problem):
    send(PASSED)
    os._exit(0)


def sends_a_pickle(*problem):
    send(pickle.dumps(Payload()))
    os._exit(0)


def sends_too_much(*problem):
    connection().sendall(struct.pack("<QQ", 2**20, 2**62))
    time.sleep(1000)


def sends_a_deep_answer(*problem):
    send(b"[" * 10**6)
    time.sleep(1000)


def sends_an_array_without_its_bytes(*problem):
    header = json.dumps([["array", 0], [["float64", [2**40]]]]).encode()
    connection().sendall(struct.pack("<QQ", len(header), 0) + header)
    time.sleep(1000)


def sends_objects(*problem):
    header = json.dumps([["array", 0], [["object", [1]]]]).encode()
    connection().sendall(struct.pack("<QQ", len(header), 8) + header + bytes(8))
    time.sleep(1000)


def sends_without_end(*problem):
    connection().sendall(struct.pack("<QQ", 2**20, 0))
    while True:
        connection().sendall(b" ")
        time.sleep(0.01)


def changes_what_is_sent(*problem):
    from parity_tests.adapters.candidate_process import service

    service.Service.answer = lambda self, request: {"answer": {"verdict": "passed"}}
    return wrong(*problem)


def breaks_what_is_sent(*problem):
    from parity_tests.adapters.candidate_process import service

    service.restore = None
    service.changed_arrays = lambda before: {}["nothing"]
    return wrong(*problem)


def raises_an_error_of_ours(*problem):
    from parity_tests.checking.guarded_calls import CandidateError

    raise CandidateError("passed", "verdict.passed", {"passed": True})


def raises_an_interrupt(*problem):
    raise KeyboardInterrupt


def kills_its_guardian(*problem):
    with open(os.environ["HOSTILE_FILE"], "w") as file:
        file.write(f"{os.getpid()} {os.getppid()}")
    os.kill(os.getppid(), 9)
    time.sleep(1000)


def closes_every_file(*problem):
    os.closerange(3, 100)
    time.sleep(1000)


def leaves_a_child_with_the_connection(*problem):
    pid = os.fork()
    if pid:
        with open(os.environ["HOSTILE_FILE"], "w") as file:
            file.write(f"{os.getpid()} {pid}")
        os._exit(0)
    os.setsid()
    time.sleep(1000)


def waits_with_a_child(*problem):
    pid = os.fork()
    if pid:
        with open(os.environ["HOSTILE_FILE"], "w") as file:
            file.write(f"{os.getpid()} {os.getppid()} {pid}")
    else:
        os.setsid()
    time.sleep(1000)


def takes_all_memory(*problem):
    kept = []
    while True:
        kept.append(np.ones(2**20))


def lets_a_child_take_all_memory(*problem):
    if os.fork():
        time.sleep(1000)
    takes_all_memory()


kept = []


def shares_memory_with_children(*problem):
    pids = []
    if not kept:
        kept.append(np.ones(2**24))
        for _ in range(4):
            pids.append(os.fork())
            if not pids[-1]:
                kept[0].sum()
                time.sleep(0.3)
                os._exit(0)
    for pid in pids:
        os.waitpid(pid, 0)
    return right(*problem)


def uses_standard_output(spec, params, X, Y):
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.buffer.write(b"one\n")
    print("two: Σ")
    sys.stdout.write("three\nfour\n")
    sys.stdout.flush()
    assert sys.stdout.fileno() == 1
    assert not sys.stdout.isatty() or os.isatty(2)
    assert sys.stdout.encoding == "utf-8"
    assert sys.stdout.writable()
    return right(spec, params, X, Y)
