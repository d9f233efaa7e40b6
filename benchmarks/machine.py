"""The machine and the versions that a measurement is of."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "torch", "lightning", "scikit-learn", "jax", "autograd", "numpy-ml")


def described() -> dict[str, Any]:
    """cpu, cores, memory, system, python, blas, versions; load: of the last minute, before."""
    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "blas": {"numpy": numpys_blas(), "torch": torchs_blas()},
        "gpu": gpu(),
        "versions": {name: v for name in PACKAGES if (v := installed(name))},
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def in_words(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    blas = ", ".join(f"{name} with {blas}" for name, blas in machine["blas"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores{machine['gpu'] and ', ' + machine['gpu']}; "
        f"{machine['system']}; Python {machine['python']}; load before: {machine['load']}\n"
        f"{versions}\n{blas}"
    )


def cpu() -> str:
    info = Path("/proc/cpuinfo")
    said = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return said[1] if said else platform.processor() or platform.machine()


def gpu() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def blas_libraries() -> list[dict[str, Any]]:
    """NumPy's first, with its number of threads."""
    import numpy  # noqa: F401  (which loads it)
    from threadpoolctl import threadpool_info

    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return sorted(libraries, key=lambda library: "numpy" not in library["filepath"])


def numpys_blas() -> str:
    """Which library multiplies, and for which processor it chose its code."""
    said = ("internal_api", "version", "architecture")
    return " ".join(str(lib.get(k) or "") for lib in blas_libraries()[:1] for k in said)


def torchs_blas() -> str:
    import torch

    said = torch.__config__.show()
    (name,) = re.findall(r"BLAS_INFO=(\w+)", said) or ["?"]
    (code,) = re.findall(r"CPU capability usage: (\w+)", said) or [""]
    return f"{name} {code}"


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
