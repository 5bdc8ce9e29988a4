#!/usr/bin/env bash
# Makes the project's environment, .venv, or brings it up to date; does nothing when it is.
#
# `set_up.sh uv` is content with an environment that holds uv. PYTHON names the Python
# to take. Everything here runs in bash 3.2, the one that macOS has.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. environment/run_step.sh
. environment/check_machine.sh
. environment/find_python.sh

uv_version=0.13.9
# It stands there while .venv is being changed, and holds the Python that is used.
unfinished=.venv/.unfinished
finished=.venv/.installed

main() {
  local defect
  trap interrupted INT TERM HUP
  # An activated .venv is on the path, and can't be made anew with itself.
  PATH=:$PATH:
  PATH=${PATH//":$PWD/.venv/bin:"/:}
  PATH=${PATH#:}
  PATH=${PATH%:}
  defect=$(defect_of_venv)
  if [ -z "$defect" ] && is_done "${1:-}"; then return; fi
  check_platform
  check_folders
  if [ -n "$defect" ]; then
    make_venv "$defect"
  else
    adopt_venv
  fi
  use_pip_configuration
  install_uv
  if [ "${1:-}" != uv ]; then install_packages; fi
  rm "$unfinished"
}

interrupted() {
  stop_elapsed_line
  echo "Interrupted: the same command will start the set-up anew." >&2
  exit 130
}

# Prints why .venv can't be used; nothing if it can.
defect_of_venv() {
  local venv
  if ! [ -e .venv ] && ! [ -L .venv ]; then
    echo "there is none"
  elif [ -e "$unfinished" ]; then
    echo "its set-up was not finished"
  elif ! describe .venv/bin/python; then
    echo "its Python can't be run"
  elif judge_build && [ -n "$refusal" ]; then
    echo "its Python $version doesn't fit"
  elif ! has_pip; then
    echo "it lacks pip"
  elif [ -n "${PYTHON:-}" ]; then
    venv="Python $version of $prefix"
    if ! describe "$PYTHON" || [ "$venv" != "Python $version of $prefix" ]; then
      echo "it was made with $venv, and PYTHON names $PYTHON"
    fi
  fi
}

has_pip() {
  case " $missing " in *" pip "*) return 1 ;; esac
  # The longer look, which finds a pip that is there by half, is left out where nothing
  # is to be installed.
  is_up_to_date || .venv/bin/python -m pip --version >/dev/null 2>&1
}

is_done() {  # [uv]
  if [ "$1" = uv ]; then has_uv; else is_up_to_date; fi
}

has_uv() {
  [ "$(.venv/bin/uv --version 2>/dev/null | awk '{print $2}')" = "$uv_version" ]
}

is_up_to_date() {
  local file
  [ -e "$finished" ] || return 1
  for file in requirements.lock requirements-dev.lock pyproject.toml setup.py; do
    ! [ "$file" -nt "$finished" ] || return 1
  done
}

make_venv() {  # DEFECT
  local earlier=""
  if [ -s "$unfinished" ]; then earlier=$(cat "$unfinished"); fi
  find_python ${earlier:+"$earlier"}
  check_disk
  if [ -e .venv ]; then echo "Making .venv anew, since $1."; fi
  echo "Setting up .venv with Python $version ($executable): at most 1.4 GB of downloads" \
    "and 4 GB of disk, 1 to 2 minutes near a package index."
  rm -rf .venv 2>/dev/null || refuse "$(id -un) can't remove $PWD/.venv:" \
    "remove it yourself, unless another set-up is using it right now."
  mkdir .venv
  echo "$executable" >"$unfinished"
  run_step "Making the virtual environment" "$executable" -m venv .venv
}

adopt_venv() {
  describe .venv/bin/python
  judge
  [ -z "$refusal" ] || refuse "$refusal"
  echo "Bringing .venv (Python $version) up to date with the locked packages."
  echo "$executable" >"$unfinished"
}

# Hands pip's index and certificates on to uv, which doesn't read pip's configuration.
use_pip_configuration() {
  local settings
  settings=$(.venv/bin/python -m pip config list 2>/dev/null) || return 0
  pass_on cert SSL_CERT_FILE
  pass_on trusted-host UV_INSECURE_HOST
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_INDEX:-}" ]; then
    pass_on index-url UV_DEFAULT_INDEX
    pass_on extra-index-url UV_INDEX
    # As pip does; what is installed is checked by its hash.
    export UV_INDEX_STRATEGY=${UV_INDEX_STRATEGY:-unsafe-best-match}
  fi
}

pass_on() {  # PIP-SETTING UV-VARIABLE
  local value
  # The environment's settings are listed last. Several values are told apart by "\n".
  value=$(sed -nE "s/^[a-z:]+\.$1='(.*)'$/\1/p" <<<"$settings" | tail -n 1)
  if [ -n "$value" ] && [ -z "${!2:-}" ]; then export "$2=${value//\\n/ }"; fi
}

install_uv() {
  has_uv || run_step "Installing uv" env PIP_USER=0 .venv/bin/python -m pip install \
    --disable-pip-version-check --retries 2 "uv==$uv_version"
}

install_packages() {
  run_step "Installing the packages" .venv/bin/uv pip install --no-progress \
    --python .venv/bin/python --no-deps --require-hashes --compile-bytecode \
    --requirement requirements.lock --requirement requirements-dev.lock
  run_step "Installing the project" .venv/bin/uv pip install --no-progress \
    --python .venv/bin/python --no-deps --editable .
  touch "$finished"
}

main "$@"
