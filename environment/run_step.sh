# shellcheck shell=bash
# Runs the steps of a set-up, and says in one sentence why one failed; sourced by set_up.sh.

log=.venv/set-up.log
elapsed_line=""

refuse() {
  echo "Error: $*" >&2
  exit 1
}

# Runs a command; its output goes to the log, and a terminal sees how long it takes.
run_step() {  # TITLE COMMAND...
  local title=$1 status=0 lines_before
  shift
  echo "$title" >>"$log"
  lines_before=$(wc -l <"$log")
  start_elapsed_line "$title"
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  stop_elapsed_line
  [ "$status" = 0 ] || explain_failure "$title" "$status" $((lines_before + 1))
}

start_elapsed_line() {  # TITLE
  if ! [ -t 2 ] || [ "${TERM:-dumb}" = dumb ]; then return; fi
  (
    seconds=0
    while sleep 1 && kill -0 $$; do
      seconds=$((seconds + 1))
      [ "$seconds" -lt 2 ] || printf '\r%s: %d s' "$1" "$seconds"
    done 1>&2 2>/dev/null
  ) &
  elapsed_line=$!
}

stop_elapsed_line() {
  [ -n "$elapsed_line" ] || return 0
  { kill "$elapsed_line" && wait "$elapsed_line"; } 2>/dev/null || true
  elapsed_line=""
  printf '\r\033[K' >&2
}

# What pip and uv print is long, and often says last what isn't the cause.
explain_failure() {  # TITLE STATUS LINE-OF-LOG
  local words host
  words=$(tail -n "+$3" "$log")
  # Without a name and password that may stand before it.
  host=$(grep -oE "https?://[^/ )'\"]+|host='[^']+'" <<<"$words" | tail -n 1 |
    sed -E "s|^.*//([^@]*@)?||; s|^host='(.*)'|\1|") || true
  if grep -qiE 'no space left|disk quota' <<<"$words"; then
    refuse "$1 failed, as the disk is full: make room, or use a folder on a larger disk."
  elif grep -qiE 'certificate|UnknownIssuer' <<<"$words"; then
    refuse "$1 failed, as the certificate of ${host:-the package index} isn't trusted:" \
      "name the file of your network's certificates with SSL_CERT_FILE and PIP_CERT."
  elif grep -qiE 'name resolution|failed to resolve|name or service not known|dns error|establish a new connection|connection (refused|reset|aborted)|unreachable|timed out|error sending request|tcp connect|proxy' <<<"$words"; then
    refuse "$1 failed, as ${host:-the package index} can't be reached: connect to" \
      "the network, or name an index that can be reached with PIP_INDEX_URL."
  fi
  refuse "$1 failed with exit code $2 ($(last_error "$words")):" \
    "see $log for the reason, and run the same command again."
}

last_error() {  # WORDS
  local line
  line=$(grep -iE 'error|failed|fatal' <<<"$1" | tail -n 1 | cut -c 1-200) || true
  echo "${line:-no message}" | sed -E 's/^ *//; s|//[^/@ ]*@|//|g'
}
