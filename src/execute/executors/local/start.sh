#!/bin/sh
# Runs one command exactly once, and leaves on disk whatever another process needs to take it over.
#
#   start.sh FOLDER DIRECTORY LOG_BYTES CGROUP COMMAND [ARGUMENT ...]
#
# Its own tools are found by a PATH of its own; the command gets the one in GRIDTIDE_COMMAND_PATH.
# FOLDER     the run's own folder; the run belongs to whoever first links its claim there
# DIRECTORY  where the command runs
# LOG_BYTES  how much of the output's beginning, and again of its end, is kept
# CGROUP     cgroup v2 folder for the command and all it starts; "-" for none
#
# Writes: claim   "PID START BOOT" of this shell, before anything runs
#         level   the size at which it runs
#         child   "PID START" of the command, leader of its own session and process group
#         output.log, output.tail   the first and (beyond that) the last LOG_BYTES of what it printed
#         times   CPU time of the command and the children it waited for
#         exit    its exit code, by rename, after it ended; the file's time is when
set -u
command_path=${GRIDTIDE_COMMAND_PATH-$PATH}
unset GRIDTIDE_COMMAND_PATH
mask=$(umask)
umask 077
folder=$1 directory=$2 keep=$3 cgroup=$4
shift 4

# Start time of process $1 since boot (field 22 of stat), so that a reused pid is not taken for it.
started() {
  if [ -r "/proc/$1/stat" ]; then
    read -r line <"/proc/$1/stat"
    # shellcheck disable=SC2086
    set -- ${line##*) }
    echo "${20}"
  else
    ps -o lstart= -p "$1" | tr -s ' ' '_'
  fi
}

boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.bootsessionuuid)
echo "$$ $(started $$) $boot" >"$folder/.claim.$$" || exit 74
if ! ln "$folder/.claim.$$" "$folder/claim" 2>/dev/null; then
  rm -f "$folder/.claim.$$"
  [ -e "$folder/claim" ] && exit 0 # another starter was first: it runs there, not here
  exit 74
fi
rm -f "$folder/.claim.$$"
echo "${GRIDTIDE_LEVEL:-1}" >"$folder/level"
# A power cut must not leave a claim that nobody can read.
sync "$folder/claim" 2>/dev/null

# Whoever cancels looks for claims after saying so here; what was not claimed by then does not begin.
cancelled="$folder/../../../cancel"

# A step is the command and all it started. What it leaves behind when it ends is ended with it: asked first, then made.
end_the_rest() {
  [ "$cgroup" != - ] || return 0
  grep -q '^populated 1' "$cgroup/cgroup.events" 2>/dev/null || return 0
  echo left >"$folder/leftovers"
  # shellcheck disable=SC2046
  kill -TERM $(cat "$cgroup/cgroup.procs") 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -q '^populated 1' "$cgroup/cgroup.events" || return 0
    sleep 0.2
  done
  echo 1 >"$cgroup/cgroup.kill"
}

# An exit code that is not on the disk would look like a lost run and have it run again: so it waits for room there.
finish() {
  end_the_rest
  times >"$folder/times" 2>/dev/null
  until echo "$1" >"$folder/.exit" && sync "$folder/.exit" && mv "$folder/.exit" "$folder/exit"; do sleep 1; done 2>/dev/null
  exit 0
}

[ -e "$cancelled" ] && finish 143

# Each line is to be read at once: by itself head holds them back until it has a block of them.
unbuffered=
command -v stdbuf >/dev/null 2>&1 && unbuffered='stdbuf -o0'

rm -f "$folder/pipe"
mkfifo "$folder/pipe" || finish 126
{
  $unbuffered head -c "$keep"
  tail -c "$keep" >"$folder/output.tail"
  [ -s "$folder/output.tail" ] || rm -f "$folder/output.tail"
} <"$folder/pipe" >"$folder/output.log" 2>/dev/null &

session=
command -v setsid >/dev/null 2>&1 && session=setsid
# shellcheck disable=SC2016
$session /bin/sh -c '
  cgroup=$1 directory=$2
  umask "$3"
  PATH=$4
  shift 4
  cd "$directory" || exit 127
  if [ "$cgroup" != - ]; then echo $$ >"$cgroup/cgroup.procs" || exit 126; fi
  exec "$@"
' start "$cgroup" "$directory" "$mask" "$command_path" "$@" >"$folder/pipe" 2>&1 </dev/null &
child=$!
echo "$child $(started $child)" >"$folder/.child" && mv "$folder/.child" "$folder/child"

# A signal to this shell ends the wait, not the command: only its own end does.
trap : HUP INT TERM
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
rm -f "$folder/pipe"
finish "$code"
