#!/usr/bin/env bash
# Creates the project's environment, .venv, or updates it. Does nothing if it is up to
# date.
#
# `set_up.sh uv` needs only uv in the environment. PYTHON names the Python to use. All of
# this runs in bash 3.2, which macOS has.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. environment/run_step.sh
. environment/pip_configuration.sh
. environment/check_machine.sh
. environment/find_python.sh

uv_version=0.13.9
# This file exists while .venv is being changed. It names the Python that is used.
unfinished=.venv/.unfinished
# This one exists during a set-up, and has the number of its process.
holder=.set-up-process
finished=.venv/.installed

main() {
  local defect
  trap interrupted INT TERM HUP
  # Removes an activated .venv from the path: its own Python can't create it again.
  PATH=:$PATH:
  PATH=${PATH//":$PWD/.venv/bin:"/:}
  PATH=${PATH#:}
  PATH=${PATH%:}
  defect=$(defect_of_venv)
  if [ -z "$defect" ] && is_done "${1:-}"; then return; fi
  check_platform
  check_folders
  hold_venv
  # Another set-up may have ended meanwhile.
  defect=$(defect_of_venv)
  if [ -z "$defect" ] && is_done "${1:-}"; then return; fi
  if [ -n "$defect" ]; then
    make_venv "$defect"
  else
    reuse_venv
  fi
  use_pip_configuration
  install_uv
  if [ "${1:-}" != uv ]; then install_packages; fi
  rm "$unfinished"
}

interrupted() {
  stop_elapsed_line
  echo "Interrupted: run the same command to start the set-up again." >&2
  exit 130
}

# Makes sure that no other set-up changes .venv.
hold_venv() {
  local other=""
  if ! (set -C; echo $$ >"$holder") 2>/dev/null; then
    { read -r other <"$holder"; } 2>/dev/null || true
    if [ -n "$other" ] && [ "$other" != $$ ] && kill -0 "$other" 2>/dev/null; then
      refuse "Another set-up (process $other) is changing $PWD/.venv: wait until it has" \
        "ended, then run the same command again; if there is none, remove $PWD/$holder."
    fi
    # A set-up that was killed has left it.
    echo $$ >"$holder"
  fi
  trap 'rm -f "$holder"' EXIT
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
  elif check_build && [ -n "$refusal" ]; then
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
  # The second check finds an incomplete pip. It is slow, so it is skipped if nothing has
  # to be installed.
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
  if [ -e .venv ]; then echo "Creating .venv again, because $1."; fi
  echo "Setting up .venv with Python $version ($executable): at most 1.4 GB of downloads" \
    "and 6 GB of disk, 1 to 2 minutes near a package index."
  rm -rf .venv 2>/dev/null || refuse "$(id -un) can't remove $PWD/.venv:" \
    "remove it yourself, unless another set-up is using it now."
  mkdir .venv
  echo "$executable" >"$unfinished"
  run_step "Creating the virtual environment" "$executable" -m venv .venv
}

reuse_venv() {
  describe .venv/bin/python
  check_python
  [ -z "$refusal" ] || refuse "$refusal"
  echo "Bringing .venv (Python $version) up to date with the locked packages."
  echo "$executable" >"$unfinished"
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
