# shellcheck shell=bash
# Finds the Python for the environment. set_up.sh sources this file.

# Sets `version`, `executable` and so on to what describe_python.py prints.
describe() {
  local facts
  facts=$("$1" -E environment/describe_python.py 2>/dev/null) || return 1
  { read -r version; read -r executable; read -r prefix
    read -r machine; read -r glibc; read -r missing; } <<<"$facts"
  IFS=. read -r major minor _ <<<"$version"
}

has_right_version() {
  [ "$major" = 3 ] && [ "$minor" -ge 10 ] && [ "$minor" -le 13 ]
}

# Sets `refusal` to the reason why the described Python can't be used; empty if it can.
check_python() {
  check_build
  [ -n "$refusal" ] || check_parts
}

# Refuses a Python for which there are no wheels.
check_build() {
  local python="Python $version ($executable)"
  refusal=""
  if ! has_right_version; then
    refusal="Python 3.10 to 3.13 is needed, and PYTHON names $python:"
    refusal="$refusal name another one, or leave out PYTHON, so that set-up looks for one."
  elif [ "$machine" != "$(uname -m)" ]; then
    refusal="$python is built for $machine, and this machine is $(uname -m):"
    refusal="$refusal use a Python that is built for $(uname -m)."
  elif [ "$(uname -s)" = Linux ] && [ "$glibc" = none ]; then
    refusal="TFX's packages need glibc, and $python uses another C library:"
    refusal="$refusal use a system with glibc, for example Debian, Ubuntu or Fedora."
  elif [ "$(uname -s)" = Linux ] && [ "$minor" -ge 12 ] && is_older "$glibc" 2 39; then
    refusal="With Python 3.12 and 3.13, TFX's packages need glibc 2.39, and $python"
    refusal="$refusal has glibc $glibc: use Python 3.11."
  fi
}

is_older() {  # VERSION MAJOR MINOR
  local major minor
  IFS=. read -r major minor _ <<<"$1"
  [ "$major" -lt "$2" ] || { [ "$major" -eq "$2" ] && [ "$minor" -lt "$3" ]; }
}

# Refuses a Python that lacks what is needed to create environments, or to build
# pyfarmhash, the only locked package without a wheel for every Python.
check_parts() {
  local python="Python $version ($executable)" parts="" packages=""
  case " $missing " in
    *" ensurepip "*)
      parts=", its module ensurepip"
      packages=" $(debian_package venv)"
      ;;
  esac
  if [ "$(uname -s)" = Darwin ] || [ "$minor" = 10 ]; then
    if ! has_compiler; then
      parts="$parts, a C++ compiler"
      packages="$packages g++"
    fi
    case " $missing " in
      *" headers "*)
        parts="$parts, its header file Python.h"
        packages="$packages $(debian_package dev)"
        ;;
    esac
  fi
  if [ -n "$parts" ]; then
    refusal="$python can't be used without ${parts#, }:"
    refusal="$refusal $(how_to_install "${packages# }")"
  fi
}

has_compiler() {
  # On a Mac without developer tools, c++ only offers to install them.
  if [ "$(uname -s)" = Darwin ]; then
    xcode-select --print-path >/dev/null 2>&1
  else
    command -v c++ >/dev/null
  fi
}

debian_package() {  # venv | dev
  local name=python3.$minor
  if [ "$(readlink /usr/bin/python3)" = "$name" ]; then name=python3; fi
  echo "$name-$1"
}

how_to_install() {  # DEBIAN-PACKAGES
  case "$prefix $1" in
    *" g++") ;;
    "/usr "*) ;;
    *)
      echo "install a complete Python, or name one with PYTHON=/path/to/python3.11."
      return
      ;;
  esac
  if [ "$(uname -s)" = Darwin ]; then
    echo 'run "xcode-select --install".'
  elif command -v apt-get >/dev/null; then
    echo "run \"apt-get install $1\" as root."
  else
    echo "install your system's packages for it (on Debian: $1)."
  fi
}

# Describes the first Python that fits: the one that PYTHON names, or one on the path.
find_python() {  # [FIRST-CANDIDATE]
  local candidate first_refusal=""
  if [ -n "${PYTHON:-}" ]; then
    describe "$PYTHON" || refuse "PYTHON names $PYTHON, which can't be run as a Python:" \
      "name another one, or leave out PYTHON, so that set-up looks for one."
    check_python
    [ -z "$refusal" ] || refuse "$refusal"
    return
  fi
  for candidate in "$@" python3.11 python3.12 python3.13 python3.10 python3; do
    if describe "$candidate" && has_right_version; then
      check_python
      [ -n "$refusal" ] || return 0
      first_refusal=${first_refusal:-$refusal}
    fi
  done
  [ -z "$first_refusal" ] || refuse "$first_refusal"
  refuse_pythons_on_path
}

refuse_pythons_on_path() {
  local pythons advice="install Python 3.11"
  pythons=$(list_pythons)
  if [ -n "$pythons" ]; then
    pythons="only ${pythons//$'\n'/, }"
  else
    pythons="none"
    if command -v apt-get >/dev/null; then
      advice='run "apt-get install python3 python3-venv" as root'
    fi
  fi
  refuse "Python 3.10 to 3.13 is needed, and there is $pythons on the path:" \
    "$advice, or name one with PYTHON=/path/to/python3.11."
}

list_pythons() {
  local folder path known=""
  local IFS=:
  for folder in $PATH; do
    for path in "$folder"/python "$folder"/python[23] "$folder"/python3.*; do
      case "$path" in *-config) continue ;; esac
      if [ -f "$path" ] && [ -x "$path" ] && describe "$path"; then
        case "$known" in *"|$version $prefix|"*) continue ;; esac
        known="$known|$version $prefix|"
        echo "Python $version ($executable)"
      fi
    done
  done
}
