#!/usr/bin/env bash
# Emacs with eglot and with lsp-mode, and Vim with ALE, solve and insert once each; all of them come from Debian. Part of `make test-editors`.
#
# Exit codes: 0 ok · 69 something is missing that you must install · else that of what failed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly PACKAGES=(emacs-nox elpa-eglot elpa-lsp-mode vim-nox vim-ale) NEEDS_HELP=69

scripts/bootstrap.sh dev
missing=()
for package in "${PACKAGES[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    line="apt-get install -y --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        printf 'plain_editors: %s missing. Run this, then the same make again:\n\n    sudo %s\n' "${missing[*]}" "$line" >&2
        exit "$NEEDS_HELP"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq update
    apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
fi
exec .venv/bin/python tests/editors/plain.py "$@"
