#!/usr/bin/env bash
# What is given to people: `scripts/dist.sh` builds wheel, sdist and the VS Code extension into dist/, checks them, installs the
# wheel into an empty environment outside the clone, and solves a pasted statement there with the embedded 0.5B model.
# `scripts/dist.sh release VERSION` does that after it has set the version, and then tells the commands that publish.
#
# Exit codes: 0 ok · 64 wrong argument · else that of what failed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '==> %s\n' "$*" >&2; }

case ${1:-check} in
    check) ;;
    release)
        version=${2:-}
        [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "dist: release VERSION, such as 0.2.0" >&2; exit 64; }
        grep -q "^## \[$version\]" CHANGELOG.md || { echo "dist: CHANGELOG.md has no section [$version]: rename [Unreleased]" >&2; exit 64; }
        sed -i "s/^version = .*/version = \"$version\"/" pyproject.toml
        sed -i "s/^__version__ = .*/__version__ = \"$version\"/" sstar_lsp/__init__.py
        ;;
    *) echo "dist: '$1' is neither check nor release" >&2; exit 64 ;;
esac

rm -rf dist
say "building wheel and sdist"
.venv/bin/python -m hatchling build -d dist
.venv/bin/python -m twine check --strict dist/*
scripts/editors.sh vsix
cp editor/vscode/sstar.vsix dist/

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
say "installing the wheel into an empty environment"
.venv/bin/python -m venv "$place/venv"
"$place/venv/bin/pip" install -q --disable-pip-version-check "$(echo "$PWD"/dist/*.whl)[local]"
cat >"$place/problem.md" <<'END'
# Sum of two

Given two integers, print their sum.

## Input

One line with two integers $a$ and $b$ ($-1000 <= a, b <= 1000$).

## Output

Their sum.

## Example

Input:

```
1 2
```

Output:

```
3
```
END
cd "$place"
say "solving a pasted statement with it"
venv/bin/sstar --version
venv/bin/sstar model pull 0.5b
venv/bin/sstar solve problem.md --model 0.5b -n 4 -o solved.py
[ "$(echo '20 -63' | "$place/venv/bin/python" solved.py)" = -43 ]
say "ok: $(cd "$OLDPWD" && ls dist)"
if [ "${1:-check}" = release ]; then
    say "to publish: git tag v$2 && git push --tags; .venv/bin/python -m twine upload dist/*.whl dist/*.tar.gz; npx vsce publish -i dist/sstar.vsix and npx ovsx publish dist/sstar.vsix"
fi
