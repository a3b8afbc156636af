"""``python -m sstar_sandbox.conformance [--tier NAME] [--mode isolated|batch] [--json] [WORD…]``: exit 1 if
any case fails."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sstar_sandbox.conformance.catalogue import cases_for
from sstar_sandbox.conformance.runner import run_suite
from sstar_sandbox.errors import SandboxUnavailable, UnknownName
from sstar_sandbox.records import Mode
from sstar_sandbox.sandbox import Sandbox

UNAVAILABLE = 3
"""Exit code where the tier that was asked for does not work: nothing was run."""


async def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sstar_sandbox.conformance")
    parser.add_argument("--tier", help="insist on one tier")
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.ISOLATED)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument("words", nargs="*", help="only cases whose name or group contains one of these")
    options = parser.parse_args()
    started = time.monotonic()
    wrong: list[str] = []
    escapes: list[str] = []
    verdicts: Counter[str] = Counter()
    try:
        async with Sandbox(
            workers=2, tier=options.tier, cache_dir=options.cache_dir, self_test=None
        ) as sandbox:
            tier, fence = sandbox.tier, sandbox.memory_fence
            cases = [
                case
                for case in cases_for(has_linux_calls=sandbox.has_linux_calls)
                if not options.words or any(w in case.name or w == case.group for w in options.words)
            ]
            async for finding in run_suite(sandbox, cases, options.mode):
                name = f"{finding.case.group}/{finding.case.name}"
                verdicts.update(str(verdict) for verdict in finding.verdicts)
                if finding.escaped:
                    escapes.append(name)
                if finding.problem:
                    wrong.append(f"{name}: {finding.problem}")
                    if not options.json:
                        sys.stdout.write(f"FAIL {wrong[-1]}\n")
                        sys.stdout.flush()
    except (SandboxUnavailable, UnknownName) as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    excused = {case.name: case.note for case in cases if case.tier_verdicts.get(tier)}
    if options.json:
        body: dict[str, Any] = {
            "tier": tier,
            "mode": str(options.mode),
            "memory_fence": fence,
            "cases": len(cases),
            "right": len(cases) - len(wrong),
            "escapes": escapes,
            "wrong": wrong,
            "excused": excused,
            "verdicts": dict(sorted(verdicts.items())),
            "seconds": round(time.monotonic() - started, 1),
        }
        sys.stdout.write(json.dumps(body) + "\n")
    else:
        sys.stdout.write(
            f"{len(cases) - len(wrong)}/{len(cases)} as they must be, {len(escapes)} escapes; "
            f"tier {tier}, mode {options.mode}\n"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
