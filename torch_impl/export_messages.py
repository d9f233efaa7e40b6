"""Every sentence that an export is refused with, by its code."""

from __future__ import annotations

from ref_numpy.errors import Message

EXPORT_MESSAGES: dict[str, Message] = {
    "export.run": (
        "{path} is neither a run's folder nor a weights file; expected a folder with a "
        "weights.safetensors, or such a file."
    ),
    "export.no-weights": (
        "{path} holds no weights.safetensors, which a run writes when it ends; train to the end, "
        "or name a weights file."
    ),
    "export.package": (
        "--to {format} needs the package {package}, which is not installed; pip install {packages}."
    ),
    "export.out": "{path} cannot be written; name a file in a folder that exists: --out.",
    "export.exists": (
        "{path} exists, and its ending is not {suffix}, as of a model in this format; name another "
        "file: --out, or remove it."
    ),
    "export.graph": (
        "--to state_dict is the parameters of a plain nn.Sequential, and the network is a graph, "
        "{network}; use --to onnx or torch.export."
    ),
    "export.float64-erf": (
        "--to onnx cannot write GELU at float64, since onnxruntime's erf is float32; train it with "
        "float32 weights, or use --to torch.export."
    ),
    "export.failed": (
        "torch {version} cannot write this network as {format} ({error}); try another --to."
    ),
}
