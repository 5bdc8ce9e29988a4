#!/usr/bin/env bash
# Builds the image of the steps with Docker or Podman: `deploy/image/build.sh [IMAGE]`.
#
# The build uses this machine's network, proxies, certificates and pip configuration to
# reach package registries. None of them stays in the image. The variables BASE_IMAGE and
# BEAM_SDK_IMAGE replace the values in the Dockerfile.
set -euo pipefail
cd "$(dirname "$0")/../.."
image=${1:-fashion-mnist-tfx:latest}

if { docker info && docker buildx version; } >/dev/null 2>&1; then
  engine=(docker)
elif command -v podman >/dev/null; then
  engine=(podman)
  # By itself, Podman prefers crun, which doesn't start where both versions of cgroups are
  # mounted.
  if command -v runc >/dev/null; then engine+=(--runtime runc); fi
else
  echo "Building the image needs Docker with a running engine, or Podman: install one." >&2
  exit 1
fi

secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
options=(--network=host --tag "$image")
for name in BASE_IMAGE BEAM_SDK_IMAGE http_proxy https_proxy no_proxy; do
  if [[ -n ${!name:-} ]]; then options+=(--build-arg "$name=${!name}"); fi
done
echo '[global]' >"$secrets/pip.conf"
for key in index-url extra-index-url trusted-host; do
  # The bash of macOS can't convert to capital letters itself.
  variable=PIP_$(tr a-z- A-Z_ <<<"$key")
  if value=${!variable:-$(python3 -m pip config get "global.$key" 2>/dev/null)}; then
    # pip takes several values, each on a line of its own that must be indented.
    echo "$key = ${value//$'\n'/$'\n  '}" >>"$secrets/pip.conf"
  fi
done
certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
if [[ -f $certificates ]]; then
  echo 'cert = /run/secrets/ca-certificates.crt' >>"$secrets/pip.conf"
  options+=(--secret "id=ca-certificates.crt,src=$certificates")
fi
options+=(--secret "id=pip.conf,src=$secrets/pip.conf")

DOCKER_BUILDKIT=1 "${engine[@]}" build "${options[@]}" .
"${engine[@]}" image inspect --format '{{.Size}}' "$image" |
  awk -v image="$image" '{printf "%s: %.2f GB\n", image, $1 / 1e9}'
