"""Quantization schemes as data for the quant_curve macro.

A scheme is a name that //tools/quantize knows ("int8_per_channel"), or what
integer_scheme() returns. Nothing here decides how a scheme is computed.
"""

# The sweep of the specification: the seven schemes of the lab, and the eighth of
# its latency study.
SWEEP_SCHEMES = [
    "fp32",
    "fp16",
    "int8_per_tensor",
    "int8_per_channel",
    "int4_per_group_64",
    "int4_per_group_128",
    "int4_per_group_64_gptq",
    "int8_weight_activation",
]

def integer_scheme(
        name,
        bits,
        group_size = None,
        per_tensor = False,
        symmetric = True,
        method = "RTN",
        activation_order = False,
        sequential = False,
        activation_format = "ACTIVATION_FLOAT32",
        activation_clip_percentile = 0,
        embedding_format = None):
    """Describes a scheme with integer weights.

    Args:
      name: what the scheme is called in figures, tables and targets.
      bits: width of a code, 2 to 8.
      group_size: inputs a scale; None means one scale an output row.
      per_tensor: one scale for the whole matrix; not with group_size.
      symmetric: codes around zero without a zero point.
      method: "RTN" or "GPTQ".
      activation_order: GPTQ alone: columns in order of falling H_ii.
      sequential: GPTQ alone: Hessians of a block with the earlier blocks
        already quantized; such a scheme is computed in one piece.
      activation_format: a value of ActivationFormat (proto/scheme.proto).
      activation_clip_percentile: with ACTIVATION_INT8: where |x| is clipped.
      embedding_format: "EMBEDDING_INT8" for an int8 token embedding and LM
        head; None leaves them float16.

    Returns:
      A struct with the scheme's name, its text proto (proto/scheme.proto), and
      whether it is sequential.
    """
    if per_tensor and group_size:
        fail("scheme '%s': per_tensor and group_size exclude each other" % name)
    fields = [
        "name: '%s'" % name,
        "weight_format: WEIGHT_INTEGER",
        "bits: %d" % bits,
        "symmetric: %s" % ("true" if symmetric else "false"),
        "method: %s" % method,
        "activation_format: %s" % activation_format,
    ]
    if group_size:
        fields += ["granularity: PER_GROUP", "group_size: %d" % group_size]
    else:
        fields.append("granularity: %s" % ("PER_TENSOR" if per_tensor else "PER_CHANNEL"))
    if activation_order:
        fields.append("activation_order: true")
    if sequential:
        fields.append("sequential: true")
    if activation_clip_percentile:
        fields.append("activation_clip_percentile: %s" % activation_clip_percentile)
    if embedding_format:
        fields.append("embedding_format: %s" % embedding_format)
    return struct(name = name, sequential = sequential, text = " ".join(fields))
