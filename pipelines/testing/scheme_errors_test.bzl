"""Tests of what fails while a BUILD file is loaded (//pipelines:schemes.bzl)."""

load("//pipelines:schemes.bzl", "SWEEP_SCHEMES", "integer_scheme", "integer_scheme_error", "scheme_error")

def _error(**changes):
    """integer_scheme_error() of a plain int4 scheme with some arguments changed."""
    arguments = dict(
        activation_clip_percentile = 0,
        activation_format = "ACTIVATION_FLOAT32",
        activation_order = False,
        bits = 4,
        embedding_format = None,
        group_size = 64,
        method = "RTN",
        per_tensor = False,
        sequential = False,
    )
    arguments.update(changes)
    return integer_scheme_error(**arguments)

def _failures():
    """Cases whose error is not what it must be: None, or a message with a part."""
    gptq = integer_scheme(name = "int3_gptq", bits = 3, method = "GPTQ")
    clipped = integer_scheme(
        name = "clipped",
        activation_clip_percentile = 99.9,
        activation_format = "ACTIVATION_INT8",
        bits = 8,
    )
    cases = [
        (scheme_error("int4_per_group_65", True), "unknown scheme 'int4_per_group_65': known are fp32, fp16,"),
        (scheme_error("", True), "unknown scheme ''"),
        (scheme_error("int4_per_group_64_gptq", False), "'int4_per_group_64_gptq' uses GPTQ"),
        (scheme_error("int4_per_group_64_gptq", True), None),
        (scheme_error(gptq, False), "'int3_gptq' uses GPTQ"),
        (scheme_error(gptq, True), None),
        (scheme_error(gptq.text, False), "needs a calibration"),
        (scheme_error(clipped, False), "'clipped' uses GPTQ or a clip percentile"),
        (scheme_error(integer_scheme(name = "int3", bits = 3), False), None),
        (_error(), None),
        (_error(bits = 1), "bits = 1: must be in [2, 8]"),
        (_error(bits = 9), "bits = 9"),
        (_error(group_size = 0), "group_size = 0"),
        (_error(group_size = None, per_tensor = True), None),
        (_error(per_tensor = True), "exclude each other"),
        (_error(method = "AWQ"), "method = 'AWQ': must be RTN or GPTQ"),
        (_error(activation_order = True), "need method = 'GPTQ'"),
        (_error(sequential = True), "need method = 'GPTQ'"),
        (_error(method = "GPTQ", sequential = True), None),
        (_error(activation_format = "INT8"), "activation_format = 'INT8'"),
        (_error(activation_clip_percentile = 99), "needs activation_format"),
        (_error(activation_clip_percentile = 101, activation_format = "ACTIVATION_INT8"), "101"),
        (_error(embedding_format = "EMBEDDING_INT4"), "EMBEDDING_INT4"),
        (_error(levels = "LEVELS_SIGNED_SCALE"), None),
        (_error(levels = "LEVELS_NF4"), "levels = 'LEVELS_NF4': must be one of"),
        (_error(levels = "LEVELS_SIGNED_SCALE", symmetric = False), "needs symmetric"),
        (_error(bits = 3, levels = "LEVELS_IQ4_NL"), "needs bits = 4"),
        (_error(levels = "LEVELS_IQ4_NL"), None),
        (_error(levels = "LEVELS_MINIMUM"), "needs symmetric = False"),
        (_error(levels = "LEVELS_MINIMUM", symmetric = False), None),
        (_error(activation_format = "ACTIVATION_INT8", levels = "LEVELS_MINIMUM", symmetric = False), "excludes ACTIVATION_INT8"),
        (_error(scale_search = True), "need method = 'GPTQ'"),
        (_error(coordinate_descent_rounds = 2, group_size = None, method = "GPTQ"), "and a group_size"),
        (_error(method = "GPTQ", scale_search = True, symmetric = False), "needs symmetric"),
        (_error(coordinate_descent_rounds = 17, method = "GPTQ"), "17: must be in [0, 16]"),
        (_error(coordinate_descent_rounds = 2, method = "GPTQ", scale_search = True), None),
        (_error(least_squares_target = True, method = "GPTQ"), "needs sequential = True"),
        (_error(least_squares_target = True, method = "GPTQ", sequential = True), None),
    ]
    cases += [
        (scheme_error(name, name.endswith("_gptq")), None)
        for name in SWEEP_SCHEMES
    ]
    return [
        "'%s' where '%s' was expected" % (error, expected)
        for error, expected in cases
        if (expected == None) != (error == None) or (expected and expected not in error)
    ]

def _report_test_impl(ctx):
    lines = ["echo \"%s\"" % failure for failure in ctx.attr.failures]
    ctx.actions.write(
        ctx.outputs.script,
        "\n".join(["#!/bin/bash"] + lines + ["exit %d" % min(1, len(lines)), ""]),
        is_executable = True,
    )
    return [DefaultInfo(executable = ctx.outputs.script)]

_report_test = rule(
    implementation = _report_test_impl,
    attrs = {"failures": attr.string_list()},
    outputs = {"script": "%{name}.sh"},
    test = True,
)

def scheme_errors_test(name):
    """A test that prints each case whose error is another than expected."""
    _report_test(name = name, size = "small", failures = _failures())
