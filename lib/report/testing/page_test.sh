#!/bin/bash
# report.html in a headless browser: no console errors, no requests, the same
# choices as C++, sorting, filtering, keyboard, contrast, two widths, light and
# dark, and without its script. From anywhere:
#
#   ./setup.sh browser && lib/report/testing/page_test.sh
#   lib/report/testing/page_test.sh SCREENSHOTS             keeps the screenshots there
#   lib/report/testing/page_test.sh SCREENSHOTS PAGE.html   looks at that page as well
set -euo pipefail

screenshots=${1:+$(realpath -m "$1")}
pages=()
for page in "${@:2}"; do pages+=("$(realpath "$page")"); done
cd "$(dirname "$0")/../../.."

for program in chromium chromedriver node; do
  if ! command -v "$program" > /dev/null; then
    echo "page_test: no $program: run ./setup.sh browser" >&2
    exit 1
  fi
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
${BAZEL:-bazel} build //lib/report/testing:page_fixture 2> "$scratch/log" || {
  cat "$scratch/log" >&2
  exit 1
}
mkdir "$scratch/fixture"
bazel-bin/lib/report/testing/page_fixture "$scratch/fixture"
node lib/report/testing/page_test.mjs "$scratch/fixture" \
  "${screenshots:-$scratch/screenshots}" "${pages[@]}"
