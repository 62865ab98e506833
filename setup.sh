#!/bin/bash
# Installs what a bare Debian 12 lacks to build, run and test quant_curve.
# Safe to run again: it installs only what is missing. Needs root or sudo when
# something is missing, and the network only for Debian's own mirrors.
#
#   ./setup.sh              what building and `bazel test //...` need
#   ./setup.sh distributed  also what pipelines/testing/distributed/*_test.sh that
#                           run Bazel need (Debian starts nginx when it installs it)
#   ./setup.sh neon         also what lib/numerics/neon_test.sh needs
#   ./setup.sh fuzz         also what lib/fuzzing/fuzz.sh needs
#   ./setup.sh browser      also what lib/report/testing/page_test.sh needs
#   ./setup.sh --help       prints this and installs nothing
#
# Several arguments may be given at once.
set -euo pipefail

packages=(
  bazel-bootstrap    # Bazel 4.2.3
  clang-format       # the lint tests
  fonts-dejavu-core  # labels in the figures
  g++
  gnuplot-nox        # the figures
  libabsl-dev
  libbenchmark-dev   # the kernels' benchmark
  libeigen3-dev
  libgmock-dev
  libgtest-dev
  libhwy-dev
  libicu-dev         # Unicode and regular expressions, for tokenizers
  libprotobuf-dev
  libssl-dev         # SHA-256 from libcrypto
  nlohmann-json3-dev  # manifests, and checkpoints from elsewhere
  pkg-config         # how Bazel finds the libraries
  protobuf-compiler
)

# The comment at the top of this file.
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

for argument in "$@"; do
  case $argument in
    -h|--help) usage; exit 0 ;;
    distributed)
      packages+=(
        bazel-bootstrap-source  # its remote worker; javac comes with bazel-bootstrap
        nginx                   # an HTTP cache
      ) ;;
    neon)
      packages+=(
        g++-aarch64-linux-gnu
        qemu-user
      ) ;;
    fuzz)
      packages+=(
        clang-14
        libclang-rt-14-dev  # libFuzzer and the sanitizers
      ) ;;
    browser)
      packages+=(
        chromium
        chromium-driver
        nodejs  # drives the browser; Debian's Node 18 or later
      ) ;;
    *)
      echo "setup.sh: unknown argument '$argument'; ./setup.sh --help lists them" >&2
      exit 2 ;;
  esac
done

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done

if [ "${#missing[@]}" -eq 0 ]; then
  echo "setup.sh: all ${#packages[@]} packages are installed; nothing to do"
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "setup.sh: no apt-get here. On Debian 12 these would be installed: ${missing[*]}" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: must be root (or have sudo) to install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup.sh: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "setup.sh: done, ${#missing[@]} installed"
