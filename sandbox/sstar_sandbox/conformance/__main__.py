"""``python -m sstar_sandbox.conformance [--tier NAME] [--mode isolated|batch] [WORD…]``: exit 1 if any case fails."""

from __future__ import annotations

import argparse
import asyncio
import sys
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
    parser.add_argument("words", nargs="*", help="only cases whose name or group contains one of these")
    options = parser.parse_args()
    findings: list[Finding] = []
    try:
        async with Sandbox(2, options.tier, options.cache_dir, self_test=None) as sandbox:
            tier = sandbox.tier
            cases = cases_for(has_linux_calls=sandbox.has_linux_calls, words=options.words)
            async for finding in run_suite(sandbox, cases, options.mode):
                findings.append(finding)
                if finding.problem:
                    sys.stdout.write(f"FAIL {finding.name}: {finding.problem}\n")
                    sys.stdout.flush()
    except (SandboxUnavailable, UnknownName) as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    right = sum(not finding.problem for finding in findings)
    escapes = sum(finding.escaped for finding in findings)
    sys.stdout.write(
        f"{right}/{len(cases)} as they must be, {escapes} escapes; tier {tier}, mode {options.mode}\n"
    )
    return 0 if right == len(cases) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
