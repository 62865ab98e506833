#!/usr/bin/env python3
"""Writes a Hugging Face folder of a real shape with random bfloat16 weights, and
token ids to calibrate and evaluate it on: the memory and time that a stage needs
do not depend on the weights' values. Needs no package.

    make_shape.py llama-3.2-1b /tmp/shape

A third argument is the number of layers, if it is not to be the shape's own.
"""

import json
import os
import random
import struct
import sys

LLAMA_3 = {"rope_scaling": {
    "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}

# hidden, layers, heads, key heads, head size, MLP, vocabulary, tied, theta, eps
SHAPES = {
    "tiny": (32, 2, 4, 2, 8, 96, 300, True, 10000, 1e-5),
    "smollm2-360m": (960, 32, 15, 5, 64, 2560, 49152, True, 100000, 1e-5),
    "qwen3-0.6b": (1024, 28, 16, 8, 128, 3072, 151936, True, 1000000, 1e-6),
    "llama-3.2-1b": (2048, 16, 32, 8, 64, 8192, 128256, True, 500000, 1e-5),
    "llama-2-7b": (4096, 32, 32, 32, 128, 11008, 32000, False, 10000, 1e-5),
}
CONTEXT = 2048


def tensors(name, shape):
    hidden, layers, heads, kv, size, mlp, vocab, tied, _, _ = shape
    yield "model.embed_tokens.weight", [vocab, hidden]
    for i in range(layers):
        block = f"model.layers.{i}."
        yield block + "input_layernorm.weight", [hidden]
        yield block + "self_attn.q_proj.weight", [heads * size, hidden]
        yield block + "self_attn.k_proj.weight", [kv * size, hidden]
        yield block + "self_attn.v_proj.weight", [kv * size, hidden]
        yield block + "self_attn.o_proj.weight", [hidden, heads * size]
        if name.startswith("qwen3"):
            yield block + "self_attn.q_norm.weight", [size]
            yield block + "self_attn.k_norm.weight", [size]
        yield block + "post_attention_layernorm.weight", [hidden]
        yield block + "mlp.gate_proj.weight", [mlp, hidden]
        yield block + "mlp.up_proj.weight", [mlp, hidden]
        yield block + "mlp.down_proj.weight", [hidden, mlp]
    yield "model.norm.weight", [hidden]
    if not tied:
        yield "lm_head.weight", [vocab, hidden]


def elements(shape):
    count = 1
    for extent in shape:
        count *= extent
    return count


# Upper bytes of bfloat16: either sign, magnitudes from 2^-7 to 2^-5.
UPPER = bytes(0x3C | (b & 0x80) for b in range(256))


def weights(count, generator):
    """`count` random bfloat16 numbers."""
    piece = 1 << 22
    while count > 0:
        n = min(piece, count)
        out = bytearray(2 * n)
        out[0::2] = generator.randbytes(n)
        out[1::2] = generator.randbytes(n).translate(UPPER)
        yield bytes(out)
        count -= n


def write_model(name, shape, folder):
    header, offset = {}, 0
    for tensor, extents in tensors(name, shape):
        size = 2 * elements(extents)
        header[tensor] = {"dtype": "BF16", "shape": extents,
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    generator = random.Random(42)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, extents in tensors(name, shape):
            if len(extents) == 1:  # norms: ones
                file.write(b"\x80\x3f" * extents[0])
                continue
            for piece in weights(elements(extents), generator):
                file.write(piece)


def write_config(name, shape, folder):
    hidden, layers, heads, kv, size, mlp, vocab, tied, theta, eps = shape
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama",
        "hidden_size": hidden, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": kv,
        "head_dim": size, "intermediate_size": mlp, "vocab_size": vocab,
        "tie_word_embeddings": tied, "rope_theta": theta, "rms_norm_eps": eps,
        "max_position_embeddings": CONTEXT, "hidden_act": "silu",
        "bos_token_id": 1, "eos_token_id": 2,
    }
    if name.startswith("qwen3"):
        config.update(architectures=["Qwen3ForCausalLM"], model_type="qwen3")
    if name.startswith("llama-3"):
        config.update(LLAMA_3)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2)


def write_ids(vocab, tokens, seed, path):
    generator = random.Random(seed)
    with open(path, "w") as file:
        for _ in range(tokens // 512):
            ids = (generator.randrange(3, vocab) for _ in range(512))
            file.write(" ".join(map(str, ids)) + "\n")


def main():
    arguments = sys.argv[1:]
    if len(arguments) not in (2, 3) or arguments[0] not in SHAPES or not all(
            a.isdigit() and int(a) > 0 for a in arguments[2:]):
        sys.exit(f"usage: make_shape.py {'|'.join(SHAPES)} FOLDER [LAYERS]")
    name, folder = arguments[:2]
    shape = SHAPES[name]
    if len(arguments) == 3:
        shape = (shape[0], int(arguments[2])) + shape[2:]
    os.makedirs(folder, exist_ok=True)
    write_config(name, shape, folder)
    write_model(name, shape, folder)
    write_ids(shape[6], 128 * 1024, 1, os.path.join(folder, "calibration.txt"))
    write_ids(shape[6], 8 * 1024, 2, os.path.join(folder, "evaluation.txt"))


main()
