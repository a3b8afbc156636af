"""The start-up self-test: done once, remembered by all that could change the answer, and a refusal when it fails."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest

from sstar_sandbox import Sandbox, SandboxUnavailable, Verdict, open_sandbox
from sstar_sandbox.backends.backend_selection import choose_backend
from sstar_sandbox.compilation.cache import Cache
from sstar_sandbox.conformance.catalogue import CASES
from sstar_sandbox.conformance.self_test import PROBES, Probe, passed_before, remember, try_probes


async def test_the_first_start_tries_ten_probes_and_later_ones_only_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Sequence[Probe]] = []

    async def counting(sandbox: Sandbox) -> tuple[Probe, ...]:
        tried.append(await try_probes(sandbox))
        return tuple(tried[-1])

    monkeypatch.setattr("sstar_sandbox.conformance.self_test.try_probes", counting)
    for _ in range(3):
        async with open_sandbox(workers=1, cache_dir=tmp_path) as sandbox:
            program = await sandbox.prepare("print(1)", "python")
            assert [e.verdict async for e in sandbox.run(program, [b""])] == [Verdict.RAN]
    assert len(tried) == 1
    assert [(probe.name, probe.ok) for probe in tried[0]] == [(what, True) for what in PROBES.values()]
    assert len(PROBES) == 10


async def test_a_probe_that_does_not_hold_refuses_with_its_name_and_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tuple(
        attrs.evolve(case, source="print('ESCAPED')") if case.name == "tcp-loopback" else case
        for case in CASES
    )
    with monkeypatch.context() as patched:
        patched.setattr("sstar_sandbox.conformance.catalogue.CASES", broken)
        for _ in range(2):
            sandbox = open_sandbox(workers=1, cache_dir=tmp_path)
            with pytest.raises(
                SandboxUnavailable, match=r"no network: it did not hold(.|\n)*sstar doctor --sandbox"
            ):
                await sandbox.__aenter__()
            with pytest.raises(Exception, match="not open"):
                await sandbox.prepare("print(1)", "python")
    async with open_sandbox(workers=1, cache_dir=tmp_path) as mended:
        assert mended.tier


@pytest.mark.asyncio(loop_scope="session")
async def test_what_went_wrong_once_without_an_escape_is_tried_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    class Unlucky(dict[str, frozenset[Verdict]]):
        def get(self, tier: str, default: object = None) -> object:  # type: ignore[override]
            seen.append(tier)
            return frozenset() if len(seen) <= 2 else default

    cases = tuple(
        attrs.evolve(case, tier_verdicts=Unlucky()) if case.name == "plain" else case for case in CASES
    )
    monkeypatch.setattr("sstar_sandbox.conformance.catalogue.CASES", cases)
    probes = await try_probes(sandbox)
    assert all(probe.ok for probe in probes), probes
    assert len(seen) > 2


async def test_another_bubblewrap_or_a_failure_is_another_answer(tmp_path: Path) -> None:
    backend, cache = await choose_backend(), Cache(tmp_path)
    good, bad = Probe("x", True, ""), Probe("y", False, "why")
    assert not passed_before(backend, cache)
    remember(backend, cache, [good])
    assert passed_before(backend, cache)
    copy = tmp_path / "bwrap"
    shutil.copy("/bin/true", copy)
    assert not passed_before(attrs.evolve(backend, bwrap=copy), cache)
    assert not passed_before(attrs.evolve(backend, name="other"), cache)
    remember(backend, cache, [good, bad])
    assert not passed_before(backend, cache)
