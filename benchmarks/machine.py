"""Describe the machine, the versions and the commit of a measurement."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PACKAGES = ("numpy", "torch", "lightning", "scikit-learn", "jax", "autograd", "numpy-ml")


def describe_machine() -> dict[str, Any]:
    """Return cpu, cores, system, python, blas, gpu, versions and load (of the last minute)."""
    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "blas": {"numpy": blas_of_numpy(), "torch": blas_of_torch()},
        "gpu": gpu(),
        "versions": {name: v for name in PACKAGES if (v := installed(name))},
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def in_words(machine: dict[str, Any]) -> str:
    """Return the description as two lines and one for the BLAS libraries."""
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    blas = ", ".join(f"{name} with {blas}" for name, blas in machine["blas"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores{machine['gpu'] and ', ' + machine['gpu']}; "
        f"{machine['system']}; Python {machine['python']}; load before: {machine['load']}\n"
        f"{versions}\n{blas}"
    )


def commit() -> str:
    """Return the short name of the checkout's commit, with + where files differ from it."""
    try:
        name = git("rev-parse", "--short", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return name + "+" * bool(changed)


def git(*arguments: str) -> str:
    """Return the output of one git command in this checkout."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def cpu() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def gpu() -> str:
    """Return the CUDA device's name, or nothing."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def blas_libraries() -> list[dict[str, Any]]:
    """Return the loaded BLAS libraries, NumPy's first, each with its number of threads."""
    import numpy  # noqa: F401  (which loads its BLAS)
    from threadpoolctl import threadpool_info

    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return sorted(libraries, key=lambda library: "numpy" not in library["filepath"])


def blas_of_numpy() -> str:
    """Return the library that multiplies for NumPy, and the processor that its code is for."""
    keys = ("internal_api", "version", "architecture")
    return " ".join(str(lib.get(k) or "") for lib in blas_libraries()[:1] for k in keys)


def blas_of_torch() -> str:
    """Return the library that multiplies for torch, and the instructions that it uses."""
    import torch

    text = torch.__config__.show()
    (name,) = re.findall(r"BLAS_INFO=(\w+)", text) or ["?"]
    (code,) = re.findall(r"CPU capability usage: (\w+)", text) or [""]
    return f"{name} {code}"


def installed(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
