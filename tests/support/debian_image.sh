#!/usr/bin/env bash
# Makes an image of Debian's own packages, by debootstrap (root), and prints its name:
# `debian_image.sh SUITE [PACKAGE...]`. It holds the smallest Debian and the named
# packages, nothing else. An image that was made before is taken again.
set -euo pipefail
suite=$1
shift
packages="$*"
# A tag may hold neither spaces nor the plus signs of g++.
tag=${packages// /_}
image=localhost/debian-minimal:$suite${tag:+_${tag//+/x}}

if docker info >/dev/null 2>&1; then engine=docker; else engine=podman; fi
if ! "$engine" image inspect "$image" >/dev/null 2>&1; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  debootstrap --variant=minbase ${packages:+--include="${packages// /,}"} \
    "$suite" "$folder" >&2
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/* \
    "$folder"/usr/share/{doc,man,locale}/*
  tar --directory "$folder" --create . | "$engine" import - "$image" >&2
fi
echo "$image"
