"""The Debian packages that quant_curve builds with, under their upstream names."""

load("//bazel:pkg_config.bzl", "pkg_config_repository")

_PROTOBUF_BUILD = """
proto_lang_toolchain(
    name = "cc_toolchain",
    command_line = "--cpp_out=$(OUT)",
    runtime = ":protobuf",
)
"""

def system_packages():
    """Declares every external repository that is a Debian package."""
    pkg_config_repository(
        name = "com_google_absl",
        debian_package = "libabsl-dev",
        libraries = {
            "absl/cleanup:cleanup": ["absl_cleanup"],
            "absl/container:flat_hash_map": ["absl_flat_hash_map"],
            "absl/container:flat_hash_set": ["absl_flat_hash_set"],
            "absl/flags:config": ["absl_flags_config"],
            "absl/flags:flag": ["absl_flags"],
            "absl/flags:parse": ["absl_flags_parse"],
            "absl/flags:reflection": ["absl_flags_reflection", "absl_flags_commandlineflag"],
            "absl/flags:usage": ["absl_flags_usage", "absl_flags_usage_internal"],
            "absl/functional:function_ref": ["absl_function_ref"],
            "absl/status:status": ["absl_status"],
            "absl/status:statusor": ["absl_statusor"],
            "absl/strings:cord": ["absl_cord"],
            "absl/strings:str_format": ["absl_str_format"],
            "absl/strings:strings": ["absl_strings"],
            "absl/types:optional": ["absl_optional"],
            "absl/types:span": ["absl_span"],
        },
    )
    pkg_config_repository(
        name = "com_github_google_benchmark",
        debian_package = "libbenchmark-dev",
        libraries = {":benchmark": ["benchmark"]},
    )
    pkg_config_repository(
        name = "com_google_googletest",
        debian_package = "libgtest-dev libgmock-dev",
        libraries = {
            ":gtest": ["gmock", "gtest"],
            ":gtest_main": ["gmock_main", "gmock", "gtest"],
        },
    )
    pkg_config_repository(
        name = "com_google_protobuf",
        debian_package = "libprotobuf-dev protobuf-compiler",
        build_file_content = _PROTOBUF_BUILD,
        libraries = {":protobuf": ["protobuf"]},
        programs = {"protoc": "protoc"},
    )
    pkg_config_repository(
        name = "highway",
        debian_package = "libhwy-dev",
        libraries = {":hwy": ["libhwy"]},
    )
    pkg_config_repository(
        name = "eigen",
        debian_package = "libeigen3-dev",
        libraries = {":eigen": ["eigen3"]},
    )
    pkg_config_repository(
        name = "icu",
        debian_package = "libicu-dev",
        libraries = {
            ":icui18n": ["icu-i18n"],
            ":icuuc": ["icu-uc"],
        },
    )
    pkg_config_repository(
        name = "nlohmann_json",
        debian_package = "nlohmann-json3-dev",
        libraries = {":nlohmann_json": ["nlohmann_json"]},
    )
    pkg_config_repository(
        name = "openssl",
        debian_package = "libssl-dev",
        libraries = {":crypto": ["libcrypto"]},
    )
    pkg_config_repository(
        name = "gnuplot",
        debian_package = "gnuplot-nox",
        programs = {"gnuplot": "gnuplot"},
    )
    pkg_config_repository(
        name = "clang_format",
        debian_package = "clang-format",
        programs = {"clang-format": "clang-format"},
    )
