# shellcheck shell=bash
# Runs the steps of a set-up; if one fails, says why in one sentence. set_up.sh sources
# this file.

log=.venv/set-up.log
elapsed_line=""

refuse() {
  echo "Error: $*" >&2
  exit 1
}

# Runs a command. Its output goes to the log; a terminal shows the elapsed time.
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

# Finds the cause in the output of pip or uv, which is long and often ends with something
# else.
explain_failure() {  # TITLE STATUS LINE-OF-LOG
  local output host
  output=$(tail -n "+$3" "$log")
  # The URL may contain a name and a password before the host; they are removed.
  host=$(grep -oE "https?://[^/ )'\"]+|host='[^']+'" <<<"$output" | tail -n 1 |
    sed -E "s|^.*//([^@]*@)?||; s|^host='(.*)'|\1|") || true
  if grep -qiE 'no space left|disk quota' <<<"$output"; then
    refuse "$1 failed, because the disk is full: make room, or use a folder on a larger disk."
  elif grep -qiE 'certificate|UnknownIssuer' <<<"$output"; then
    refuse "$1 failed, because the certificate of ${host:-the package index} isn't trusted:" \
      "name the file of your network's certificates with SSL_CERT_FILE and PIP_CERT."
  elif grep -qiE 'name resolution|failed to resolve|name or service not known|dns error|establish a new connection|connection (refused|reset|aborted)|unreachable|timed out|error sending request|tcp connect|proxy' <<<"$output"; then
    refuse "$1 failed, because ${host:-the package index} can't be reached: connect to" \
      "the network, or name an index that can be reached with PIP_INDEX_URL."
  fi
  refuse "$1 failed with exit code $2 ($(last_error "$output")):" \
    "see $log for the reason, and run the same command again."
}

last_error() {  # OUTPUT
  local line
  line=$(grep -iE 'error|failed|fatal' <<<"$1" | tail -n 1 | cut -c 1-200) || true
  echo "${line:-no message}" | sed -E 's/^ *//; s|//[^/@ ]*@|//|g'
}
