# shellcheck shell=bash
# Gives uv what pip is configured with. set_up.sh and a test source this file.

# Passes pip's index and certificates to uv, which doesn't read pip's configuration.
use_pip_configuration() {
  local settings
  settings=$(.venv/bin/python -m pip config list 2>/dev/null) || return 0
  export_setting cert SSL_CERT_FILE
  export_setting trusted-host UV_INSECURE_HOST
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_INDEX:-}" ]; then
    export_setting index-url UV_DEFAULT_INDEX
    export_setting extra-index-url UV_INDEX
    # The strategy of pip. It is safe, because all packages are checked by their hashes.
    export UV_INDEX_STRATEGY=${UV_INDEX_STRATEGY:-unsafe-best-match}
  fi
}

export_setting() {  # PIP-SETTING UV-VARIABLE
  local value
  # pip lists the environment's settings last, and separates several values by "\n".
  value=$(sed -nE "s/^[a-z:]+\.$1='(.*)'$/\1/p" <<<"$settings" | tail -n 1)
  if [ -n "$value" ] && [ -z "${!2:-}" ]; then export "$2=${value//\\n/ }"; fi
}
