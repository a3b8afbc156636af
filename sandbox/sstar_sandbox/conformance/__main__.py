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

from sstar_sandbox.conformance.catalogue import cases_for
from sstar_sandbox.conformance.runner import Finding, run_suite
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
    findings: list[Finding] = []
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
                findings.append(finding)
                if finding.problem and not options.json:
                    sys.stdout.write(f"FAIL {finding.name}: {finding.problem}\n")
                    sys.stdout.flush()
    except (SandboxUnavailable, UnknownName) as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    wrong = [f"{finding.name}: {finding.problem}" for finding in findings if finding.problem]
    escapes = [finding.name for finding in findings if finding.escaped]
    if options.json:
        verdicts = Counter(str(verdict) for finding in findings for verdict in finding.verdicts)
        body = {
            "tier": tier,
            "mode": str(options.mode),
            "memory_fence": fence,
            "cases": len(cases),
            "right": len(cases) - len(wrong),
            "escapes": escapes,
            "wrong": wrong,
            "excused": {case.name: case.note for case in cases if case.tier_verdicts.get(tier)},
            "verdicts": dict(sorted(verdicts.items())),
            "seconds": round(time.monotonic() - started, 1),
        }
        sys.stdout.write(json.dumps(body) + "\n")
    else:
        kept = f"{len(cases) - len(wrong)}/{len(cases)} as they must be, {len(escapes)} escapes"
        sys.stdout.write(f"{kept}; tier {tier}, mode {options.mode}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
