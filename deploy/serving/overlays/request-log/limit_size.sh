#!/bin/sh
# Removes the oldest of the kept requests while they take more than MAX_MEGABYTES, and
# those older than MAX_DAYS. It touches no other files than those that nginx.conf names.
#
#   MAX_MEGABYTES=100 MAX_DAYS=7 sh limit_size.sh FOLDER
set -eu
folder=$1
own='requests-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]-[0-9][0-9][0-9][0-9]-*.jsonl'
# As the first process of a container, a shell ends on a signal only if told to.
trap 'exit 0' TERM INT

bytes_kept() {
  find "$folder" -maxdepth 1 -type f -name "$own" -exec wc -c {} + |
    awk '$2 != "total" {bytes += $1} END {printf "%d\n", bytes}'
}

while :; do
  find "$folder" -maxdepth 1 -type f -name "$own" -mmin "+$((MAX_DAYS * 24 * 60))" -exec rm -f {} +
  # Their names begin with the time, so the first one is the oldest.
  find "$folder" -maxdepth 1 -type f -name "$own" | sort | while read -r oldest; do
    [ "$(bytes_kept)" -gt "$((MAX_MEGABYTES * 1000000))" ] || break
    rm -f "$oldest"
  done
  sleep "${PAUSE_SECONDS:-10}" &
  wait $!
done
