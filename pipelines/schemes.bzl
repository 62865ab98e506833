"""Quantization schemes as data for the quant_curve macro.

A scheme is a name that //tools/quantize knows ("int8_per_channel"), or what
integer_scheme() returns. Nothing here decides how a scheme is computed. What is
wrong with a scheme fails while the BUILD file is loaded: scheme_error().
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

# Those of them that //tools/quantize refuses without a calibration.
CALIBRATED_SCHEMES = ["int4_per_group_64_gptq"]

_LEVELS = ["LEVELS_SIGNED_SCALE", "LEVELS_IQ4_NL", "LEVELS_NONLINEAR_3BIT", "LEVELS_MINIMUM"]

_ACTIVATION_FORMATS = [
    "ACTIVATION_FLOAT32",
    "ACTIVATION_FLOAT16",
    "ACTIVATION_INT8",
]

def scheme_error(scheme, has_calibration):
    """What is wrong with a scheme, so that loading fails and not an action.

    Args:
      scheme: a named scheme, a text proto (it holds a colon), or what
        integer_scheme() returns.
      has_calibration: whether the scheme is quantized with one.

    Returns:
      A message, or None for a scheme that //tools/quantize takes (it checks text
      protos further).
    """
    text = scheme if type(scheme) == "string" else scheme.text
    if ":" in text:
        fields = text.replace(" ", "")
        calibrated = "method:GPTQ" in fields or "activation_clip_percentile:" in fields
    elif text in SWEEP_SCHEMES:
        calibrated = text in CALIBRATED_SCHEMES
    else:
        return "unknown scheme '%s': known are %s; describe others with integer_scheme()" % (
            text,
            ", ".join(SWEEP_SCHEMES),
        )
    if calibrated and not has_calibration:
        name = text if type(scheme) == "string" else scheme.name
        return "scheme '%s' uses GPTQ or a clip percentile and needs a calibration (calibration_sequences above 0)" % name
    return None

def integer_scheme_error(
        bits,
        group_size,
        per_tensor,
        method,
        activation_order,
        sequential,
        activation_format,
        activation_clip_percentile,
        embedding_format,
        symmetric = True,
        levels = None,
        scale_search = False,
        coordinate_descent_rounds = 0,
        least_squares_target = False):
    """What is wrong with the arguments of integer_scheme(); None if nothing is."""
    if bits < 2 or bits > 8:
        return "bits = %d: must be in [2, 8]" % bits
    if group_size != None and group_size < 1:
        return "group_size = %d: must be >= 1, or None for one scale per row" % group_size
    if per_tensor and group_size:
        return "per_tensor and group_size exclude each other"
    if method not in ["RTN", "GPTQ"]:
        return "method = '%s': must be RTN or GPTQ" % method
    if method != "GPTQ" and (activation_order or sequential):
        return "activation_order and sequential need method = 'GPTQ'"
    if activation_format not in _ACTIVATION_FORMATS:
        return "activation_format = '%s': must be one of %s" % (activation_format, ", ".join(_ACTIVATION_FORMATS))
    if activation_clip_percentile and activation_format != "ACTIVATION_INT8":
        return "activation_clip_percentile needs activation_format = 'ACTIVATION_INT8'"
    if activation_clip_percentile < 0 or activation_clip_percentile > 100:
        return "activation_clip_percentile = %s: must be in [0, 100] (0 means no clip)" % activation_clip_percentile
    if embedding_format not in [None, "EMBEDDING_INT8"]:
        return "embedding_format = '%s': must be EMBEDDING_INT8 or None" % embedding_format
    if levels not in _LEVELS + [None]:
        return "levels = '%s': must be one of %s, or None" % (levels, ", ".join(_LEVELS))
    if levels and symmetric != (levels != "LEVELS_MINIMUM"):
        return "levels = '%s' needs symmetric = %s" % (levels, not symmetric)
    if levels == "LEVELS_MINIMUM" and activation_format == "ACTIVATION_INT8":
        return "levels = 'LEVELS_MINIMUM' excludes ACTIVATION_INT8"
    if levels == "LEVELS_IQ4_NL" and bits != 4:
        return "levels = 'LEVELS_IQ4_NL' needs bits = 4"
    if levels == "LEVELS_NONLINEAR_3BIT" and bits != 3:
        return "levels = 'LEVELS_NONLINEAR_3BIT' needs bits = 3"
    if (scale_search or coordinate_descent_rounds) and (method != "GPTQ" or not group_size):
        return "scale_search and coordinate_descent_rounds need method = 'GPTQ' and a group_size"
    if least_squares_target and not (sequential and group_size):
        return "least_squares_target needs sequential = True and a group_size"
    if scale_search and not symmetric and levels != "LEVELS_MINIMUM":
        return "scale_search needs symmetric = True or LEVELS_MINIMUM"
    if coordinate_descent_rounds < 0 or coordinate_descent_rounds > 16:
        return "coordinate_descent_rounds = %d: must be in [0, 16]" % coordinate_descent_rounds
    return None

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
        embedding_format = None,
        levels = None,
        scale_search = False,
        coordinate_descent_rounds = 0,
        least_squares_target = False):
    """Describes a scheme with integer weights.

    Args:
      name: what the scheme is called in figures, tables and targets.
      bits: width of a code, 2 to 8.
      group_size: inputs a scale; None means one scale an output row.
      per_tensor: one scale for the whole matrix; not with group_size.
      symmetric: codes around zero without a zero point.
      method: "RTN" or "GPTQ".
      activation_order: only with GPTQ: columns in order of falling H_ii.
      sequential: only with GPTQ: Hessians of a block with the earlier blocks
        already quantized; such a scheme is computed in one piece.
      activation_format: a value of ActivationFormat (proto/scheme.proto).
      activation_clip_percentile: with ACTIVATION_INT8: where |x| is clipped.
      embedding_format: "EMBEDDING_INT8" for an int8 token embedding and LM
        head; None leaves them float16.
      levels: a value of Levels (proto/scheme.proto): "LEVELS_SIGNED_SCALE",
        "LEVELS_IQ4_NL" (4 bits), "LEVELS_NONLINEAR_3BIT" (3 bits), or with
        symmetric = False "LEVELS_MINIMUM"; None means positive scales and, with symmetric = False, integer zero points.
      scale_search: only with GPTQ and group_size: scales by search.
      coordinate_descent_rounds: only with GPTQ and group_size: rounds over
        scales and codes after GPTQ.
      least_squares_target: only with sequential and group_size: approximates the
        float model's outputs from the quantized model's inputs.

    Returns:
      A struct with the scheme's name, its text proto (proto/scheme.proto), and
      whether it is sequential.
    """
    error = integer_scheme_error(
        bits,
        group_size,
        per_tensor,
        method,
        activation_order,
        sequential,
        activation_format,
        activation_clip_percentile,
        embedding_format,
        symmetric = symmetric,
        levels = levels,
        scale_search = scale_search,
        coordinate_descent_rounds = coordinate_descent_rounds,
        least_squares_target = least_squares_target,
    )
    if error:
        fail("scheme '%s': %s" % (name, error))
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
    if levels:
        fields.append("levels: %s" % levels)
    options = []
    if scale_search:
        options.append("scale_search: true")
    if coordinate_descent_rounds:
        options.append("coordinate_descent_rounds: %d" % coordinate_descent_rounds)
    if least_squares_target:
        options.append("least_squares_target: true")
    if options:
        fields.append("gptq { %s }" % " ".join(options))
    return struct(name = name, sequential = sequential, text = " ".join(fields))

# Where the curve bends: fewer than four bits, in more than one experiment.
INT3_SCHEMES = [
    integer_scheme(
        name = "int3_per_group_64",
        bits = 3,
        group_size = 64,
    ),
    integer_scheme(
        name = "int3_per_group_64_gptq",
        bits = 3,
        group_size = 64,
        method = "GPTQ",
    ),
    integer_scheme(
        name = "int3_per_group_64_gptq_sequential",
        bits = 3,
        group_size = 64,
        method = "GPTQ",
        sequential = True,
    ),
]

# GPTQ with scale search and coordinate descent at about the bytes of int3 and
# int4: one-shot, and sequentially towards the least-squares target. Groups of 32
# are exported as GGUF's Q4_0, IQ4_NL and Q4_1.
SEARCHED_SCHEMES = [
    integer_scheme(
        name = "int%d_per_group_%d%s_gptq_search%s" % (bits, group_size, suffix, "_target" if target else ""),
        bits = bits,
        coordinate_descent_rounds = 2,
        group_size = group_size,
        least_squares_target = target,
        levels = levels,
        method = "GPTQ",
        scale_search = True,
        sequential = target,
        symmetric = levels != "LEVELS_MINIMUM",
    )
    for bits, group_size, suffix, levels, target in [
        (3, 64, "_nonlinear", "LEVELS_NONLINEAR_3BIT", True),
        (4, 64, "_iq4_nl", "LEVELS_IQ4_NL", False),
        (4, 64, "_iq4_nl", "LEVELS_IQ4_NL", True),
        (4, 32, "_signed", "LEVELS_SIGNED_SCALE", True),
        (4, 32, "_iq4_nl", "LEVELS_IQ4_NL", True),
        (4, 32, "_minimum", "LEVELS_MINIMUM", True),
    ]
]
