#!/bin/bash
# The tiny curve built in four ways makes the same bytes, tools included: here,
# through Bazel's disk cache, through an HTTP cache in nginx, and by remote
# execution. A clean checkout with a warm cache runs no stage. On the way the
# builds differ in checkout path, output base, jobs and sandbox.
#
#   ./setup.sh distributed && pipelines/testing/distributed/distributed_test.sh [CACHE]
#
# Not under `bazel test`: it runs Bazel. The way "here" is the checkout's own
# build, so it is quick after `bazel test //...`. CACHE is a new folder to leave
# the compiled tools in, for faults_test.sh.
set -uo pipefail
source "$(dirname "$0")/bazel_ground.sh"
compiled=${1:-$scratch/compiled}
require_tools
[ ! -e "$compiled" ] || give_up "$compiled: exists; name a new folder"

# Here: compiled and run in the checkout itself, without any cache.
cd "$workspace" || exit 1
bazel build --disk_cache= --remote_cache= --remote_executor= "$TARGET" \
  > "$scratch/here.log" 2>&1 || give_up "$(grep ERROR "$scratch/here.log")"
here=$(bazel info bazel-bin 2>/dev/null)

# Remotely, from nothing: every compiler and every stage runs in the worker.
new_ground remote
on_free_port start_worker "$scratch/worker_cache"
worker=$group
build remote --config=remote --remote_executor="grpc://127.0.0.1:$port"
result $? "remote execution builds it"
list_outputs remote > "$scratch/outputs"
(cd "$here" && xargs -a "$scratch/outputs" sha256sum) > "$scratch/expected"
result $? "$(wc -l < "$scratch/outputs") files to compare, $(stages) of them from stages"
[ "$(stages)" -gt 0 ] && [ "$(count remote remote)" -gt "$(stages)" ] &&
  [ "$(ran_here remote)" -eq 0 ] &&
  [ "$(count remote 'remote cache hit')" -eq 0 ]
result $? "all of $(count remote remote) actions ran remotely"
same_bytes remote
result $? "remote execution: the same bytes"
stop_server remote
stop_group "$worker"
copy_compiled "$scratch/worker_cache" "$compiled"
total=$(count remote remote)
actions=$(($(find "$scratch/worker_cache/ac" -type f | wc -l) -
  $(find "$compiled/ac" -type f | wc -l)))

# Fills a cache by running the stages, then reads it in a clean checkout.
through_cache() {  # through_cache WAY FILL_FLAGS -- READ_FLAGS
  local way=$1 fill=() runs
  shift
  while [ "$1" != -- ]; do fill+=("$1"); shift; done
  shift
  new_ground "$way-cold"
  build "$way-cold" "${fill[@]}"
  result $? "$way: builds it"
  runs=$(ran_here "$way-cold")
  [ "$runs" -eq "$actions" ]
  result $? "$way, cold: $runs of $actions stages ran here"
  same_bytes "$way-cold"
  result $? "$way, cold: the same bytes"
  stop_server "$way-cold"

  new_ground "$way-warm"
  build "$way-warm" "$@"
  [ "$(count "$way-warm" 'remote cache hit')" -eq "$total" ]
  result $? "$way, warm, clean checkout: all $total actions came from the cache"
  same_bytes "$way-warm"
  result $? "$way, warm: the same bytes"
  stop_server "$way-warm"
}

# One action at a time and no sandbox.
cp -r "$compiled" "$scratch/disk_cache"
disk=(--config=disk-cache --disk_cache="$scratch/disk_cache")
through_cache disk_cache "${disk[@]}" --jobs=1 --spawn_strategy=local \
  -- "${disk[@]}"

fill_http "$compiled" "$scratch/nginx"
on_free_port start_nginx "$scratch/nginx"
http=(--remote_cache="http://127.0.0.1:$port/cache")
through_cache http_cache --config=remote-cache-fill "${http[@]}" --jobs=4 \
  -- --config=remote-cache "${http[@]}"
[ "$(grep -c '"PUT' "$scratch/nginx/access.log")" -ge "$actions" ]
result $? "http_cache: nginx was given the stages"

finish
