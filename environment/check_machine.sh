# shellcheck shell=bash
# Checks that this machine fits a new set-up. set_up.sh sources this file.

needed_gigabytes=6

check_platform() {
  case "$(uname -s) $(uname -m)" in
    "Linux x86_64" | "Darwin arm64") ;;
    *)
      refuse "TFX's packages have wheels only for Linux on x86-64 and for macOS on arm64," \
        "and this machine is $(uname -s) on $(uname -m):" \
        "use one of those two (on Windows, Linux in WSL2)."
      ;;
  esac
}

check_folders() {
  local folder
  for folder in . .venv; do
    if [ -e "$folder" ] && ! [ -w "$folder" ]; then
      refuse "$(id -un) can't write to the folder $(cd "$folder" && pwd):" \
        "use your own copy of the project, or ask the folder's owner for the permission."
    fi
  done
  folder=$(cache_folder)
  if ! [ -w "$folder" ]; then
    refuse "$(id -un) can't write to $folder, the folder for downloads:" \
      "name another folder with UV_CACHE_DIR."
  fi
}

# Prints the folder in which uv keeps downloads. If it doesn't exist, prints the nearest
# folder above it that exists.
cache_folder() {
  local folder=${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/uv}
  while ! [ -d "$folder" ]; do folder=$(dirname "$folder"); done
  echo "$folder"
}

check_disk() {
  local folder bytes freed=0
  if [ -d .venv ]; then freed=$(du -sk .venv | awk '{printf "%.0f", $1 * 1024}'); fi
  for folder in "$PWD" "$(cache_folder)"; do
    bytes=$(free_bytes "$folder")
    if [ $((bytes + freed)) -lt $((needed_gigabytes * 1000000000)) ]; then
      refuse "Set-up needs $needed_gigabytes GB of free disk, and $folder has" \
        "$(awk -v bytes="$bytes" 'BEGIN {printf "%.1f", bytes / 1e9}') GB:" \
        "make room, or use a folder on a larger disk."
    fi
  done
}

free_bytes() {  # FOLDER
  # Columns before it may contain spaces, so it is found as the one before the percentage.
  df -Pk "$1" | awk 'END {
    for (i = NF; i > 1; i--) if ($i ~ /%$/) {printf "%.0f", $(i - 1) * 1024; exit}
  }'
}
