#!/usr/bin/env bash
# Prints the name of a Debian image, for BASE_IMAGE: `base_image.sh SUITE`. It is Docker
# Hub's where that can be reached, else one that debootstrap makes of Debian's packages
# (root).
set -euo pipefail
suite=$1
published=docker.io/library/debian:$suite-slim

if docker info >/dev/null 2>&1; then engine=docker; else engine=podman; fi
if "$engine" image inspect "$published" >/dev/null 2>&1 ||
  timeout 30 "$engine" pull --quiet "$published" >/dev/null 2>&1; then
  echo "$published"
else
  "$(dirname "$0")/../support/debian_image.sh" "$suite" ca-certificates
fi
