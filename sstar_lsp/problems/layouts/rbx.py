"""rbx packages (``problem.rbx.yml``): the samples that lie in files. They are only read.

Fields: https://rbx.rsalesc.dev/setters/reference/package/. Tests of other groups are the setter's secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sstar_lsp.problems.layouts.files import Reader, natural, yaml_map
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.records import Test, TestOrigin

PACKAGE = "problem.rbx.yml"
_SAMPLES = "samples"
_FOLDERS_UP = 2


def rbx_root(path: Path) -> Path | None:
    """The package that the statement at ``path`` belongs to (``statement/…``); None if it lies in none."""
    folders = (path.parent, *path.parent.parents[:_FOLDERS_UP])
    return next((folder for folder in folders if (folder / PACKAGE).is_file()), None)


def load(path: Path, _owner: Owner, reader: Reader) -> list[Test]:
    """The group ``samples``, in the package's order: named files, or a glob over inputs with ``.ans`` or
    ``.out`` beside each. A remark says that generated ones are left out."""
    root = rbx_root(path)
    if root is None:
        return []
    groups = yaml_map(root / PACKAGE, reader).get("testcases")
    listed = [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    tests: list[Test] = []
    samples = [group for group in listed if group.get("name") == _SAMPLES]
    for group in samples:
        if group.get("generators") or group.get("generatorScript"):
            reader.warn(f"{PACKAGE}: samples that rbx generates are not read; write them as files")
        tests += _tests(root, group, reader)
    return tests


def _tests(root: Path, group: dict[str, Any], reader: Reader) -> list[Test]:
    tests: list[Test] = []
    for given, named in reader.first(_files(root, group, reader), f"{PACKAGE}: {_SAMPLES}"):
        outputs = [named] if named else [given.with_suffix(suffix) for suffix in (".ans", ".out")]
        wanted = next((file for file in outputs if file.is_file()), None)
        if wanted is None:
            reader.warn(f"{reader.shown(given)} has no output file beside it and was left out")
            continue
        texts = reader.text_of(given), reader.text_of(wanted)
        if texts[0] is not None and texts[1] is not None:
            tests.append(Test(texts[0], texts[1], TestOrigin.FILE, f"{reader.shown(given)} (rbx)"))
    return tests


def _files(root: Path, group: dict[str, Any], reader: Reader) -> list[tuple[Path, Path | None]]:
    """Input and the output that is named with it, if any."""
    cases = group.get("testcases")
    if isinstance(cases, list):
        paths = [(case.get("inputPath"), case.get("outputPath")) for case in cases if isinstance(case, dict)]
        return [
            (root / given, root / wanted if isinstance(wanted, str) else None)
            for given, wanted in paths
            if isinstance(given, str)
        ]
    pattern = group.get("testcaseGlob")
    if not isinstance(pattern, str):
        return []
    folder, _, last = pattern.rpartition("/")
    if any(sign in folder for sign in "*?["):
        reader.warn(f"{PACKAGE}: testcaseGlob {pattern[:60]} ranges over folders and was not followed")
        return []
    found = [file for file in reader.files(root / folder) if file.match(last) and file.suffix == ".in"]
    return [(file, None) for file in sorted(found, key=lambda file: natural(file.stem))]
