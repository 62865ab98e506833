#!/bin/bash
# Builds of the tiny curve survive what breaks: a cache server that dies on the
# way, cached blobs that are damaged or gone, a remote worker that dies in the
# midst of an action, a full disk. What comes out is the same bytes, each time.
#
#   ./setup.sh distributed && pipelines/testing/distributed/faults_test.sh [CACHE]
#
# CACHE is a folder that distributed_test.sh left the compiled tools in; without
# it they are compiled first. Not under `bazel test`: it runs Bazel.
set -uo pipefail
# A mount namespace of its own, for the full disk.
if [ -z "${QUANT_CURVE_UNSHARED:-}" ]; then
  unshare=(unshare --mount)
  [ "$(id -u)" -eq 0 ] || unshare+=(--map-root-user)
  export QUANT_CURVE_UNSHARED=1
  if "${unshare[@]}" true 2>/dev/null; then exec "${unshare[@]}" "$0" "$@"; fi
fi
source "$(dirname "$0")/bazel_ground.sh"
require_tools

# How the bytes should be: of a build that nothing disturbs.
new_ground plain
if [ $# -ge 1 ]; then
  cp -r "$1" "$scratch/plain_cache"
fi
build plain --config=disk-cache --disk_cache="$scratch/plain_cache" ||
  give_up "the undisturbed build failed"
list_outputs plain > "$scratch/outputs"
digests plain > "$scratch/expected" || give_up "the build made too little"
copy_compiled "$scratch/plain_cache" "$scratch/compiled"
stop_server plain

wait_for() {  # wait_for SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.02
  done
}

# Whether a program called `train` runs in the process group.
trains_in() { pgrep -g "$1" -x train >/dev/null; }

# Whether the programs were fetched and the first stage's result was stored: what
# is left are stages, and nothing has to be compiled.
is_under_way() {  # is_under_way ACCESS_LOG BIN
  grep -qs '"PUT /cache/ac' "$1" &&
    (cd "$2" && grep "^tools/" "$scratch/outputs" | xargs ls) >/dev/null 2>&1
}

# Zeros in the file's place, as many as there were bytes.
damage() { head -c "$(stat -c %s "$1")" /dev/zero > "$1"; }

digest_of() { sed -n "s|^\([0-9a-f]*\)  .*/$1\$|\1|p" "$scratch/expected"; }

# --- The cache server is killed while the build writes to it.
fill_http "$scratch/compiled" "$scratch/dying"
on_free_port start_nginx "$scratch/dying"
server=$group
new_ground killed_cache
build killed_cache --config=remote-cache-fill \
  --remote_cache="http://127.0.0.1:$port/cache" &
building=$!
wait_for 120 is_under_way "$scratch/dying/access.log" "$(bin_of killed_cache)" &&
  kill -0 "$building"
result $? "cache server killed: the build was under way"
stop_group "$server"
wait "$building"
result $? "cache server killed: the build goes on and succeeds"
same_bytes killed_cache
result $? "cache server killed: the same bytes"
stop_server killed_cache

# --- Blobs are damaged or missing, in nginx and in the disk cache.
fill_http "$scratch/plain_cache" "$scratch/rotten"
damage "$scratch/rotten/cache/cas/$(digest_of tiny_curve_checkpoint.qca)"
rm "$scratch/rotten/cache/cas/$(digest_of tiny_curve_calibration.qca)"
damaged=$(grep -lra tiny_curve_corpus.qca "$scratch/rotten/cache/ac")
damage "$damaged"
on_free_port start_nginx "$scratch/rotten"
server=$group
new_ground rotten_http
build rotten_http --config=remote-cache \
  --remote_cache="http://127.0.0.1:$port/cache"
result $? "http cache damaged: the build succeeds"
[ "$(ran_here rotten_http)" -eq 3 ]
result $? "http cache damaged: the 3 actions behind it ran again"
same_bytes rotten_http
result $? "http cache damaged: the same bytes"
stop_server rotten_http
stop_group "$server"

blob=$(digest_of tiny_curve_checkpoint.qca)
chmod u+w "$scratch/plain_cache/cas/${blob:0:2}/$blob"
damage "$scratch/plain_cache/cas/${blob:0:2}/$blob"
blob=$(digest_of tiny_curve_calibration.qca)
rm "$scratch/plain_cache/cas/${blob:0:2}/$blob"
new_ground rotten_disk
build rotten_disk --config=disk-cache --disk_cache="$scratch/plain_cache"
result $? "disk cache damaged: the build succeeds"
[ "$(ran_here rotten_disk)" -eq 2 ]
result $? "disk cache damaged: the 2 actions behind it ran again"
same_bytes rotten_disk
result $? "disk cache damaged: the same bytes"
stop_server rotten_disk

# --- The remote worker is killed while it trains.
cp -r "$scratch/compiled" "$scratch/worker_cache"
kill_worker_in_training() {  # kill_worker_in_training NAME [FLAG...]
  on_free_port start_worker "$scratch/worker_cache"
  local worker=$group
  build "$@" --config=remote --remote_executor="grpc://127.0.0.1:$port" &
  local building=$!
  wait_for 120 trains_in "$worker"
  result $? "worker killed: it was training"
  stop_group "$worker"
  wait "$building"
}
new_ground killed_worker
! kill_worker_in_training killed_worker
result $? "worker killed: the build fails"
# Bazel names the action whose connection broke first: the training, or a
# compilation that ran at the same time.
grep -q "^ERROR: .* failed: (Exit 34)" "$scratch/killed_worker.log"
result $? "worker killed: the message names an action"
on_free_port start_worker "$scratch/worker_cache"
worker=$group
build killed_worker --config=remote --remote_executor="grpc://127.0.0.1:$port"
result $? "worker killed: with a new worker the build succeeds"
same_bytes killed_worker
result $? "worker killed: the same bytes"
stop_group "$worker"
rm "$(bin_of killed_worker)/pipelines/testing/tiny_curve_checkpoint.qca"
rm -rf "$scratch/worker_cache"
cp -r "$scratch/compiled" "$scratch/worker_cache"
kill_worker_in_training killed_worker --remote_local_fallback
result $? "worker killed: with --remote_local_fallback the build goes on here"
same_bytes killed_worker
result $? "worker killed, finished here: the same bytes"
stop_server killed_worker

# --- The disk is full: a small file system lies where the artifacts go.
new_ground full_disk
flags=(--config=disk-cache --disk_cache="$scratch/compiled"
  --noremote_upload_local_results --spawn_strategy=local)
TARGET=//pipelines/testing:tiny_curve_corpus build full_disk "${flags[@]}"
artifacts=$(bin_of full_disk)/pipelines/testing
if mount -t tmpfs -o size=400k tmpfs "$artifacts" 2>/dev/null; then
  ! build full_disk "${flags[@]}"
  result $? "disk full: the build fails"
  grep "No space left on device" "$scratch/full_disk.log" | head -3
  result $? "disk full: it says why"
  whole=0
  while IFS= read -r file; do
    grep -q "^$(sha256sum < "$file" | head -c 64) " "$scratch/expected" || whole=1
  done < <(find "$artifacts" -name '*.qca')
  result $whole "disk full: each of $(find "$artifacts" -name '*.qca' | wc -l) artifacts that are there is whole"
  mount -o remount,size=100m "$artifacts"
  build full_disk "${flags[@]}"
  result $? "disk full: with space again the build succeeds"
  same_bytes full_disk
  result $? "disk full: the same bytes"
else
  echo "SKIP: disk full: nothing can be mounted here;" \
    "//lib/artifact:file_test limits the size of files instead"
fi
stop_server full_disk

finish
