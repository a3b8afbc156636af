"""``python -m sstar_sandbox.suite [--tier NAME] [--mode isolated|batch] [WORD…]``: exit 1 if any case fails."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sstar_sandbox.records import Mode
from sstar_sandbox.sandbox import Sandbox
from sstar_sandbox.suite import CASES
from sstar_sandbox.suite.runner import run_suite


async def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sstar_sandbox.suite")
    parser.add_argument("--tier", help="insist on one tier")
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.ISOLATED)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("words", nargs="*", help="only cases whose name or group contains one of these")
    options = parser.parse_args()
    cases = [
        case
        for case in CASES
        if not options.words or any(w in case.name or w == case.group for w in options.words)
    ]
    bad = escaped = 0
    async with Sandbox(workers=1, tier=options.tier, cache_dir=options.cache_dir) as sandbox:
        async for finding in run_suite(sandbox, cases, options.mode):
            if finding.problem:
                bad += 1
                escaped += finding.escaped
                sys.stdout.write(f"FAIL {finding.case.group}/{finding.case.name}: {finding.problem}\n")
        sys.stdout.write(
            f"{len(cases) - bad}/{len(cases)} as they must be, {escaped} escapes; tier {sandbox.tier}, mode {options.mode}\n"
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
