#!/usr/bin/env bash
# Without arguments: which benchmarks there are. With a name: runs it, the rest of the arguments are its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

shopt -s nullglob
found=(benchmarks/[a-z]*.py)
if [ $# -gt 0 ]; then
    script="benchmarks/${1%.py}.py"
    if [ ! -f "$script" ]; then
        echo "There is no $script. Known: $(basename -a -s .py "${found[@]}" | paste -sd ' ')" >&2
        exit 64
    fi
    shift
    exec .venv/bin/python "$script" "$@"
fi
if [ ${#found[@]} -eq 0 ]; then
    echo "There is no benchmark yet. What was measured by hand is in docs/benchmarks.md."
    exit 0
fi
echo "Benchmarks (numbers so far: docs/benchmarks.md). Run one with: make bench ARGS=name"
for script in "${found[@]}"; do
    .venv/bin/python - "$script" <<'PYTHON'
import ast, pathlib, sys

path = pathlib.Path(sys.argv[1])
summary = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
print(f"  {path.stem:<16} {summary}")
PYTHON
done
