#!/usr/bin/env bash
# Makes an image of Debian's own packages, by debootstrap (root), and prints its name:
# `debian_image.sh SUITE [PACKAGE...]`. It holds the smallest Debian and the named
# packages, nothing else. An image that was made before is taken again.
set -euo pipefail
suite=$1
shift
packages="$*"
smallest=localhost/debian-minimal:$suite
# A tag may hold neither spaces nor the plus signs of g++.
tag=${packages// /_}
image=$smallest${tag:+_${tag//+/x}}

if docker info >/dev/null 2>&1; then engine=docker; else engine=podman; fi

# debootstrap is slow: two tests that need the same image make it once.
exec 9<"$0"
flock 9

exists() { "$engine" image inspect "$1" >/dev/null 2>&1; }

if ! exists "$smallest"; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  debootstrap --variant=minbase "$suite" "$folder" >&2
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/* \
    "$folder"/usr/share/{doc,man,locale}/*
  tar --directory "$folder" --create . | "$engine" import - "$smallest" >&2
fi
# debootstrap is slow. It is run once for all images of a suite.
if ! exists "$image"; then
  options=(--network=host --tag "$image")
  for name in http_proxy https_proxy no_proxy; do
    if [[ -n ${!name:-} ]]; then options+=(--build-arg "$name=${!name}"); fi
  done
  "$engine" build "${options[@]}" - >&2 <<EOF
FROM $smallest
RUN apt-get update --quiet \
 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes \
    --no-install-recommends $packages \
 && rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/* \
    /usr/share/doc/* /usr/share/man/* /usr/share/locale/*
EOF
fi
echo "$image"
