"""Lint as tests: every package calls lint() once in its BUILD file."""

def lint(name = "lint"):
    """Declares a test that the package's C and C++ sources are clang-format clean.

    Args:
      name: name of the test; run all of them with --test_tag_filters=lint.
    """
    sources = native.glob(["*.c", "*.cc", "*.h"], allow_empty = True)
    protos = native.glob(["*.proto"], allow_empty = True)
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//bazel:clang_format_test.sh"],
        args = ["$(location @clang_format//:clang-format)"] +
               ["$(location %s)" % file for file in sources + protos],
        data = sources + protos + [
            "//:.clang-format",
            "@clang_format//:clang-format",
        ],
        tags = ["lint"],
    )
