"""The places of small_gpt.py: our name of each tensor, and where the program has it."""

from small_gpt import SmallGPT

from parity_tests import NamedModules

gpt = NamedModules(SmallGPT, {
    "wte": "token", "wpe": "place", "h.*.ln_1": "blocks.*.norm1", "h.*.ln_2": "blocks.*.norm2",
    "h.*.attn.scores": "blocks.*.attn:div", "h.*.attn.probabilities": "blocks.*.attn.drop",
    "h.*.attn.values": "blocks.*.attn:matmul#2", "h.*.attn.c_attn": "blocks.*.attn.qkv",
    "h.*.attn.c_proj": "blocks.*.attn.out", "h.*.mlp.c_fc": "blocks.*.mlp.up",
    "h.*.mlp.c_proj": "blocks.*.mlp.down", "ln_f": "norm", "lm_head": "head",
})  # fmt: skip
