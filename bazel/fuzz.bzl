"""Fuzz targets (docs/testing.md)."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def fuzz_target(name, deps):
    """Declares a fuzz target, and its replay as a test.

    Built as usual it is a test that feeds the target its seeds and the files of
    fuzz_corpus/<name without _fuzzer>; with --config=fuzz it is a libFuzzer
    program, which lib/fuzzing/fuzz.sh builds and runs.

    Args:
      name: "<parser>_fuzzer"; its source is <name>.cc.
      deps: what the source includes, without //lib/fuzzing.
    """
    corpus = "fuzz_corpus/" + name[:-len("_fuzzer")]
    cc_test(
        name = name,
        size = "small",
        srcs = [name + ".cc"],
        args = ["%s/%s" % (native.package_name(), corpus)],
        data = native.glob([corpus + "/*"], allow_empty = True),
        linkopts = select({
            "//lib/fuzzing:with_libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        tags = ["fuzz"],
        deps = ["//lib/fuzzing"] + deps + select({
            "//lib/fuzzing:with_libfuzzer": [],
            "//conditions:default": ["//lib/fuzzing:replay_main"],
        }),
    )
