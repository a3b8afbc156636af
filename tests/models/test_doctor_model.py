"""``sstar doctor --model``: a real server looked at through the command line."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from engine.serving import served_in_thread, sstar

from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.probing.conformance import CHECKS, examine
from sstar_lsp.models.testing.faults import Fault
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import serve_scripted

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"


def test_it_prints_capabilities_checks_and_speed(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_in_thread(lambda _messages, _sampling: LONG) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        shown = sstar("doctor", "--model", server.base_url, "--tokens", 4)
        told = sstar("doctor", "--model", server.base_url, "--tokens", 4, "--json")
    assert shown.exit_code == told.exit_code == 0, shown.output
    for words in ("keeps answers apart", "answers 16 at once", "Conforms."):
        assert words in shown.output
    report = json.loads(told.stdout)
    assert report["conforms"] is True
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["repeats with a seed"]["outcome"] == "passed"
    assert "new tokens/s, first token after" in checks["answers 16 at once"]["detail"]
    assert "when known but for its end" in checks["computes a known prompt once"]["detail"]
    assert server.key not in shown.output + told.output


def test_a_server_that_does_not_say_why_answers_end_does_not_conform(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_in_thread(lambda _messages, _sampling: LONG, faults=lambda _: Fault.NO_FINISH) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        result = sstar("doctor", "--model", server.base_url, "--tokens", 4)
    assert result.exit_code == 1
    assert "FAILED  says why an answer ended" in result.output


def test_a_server_that_refuses_the_key_is_an_error_that_says_so(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_in_thread(lambda _messages, _sampling: LONG) as server:
        monkeypatch.setenv("SSTAR_API_KEY", "wrong")
        result = sstar("doctor", "--model", server.base_url)
    assert result.exit_code == 4
    assert "refused the key" in result.output


def test_an_address_that_is_only_looked_at_gets_no_key_of_the_configured_one(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_in_thread(lambda _messages, _sampling: LONG) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        monkeypatch.setenv("SSTAR_BASE_URL", "https://elsewhere.invalid/v1")
        result = sstar("doctor", "--model", server.base_url)
    assert result.exit_code == 4, "the right key was not sent"


def test_a_models_name_without_a_server_is_wrong_usage(own_home: Path) -> None:
    assert sstar("doctor", "--model-name", "x").exit_code == 2


def test_what_was_found_before_a_measurement_failed_is_told_all_the_same(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second_story(asked: Mapping[str, object]) -> Fault | None:
        return Fault.SERVER_ERROR if "the number 2." in json.dumps(asked) else None

    with served_in_thread(lambda _messages, _sampling: LONG, faults=second_story) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        result = sstar("doctor", "--model", server.base_url, "--tokens", 4, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    failed = [check for check in report["checks"] if check["outcome"] == "failed"]
    assert [check["name"] for check in failed] == ["answers 4 at once", "answers 16 at once"]
    assert "500" in failed[0]["detail"]


SILENT = frozenset({Fault.HANG, Fault.HANG_MIDWAY, Fault.ONLY_SIGNS_OF_LIFE})
"""Faults that only patience ends."""


@pytest.mark.parametrize("fault", [*Fault])
async def test_a_server_with_this_fault_now_and_then_is_examined_to_the_end(fault: Fault) -> None:
    asked = itertools.count()
    script = ScriptedModel(lambda _messages, _sampling: LONG)
    async with serve_scripted(script, faults=lambda _: fault if next(asked) % 3 == 2 else None) as server:
        idle_s = 0.2 if fault in SILENT else 60.0
        model = OpenAIModel(server.base_url, "scripted", server.key, idle_timeout_s=idle_s, patience_s=0.01)
        report = await examine(model, tokens=4)
        await model.aclose()
    assert len(report.checks) >= len(CHECKS)
    assert {check.name for check in report.checks} >= {name for name, *_ in CHECKS}
