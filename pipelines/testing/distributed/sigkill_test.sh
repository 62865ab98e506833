#!/bin/bash
# Each tool is killed at random moments, 210 times in all: whatever the moment, a
# file that it writes is absent, the old one or the whole new one, and a later
# run over what was left behind makes the same bytes. (lib/artifact:file_test
# kills 200 more writers, all of them in the midst of writing;
# //pipelines/testing/faults kills tools before each of their calls.)
set -uo pipefail
source pipelines/testing/distributed/tiny_stages.sh

TRIES_A_STAGE=30
MIN_TRIES=200
RANDOM=42  # the moments; which instruction they hit is up to the machine
scratch=$TEST_TMPDIR
export TMPDIR=$scratch/tmp  # the plot tool's own scratch
mkdir -p "$TMPDIR"
exec {never}<> <(:)
tries=0
killed=0
leftovers=0

fail() { echo "FAIL: $1" >&2; exit 1; }

microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }

# Sets `command` to the stage's, small enough to run dozens of times.
set_command() {  # set_command STAGE FOLDER
  case $1 in
    train) stage_command train "$2" --steps=40 ;;
    *) stage_command "$1" "$2" ;;
  esac
}

run_to_the_end() {  # run_to_the_end WHAT
  "${command[@]}" >/dev/null 2>"$scratch/log" ||
    fail "$1: $(cat "$scratch/log")"
}

# Every file of the folder must be the one in `whole` or the one in `old`.
check_files() {  # check_files FOLDER WHAT
  local file name
  while IFS= read -r file; do
    name=${file#"$1/"}
    case $name in
      *.tmp-*) leftovers=$((leftovers + 1)) ;;
      *)
        cmp -s "$file" "$whole/$name" || cmp -s "$file" "$old/$name" ||
          fail "$2: $name is neither the old file nor the whole new one" ;;
    esac
  done < <(find "$1" -type f)
}

# Runs $command and kills it: in even tries anywhere in the microseconds $1 that
# it takes, in odd ones in their last third, where files are written.
kill_once() {  # kill_once DURATION TRY
  local share=$((RANDOM * 110 / 32768))
  (($2 % 2)) && share=$((70 + RANDOM * 40 / 32768))
  local delay=$(($1 * share / 100))
  "${command[@]}" >/dev/null 2>&1 &
  local pid=$!
  # Waits in this process: it must be exact to a tenth of a millisecond.
  read -rt "$((delay / 1000000)).$(printf %06d $((delay % 1000000)))" -u "$never"
  kill -KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  [ $? -eq 137 ] && killed=$((killed + 1))
  tries=$((tries + 1))
}

for stage in "${STAGES[@]}"; do
  whole=$scratch/$stage/whole
  old=$scratch/$stage/old
  found=$scratch/$stage/found
  mkdir -p "$whole" "$old" "$found"
  set_command "$stage" "$whole"
  start=$(microseconds)
  run_to_the_end "$stage does not run"
  duration=$(($(microseconds) - start))
  cp -r "$whole/." "$old"
  while IFS= read -r file; do echo "the old $file" > "$file"; done \
    < <(find "$old" -type f)

  set_command "$stage" "$found"
  for ((try = 0; try < TRIES_A_STAGE; ++try)); do
    # Two in four find old files, the others what the try before left.
    ((try % 4 < 2)) && cp -r "$old/." "$found"
    kill_once "$duration" "$try"
    check_files "$found" "$stage, try $try"
  done
  run_to_the_end "$stage does not run over what was left"
  while IFS= read -r file; do
    cmp "$file" "$found/${file#"$whole/"}" || fail "$stage: other bytes"
  done < <(find "$whole" -type f)
done

echo "$tries tries: $killed ended by the signal, $leftovers times a temporary" \
  "file was left"
[ "$tries" -ge "$MIN_TRIES" ] || fail "at least $MIN_TRIES tries"
[ "$killed" -ge $((tries / 3)) ] || fail "most runs ended before their kill"
echo PASS
