#!/usr/bin/env bash
# Prints the name of a Debian 12 image, for BASE_IMAGE: the Dockerfile's own where its
# registry can be reached, else one that debootstrap makes of Debian's packages (root).
set -euo pipefail
suite=bookworm
published=docker.io/library/debian:$suite-slim

if docker info >/dev/null 2>&1; then engine=docker; else engine=podman; fi
if "$engine" image inspect "$published" >/dev/null 2>&1 ||
  timeout 30 "$engine" pull --quiet "$published" >/dev/null 2>&1; then
  echo "$published"
else
  "$(dirname "$0")/../support/debian_image.sh" "$suite" ca-certificates
fi
