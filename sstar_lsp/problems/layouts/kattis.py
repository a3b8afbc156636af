"""Where things lie in a Kattis or ICPC problem package, and its samples.

Legacy and 2023-07-draft: https://www.kattis.com/problem-package-format/
"""

from __future__ import annotations

import re
from pathlib import Path

from sstar_lsp.problems.layouts.files import Reader
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.problems.layouts.pairs import pair_up, tests_of_pairs
from sstar_lsp.records import Test

_STATEMENT_FOLDERS = {"problem_statement", "statement"}
_STATEMENT = re.compile(r"problem(?:\.(?P<language>[a-z]{2}(?:-[A-Za-z]{2})?))?\.(?:tex|md|html)")
SAMPLES = "data/sample"


def package_root(path: Path) -> Path | None:
    """The package that the statement at ``path`` belongs to; None if it lies in none."""
    if path.parent.name in _STATEMENT_FOLDERS and _STATEMENT.fullmatch(path.name):
        root = path.parent.parent
        if (root / "problem.yaml").is_file() or (root / SAMPLES).is_dir():
            return root
    return path.parent if (path.parent / "problem.yaml").is_file() else None


def language_of_statement(path: Path) -> str:
    """``sv`` of ``problem.sv.tex``; English where the name has none."""
    match = _STATEMENT.fullmatch(path.name)
    return (match["language"] if match else None) or "en"


def load(path: Path, _owner: Owner, reader: Reader) -> list[Test]:
    """The samples in ``data/sample`` that are run: ``1.in`` with ``1.ans``, not what the statement shows instead
    of them; ``data/secret`` is never looked at."""
    root = package_root(path)
    if root is None or root == path.parent:  # then they are a folder of tests beside the statement
        return []
    files = [file.relative_to(reader.root) for file in reader.files(root / SAMPLES)]
    return tests_of_pairs(pair_up(files), reader, lambda file: reader.text_of(reader.root / file))
