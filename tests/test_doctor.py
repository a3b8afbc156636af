"""The doctor: it tries what it reports, and one failed look never hides the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from models.listing import listing_server, port_of

from sstar_lsp.cli.setup.doctor import (
    Finding,
    _bubblewrap,
    _fences,
    _folders,
    _models,
    _sandbox,
    _self_test,
    _settings,
    can_solve,
    doctor_command,
)
from sstar_lsp.models.download.registry import REGISTRY
from sstar_lsp.models.testing.scripted_server import serve_scripted
from sstar_lsp.settings import load_settings, user_file
from sstar_sandbox import Mode, Sandbox, Verdict
from sstar_sandbox.backends.linux.backend import LinuxBackend
from sstar_sandbox.conformance.catalogue import CASES, Case
from sstar_sandbox.conformance.self_test import PROBES
from sstar_sandbox.speed import REFERENCE_S, proposed_multiplier
from sstar_sandbox.worker import worker as boxes
from sstar_sandbox.worker.job import Fences


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A machine whose settings, journals and weights are this test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    own = {
        "SSTAR_STATE_DIR": str(tmp_path / "state"),
        "SSTAR_CACHE_DIR": str(tmp_path / "cache"),
        "SSTAR_SERVER_PORTS": "9",  # nobody listens there
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    for name in ("SSTAR_BASE_URL", "SSTAR_MODEL", "SSTAR_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return own


def named(findings: list[Finding]) -> dict[str, Finding]:
    """Findings by name."""
    return {finding.name: finding for finding in findings}


async def sandbox(folder: Path, environ: dict[str, str]) -> dict[str, Finding]:
    """Findings of the sandbox by the settings of a folder."""
    return named(await _sandbox(load_settings(folder, environ=environ), thorough=False))


async def models(folder: Path, environ: dict[str, str]) -> dict[str, Finding]:
    """Findings of the models by the settings of a folder."""
    return named(await _models(load_settings(folder, environ=environ).model, environ))


async def test_the_sandbox_is_tried_with_a_program_and_its_tier_is_named(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    found = await sandbox(tmp_path, environ)
    assert found["sandbox"].ok
    assert "tier " in found["sandbox"].detail
    assert found["language cpp"].ok


async def test_the_self_test_says_why_the_tier_and_names_what_was_handled_wrongly_in_either_mode(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "print(int(input()) + int(input()))"
    right: Any = {Verdict.AC}  # mypy cannot follow the field's converter
    wrong: Any = {Verdict.TLE}
    probes = tuple(case for case in CASES if case.name in PROBES)
    honest = Case("adds", "honest", source, right)
    expected_to_fail = Case("adds-too", "honest", source, wrong)
    monkeypatch.setattr("sstar_sandbox.conformance.catalogue.CASES", (*probes, honest, expected_to_fail))
    found = named(await _self_test())
    assert found["tier"].ok
    assert "memory of a box" in found["tier"].detail
    assert [found[f"probe {number}"].ok for number in range(1, 11)] == [True] * 10
    for mode in Mode:
        suite = found[f"escape suite, {mode}"]
        assert not suite.ok
        assert "11 of 12" in suite.detail
        assert "0 escapes" in suite.detail
        assert "honest/adds-too" in suite.detail
    assert not can_solve(list(found.values())), "anything that was not as it must be is an exit code of 1"


async def test_without_a_tier_the_self_test_says_what_each_said(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(tier: LinuxBackend) -> str | None:
        return "setting up uid map: Permission denied"

    monkeypatch.setattr("sstar_sandbox.backends.backend_selection.complaint_of", refuses)
    found = named(await _self_test())
    assert list(found) == ["tier"]
    assert "landlock: setting up uid map" in found["tier"].detail
    assert "apparmor" in found["tier"].detail


async def test_stronger_tiers_that_were_refused_are_listed_with_their_reason(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def only_landlock(tier: LinuxBackend) -> str | None:
        return None if tier.name == "landlock" else f"no {tier.name} today"

    for place in ("backends.backend_selection", "conformance.self_test"):
        monkeypatch.setattr(f"sstar_sandbox.{place}.complaint_of", only_landlock)
    monkeypatch.setattr(
        "sstar_sandbox.conformance.catalogue.CASES", tuple(case for case in CASES if case.name in PROBES)
    )
    found = named(await _self_test())
    assert "stronger ones do not work here" in found["tier"].detail
    assert found["tier bwrap"].detail == "refused: no bwrap today"
    assert not found["tier bwrap"].needed
    assert found["probe 1"].ok


async def test_weights_that_are_not_pulled_yet_do_not_keep_a_run_from_starting(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    found = await models(tmp_path, environ)
    weights = [finding for name, finding in found.items() if name.startswith("weights")]
    assert [finding.name for finding in weights] == [f"weights {REGISTRY[0].aliases[0]}"]
    assert not any(finding.ok for finding in weights)
    assert all("sstar model pull" in finding.what_to_do for finding in weights)
    assert can_solve(list(found.values()))


async def test_devices_for_an_embedded_model_are_listed_and_one_that_is_not_here_keeps_a_run_from_starting(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    found = await models(tmp_path, environ)
    assert found["devices"].ok
    assert "CPU" in found["devices"].detail
    user_file().parent.mkdir(parents=True)
    user_file().write_text('[model]\ndevice = "TPU"\n')
    found = await models(tmp_path, environ)
    assert "no TPU" in found["devices"].detail
    assert "model.device" in found["devices"].what_to_do
    assert not can_solve(list(found.values()))


async def test_settings_that_cannot_be_read_are_a_finding_beside_the_others(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "sstar.toml").write_text('[model]\nbase_url = "http://127.0.0.1:1/v1"\n')
    found = named([*_settings(tmp_path, environ)[1], *_folders(environ)])
    assert not found["settings"].ok
    assert str(tmp_path / "sstar.toml") in found["settings"].detail
    assert found["journals"].ok
    assert not can_solve(list(found.values()))


async def test_a_state_folder_that_cannot_be_made_names_the_variable_to_set(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "file").touch()
    broken = {**environ, "SSTAR_STATE_DIR": str(tmp_path / "file" / "state")}
    found = named(_folders(broken))
    assert not found["journals"].ok
    assert "SSTAR_STATE_DIR" in found["journals"].what_to_do


async def test_a_configured_server_is_asked_for_its_models(tmp_path: Path, environ: dict[str, str]) -> None:
    async with serve_scripted([]) as server:
        asked = {**environ, "SSTAR_BASE_URL": server.base_url, "SSTAR_API_KEY": server.key}
        found = await models(tmp_path, asked)
        assert found["model server"].ok
        assert "scripted" in found["model server"].detail
        assert server.key not in str(found)
        other = await models(tmp_path, {**asked, "SSTAR_MODEL": "other"})
        assert not other["model server"].ok
        assert "'other'" in other["model server"].what_to_do


async def test_a_server_that_nobody_runs_keeps_a_run_from_starting(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    found = await models(tmp_path, {**environ, "SSTAR_BASE_URL": "http://127.0.0.1:1/v1"})
    assert not can_solve(list(found.values()))
    assert found["model server"].what_to_do


def test_the_command_prints_one_object_and_says_by_its_exit_code_whether_a_run_could_start(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    well = CliRunner().invoke(doctor_command, ["--json"])
    assert well.exit_code == 0
    assert json.loads(well.output)["can_solve"] is True
    assert list(tmp_path.iterdir()) == [], "a look makes nothing"
    monkeypatch.setenv("SSTAR_BASE_URL", "http://127.0.0.1:1/v1")
    unwell = CliRunner().invoke(doctor_command, [])
    assert unwell.exit_code == 1
    assert "FAILED" in unwell.output


async def test_the_libraries_and_the_standard_of_cpp_are_named(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    found = await sandbox(tmp_path, environ)
    assert "Python: " in found["libraries"].detail
    assert "sortedcontainers" in found["libraries"].detail
    assert "C++2" in found["libraries"].detail


async def test_a_library_of_the_settings_that_is_not_here_is_a_failure_that_says_how_to_get_it(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text('[sandbox]\nlibraries = ["no_such_library"]\n')
    found = await sandbox(tmp_path, environ)
    assert not found["sandbox"].ok
    assert "pip install no_such_library" in found["sandbox"].detail


@pytest.mark.parametrize(
    ("times", "multiplier"),
    [(0.5, 1.0), (1.0, 1.0), (1.2, 1.0), (1.3, 1.5), (2.0, 2.0), (2.1, 2.5), (9.7, 10.0)],
)
def test_the_proposed_multiplier_is_the_next_half_above_what_was_measured(
    times: float, multiplier: float
) -> None:
    assert proposed_multiplier(REFERENCE_S * times) == multiplier


async def test_a_slow_machine_is_offered_the_line_for_its_settings(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sstar_lsp.cli.setup.doctor.REFERENCE_S", 1e-6)
    monkeypatch.setattr("sstar_sandbox.speed.REFERENCE_S", 1e-6)
    found = await sandbox(tmp_path, environ)
    assert found["speed"].ok
    assert "[solve]: time_multiplier = " in found["speed"].what_to_do
    monkeypatch.setattr("sstar_sandbox.speed.REFERENCE_S", 1e6)
    found = await sandbox(tmp_path, environ)
    assert found["speed"].what_to_do == ""


@pytest.mark.parametrize(
    ("said", "mode", "title", "warned"),
    [
        ("bubblewrap 0.12.0", 0o755, "bubblewrap 0.12.0 at", ()),
        ("bubblewrap 1.0.1", 0o755, "bubblewrap 1.0.1 at", ()),
        ("bubblewrap 0.11.9", 0o755, "bubblewrap 0.11.9 at", ("CVE-2026-87766",)),
        ("bubblewrap 0.12.0", 0o4755, "setuid root", ("CVE-2026-41163",)),
        ("bubblewrap 0.8.0", 0o4755, "bubblewrap 0.8.0 at", ("CVE-2026-87766", "CVE-2026-41163")),
        ("nothing", 0o755, "of unknown version", ("CVE-2026-87766",)),
    ],
)
async def test_an_old_or_setuid_bubblewrap_is_warned_of_and_keeps_no_run_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, mode: int, title: str, warned: tuple[str, ...]
) -> None:
    path = tmp_path / "bwrap"
    path.write_text(f"#!/bin/sh\necho {said}\n")
    path.chmod(mode)
    monkeypatch.setattr(
        "sstar_sandbox.backends.linux.bwrap.bwrap_candidates",
        lambda: [("bwrap", path), ("bundled-bwrap", path)],
    )
    [finding] = await _bubblewrap("bwrap")
    assert title in finding.detail
    assert finding.ok == (not warned)
    assert all(name in finding.what_to_do for name in warned)
    assert finding.what_to_do.count("CVE") == len(warned)
    assert can_solve([finding])
    assert await _bubblewrap("landlock") == []


@pytest.mark.parametrize("missing", [(), ("Landlock",)])
async def test_a_fence_that_this_kernel_lacks_is_named_and_what_bounds_memory_always(
    missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Sandbox(workers=1, self_test=None) as sandbox:
        told = property(lambda _worker: Fences("address space", missing), lambda _worker, _found: None)
        monkeypatch.setattr(boxes.Worker, "fences", told, raising=False)
        finding = await _fences(sandbox)
    assert "memory of a box is bounded by address space" in finding.detail
    assert (finding.ok, finding.needed) == (not missing, False)
    assert ("Landlock" in finding.detail) == ("Landlock" in finding.what_to_do) == bool(missing)


async def test_servers_and_keys_that_were_found_are_told_and_not_needed(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    assert "found servers" not in await models(tmp_path, environ)
    with listing_server("qwen2.5-coder:7b") as base_url:
        found = {"GROQ_API_KEY": "sk-very-secret", "SSTAR_SERVER_PORTS": port_of(base_url)}
        finding = (await models(tmp_path, {**environ, **found}))["found servers"]
    assert finding.ok
    assert not finding.needed
    assert f"Ollama at {base_url} has qwen2.5-coder:7b" in finding.detail
    assert "GROQ_API_KEY is set (Groq); it was sent nowhere" in finding.detail
    assert "sk-very-secret" not in finding.detail
    assert "to use it: sstar model use ollama (or groq)" in finding.what_to_do
