#!/bin/bash
# Fails, naming the lines, when a source is not as clang-format writes it.
# Usage: clang_format_test.sh CLANG_FORMAT FILE...
set -eu
clang_format=$1
shift
[ "$#" -gt 0 ] || { echo "no sources in this package: drop its lint()" >&2; exit 1; }
exec "$clang_format" --style=file --dry-run --Werror "$@"
