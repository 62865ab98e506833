#!/bin/bash
# What distributed_test.sh and faults_test.sh share: checkouts and output bases of
# their own, a cache in nginx, a remote worker, and comparing what builds made.
# Everything lives under $scratch and ends with the script. Needs
# `./setup.sh distributed`.

TARGET=//pipelines/testing:tiny_curve
SERVER_JAR=/usr/share/bazel/A-server.jar
WORKER_SOURCES=/usr/src/bazel-bootstrap/src/tools/remote/src/main
workspace=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/quant_curve_ground.XXXXXX")
PATH=$PATH:/usr/sbin  # nginx
passed=0
failed=0
groups=()   # process groups that were started
servers=()  # names of grounds

clean_up() {
  local group name
  for group in "${groups[@]}"; do stop_group "$group"; done
  for name in "${servers[@]}"; do stop_server "$name"; done
  grep -o "${scratch}[^ ]*" /proc/mounts | xargs -r umount
  chmod -R u+w "$scratch"  # Bazel takes the right to write from its outputs
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

result() {  # result STATUS NAME
  if [ "$1" -eq 0 ]; then
    passed=$((passed + 1))
    echo "PASS: $2  (${SECONDS} s)"
  else
    failed=$((failed + 1))
    echo "FAIL: $2  (${SECONDS} s)"
  fi
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

give_up() { echo "FAIL: $1" >&2; exit 1; }

require_tools() {
  { command -v nginx javac java && [ -d "$WORKER_SOURCES" ]; } >/dev/null ||
    give_up "no nginx, javac or Bazel worker: run ./setup.sh distributed"
}

# A checkout with an output base of its own: the files that git would track, as
# they stand.
new_ground() {  # new_ground NAME
  servers+=("$1")
  mkdir "$scratch/$1.src"
  (cd "$workspace" && git ls-files -z --cached --others --exclude-standard |
    while IFS= read -rd '' file; do
      if [ -e "$file" ]; then printf '%s\0' "$file"; fi
    done | tar -c --null -T -) | tar -x -C "$scratch/$1.src"
  [ -e "$scratch/$1.src/WORKSPACE" ] ||
    give_up "$workspace: git does not list its files; it must be a checkout"
}

in_ground() {  # in_ground NAME COMMAND [ARGUMENT...]
  local name=$1
  shift
  (cd "$scratch/$name.src" &&
    exec bazel --nohome_rc --output_base="$scratch/$name" "$@")
}

# Builds the tiny curve; what Bazel says goes to $scratch/NAME.log.
build() {  # build NAME [FLAG...]
  local name=$1
  shift
  in_ground "$name" build --symlink_prefix=/ --color=no --curses=no "$@" \
    "$TARGET" > "$scratch/$name.log" 2>&1
  local status=$?
  [ $status -eq 0 ] || grep -E "ERROR|WARNING|FATAL" "$scratch/$name.log" | head
  return $status
}

stop_server() { in_ground "$1" shutdown 2>/dev/null; }

# How many actions the last build of a ground ran in the way KIND: the summary's
# "22 linux-sandbox", "158 remote cache hit", "158 remote".
count() {  # count NAME KIND
  sed -n 's/^INFO: [0-9]* process[es]*: \(.*\)\.$/, \1,/p' "$scratch/$1.log" |
    tail -1 | sed -n "s/.*, \([0-9]*\) $2,.*/\1/p" | grep . || echo 0
}

# The same of all ways to run one on this machine.
ran_here() {  # ran_here NAME
  echo $(($(count "$1" linux-sandbox) + $(count "$1" local) +
    $(count "$1" processwrapper-sandbox)))
}

bin_of() { echo "$scratch/$1/execroot/quant_curve/bazel-out/k8-opt/bin"; }

# Everything that the stages make, and the programs, from the output folder's
# root: of what Bazel declares, what it built. (It never builds archives, nor a
# program that no action runs.)
list_outputs() {  # list_outputs NAME
  in_ground "$1" aquery \
    "mnemonic('Quant.*|CppLink', deps($TARGET))" 2>/dev/null |
    sed -n 's/^ *Outputs: \[\(.*\)\]$/\1/p' | tr ',' '\n' |
    sed 's|^ *bazel-out/[^/]*/bin/||; /\.\(a\|so\)$/d' | sort -u |
    while read -r output; do
      if [ -e "$(bin_of "$1")/$output" ]; then echo "$output"; fi
    done
}

# Their SHA-256 in the order of $scratch/outputs; fails when one is missing.
digests() { (cd "$(bin_of "$1")" && xargs -a "$scratch/outputs" sha256sum); }

same_bytes() {  # same_bytes NAME: as in $scratch/expected
  digests "$1" > "$scratch/$1.digests" &&
    diff "$scratch/expected" "$scratch/$1.digests"
}

stages() { grep -c '^pipelines/' "$scratch/outputs"; }

# Copies a cache folder (Bazel's own layout, the worker's too) without what it
# knows of the stages: compiling is shared, the stages have to run.
copy_compiled() {  # copy_compiled FROM TO
  cp -r "$1" "$2"
  grep -rlaZ 'bin/pipelines/testing/' "$2/ac" | xargs -0r rm
}

# The same for nginx, whose folders are flat.
fill_http() {  # fill_http FROM FOLDER
  local kind
  for kind in ac cas; do
    mkdir -p "$2/cache/$kind"
    find "$1/$kind" -type f -exec cp -t "$2/cache/$kind" {} +
  done
}

# Starts a command in a process group of its own; its id is then in $group.
start_group() {  # start_group LOG COMMAND...
  local log=$1
  shift
  setsid "$@" > "$log" 2>&1 &
  group=$!
  disown
  groups+=("$group")
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Calls START PORT [ARGUMENT...] with random ports until its process group stays
# and listens there; the port is then in $port.
on_free_port() {  # on_free_port START [ARGUMENT...]
  local start=$1 tick
  shift
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    is_open "$port" && continue
    "$start" "$port" "$@"
    for ((tick = 0; tick < 150; ++tick)); do
      kill -0 "$group" 2>/dev/null || break
      is_open "$port" && return 0
      sleep 0.1
    done
  done
  give_up "$start did not start: $(cat "$scratch"/*.server.log | tail -3)"
}

# nginx as a cache: what is PUT there can be read back.
start_nginx() {  # start_nginx PORT FOLDER
  local user=
  [ "$(id -u)" -eq 0 ] && user="user root root;"  # else it wants to be nobody
  mkdir -p "$2/temporary"
  cat > "$2/nginx.conf" <<CONFIG
$user
master_process off;
daemon off;
pid $2/pid;
events {}
http {
  access_log $2/access.log;
  client_body_temp_path $2/temporary;
  proxy_temp_path $2/temporary;
  fastcgi_temp_path $2/temporary;
  uwsgi_temp_path $2/temporary;
  scgi_temp_path $2/temporary;
  server {
    listen 127.0.0.1:$1;
    root $2;
    location /cache/ {
      dav_methods PUT;
      create_full_put_path on;
      client_max_body_size 2G;
    }
  }
}
CONFIG
  start_group "$scratch/nginx.server.log" \
    nginx -e "$2/error.log" -p "$2" -c "$2/nginx.conf"
}

# Bazel's own remote worker over a cache folder.
start_worker() {  # start_worker PORT FOLDER
  if [ ! -d "$scratch/classes" ]; then
    find "$WORKER_SOURCES" -name '*.java' -print0 | xargs -0 javac -nowarn \
      -proc:none -cp "$SERVER_JAR" -d "$scratch/classes" 2>/dev/null ||
      give_up "the worker does not compile"
  fi
  mkdir -p "$2" "$scratch/worker"
  start_group "$scratch/worker.server.log" java \
    -cp "$scratch/classes:$SERVER_JAR" \
    com.google.devtools.build.remote.worker.RemoteWorker \
    --work_path="$scratch/worker" --cas_path="$2" --listen_port="$1"
}

stop_group() {  # stop_group GROUP, at once and with all of its children
  while kill -KILL -- "-$1" 2>/dev/null; do sleep 0.05; done
}
