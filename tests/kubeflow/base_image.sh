#!/usr/bin/env bash
# Prints the name of a Debian 12 image, for BASE_IMAGE: the Dockerfile's own where its
# registry can be reached, else one that debootstrap makes of Debian's packages (root).
set -euo pipefail
published=docker.io/library/debian:bookworm-slim
own=localhost/debian:bookworm-slim

if docker info >/dev/null 2>&1; then engine=docker; else engine=podman; fi
if "$engine" image inspect "$published" >/dev/null 2>&1 ||
  timeout 30 "$engine" pull --quiet "$published" >/dev/null 2>&1; then
  echo "$published"
elif "$engine" image inspect "$own" >/dev/null 2>&1; then
  echo "$own"
else
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  debootstrap --variant=minbase --include=ca-certificates bookworm "$folder" >&2
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/* \
    "$folder"/usr/share/{doc,man,locale}/*
  tar --directory "$folder" --create . | "$engine" import - "$own" >&2
  echo "$own"
fi
