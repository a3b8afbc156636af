"""Measuring with a model: what it is asked, what is recorded, what a replay asks nobody for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from engine.serving import served_in_thread

from bench.world import DOUBLE, SQUARE, STDIN_ROW, ZERO, bench, data_file, pool_file, rows_in
from sstar_lsp.bench.data.datasets import ours
from sstar_lsp.bench.model_source import ModelChoice, models_of
from sstar_lsp.bench.selectors.llm_baselines import read_tests
from sstar_lsp.errors import ModelOverloaded, UsageError
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Message, Sampling

pytestmark = pytest.mark.usefixtures("own_home")
WRITTEN = (DOUBLE, SQUARE, DOUBLE.replace("2 * n", "n + n"), ZERO)
"""What samples 1, 2, 3 and 4 are."""


class Model:
    """Knows the problem of doubling: writes right and wrong programs, judges by what is right."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        """One word for each request: ``write``, ``repair``, ``inputs``, ``judge``, ``code`` or ``tests``."""

    def __call__(self, messages: Sequence[Message], sampling: Sampling) -> str:
        last = messages[-1].content
        for word, answer in (
            ("Two programs claim", self._code),
            ("further tests", self._tests),
            ("is not right", self._repair),
            ("not equivalent", self._inputs),
            ("Do not solve", self._inputs),
            ("Mind the edge cases", self._write),
        ):
            if word in last:
                return answer(last, sampling)
        return self._judge(last)

    def _said(self, kind: str, text: str) -> str:
        self.asked.append(kind)
        return text

    def _write(self, last: str, sampling: Sampling) -> str:
        sample = (sampling.seed or 0) % 100_000 // 100
        return self._said("write", f"```python\n{WRITTEN[(sample - 1) % 4]}```\n")

    def _repair(self, last: str, sampling: Sampling) -> str:
        return self._said("repair", f"```python\n{DOUBLE}```\n")

    def _inputs(self, last: str, sampling: Sampling) -> str:
        return self._said("inputs", "```\n7\n```\n\n```\n9\n```\n")

    def _tests(self, last: str, sampling: Sampling) -> str:
        return self._said("tests", "Input:\n```\n5\n```\nOutput:\n```\n10\n```\n")

    def _code(self, last: str, sampling: Sampling) -> str:
        first = last.index("n * n") if "n * n" in last else len(last)
        return self._said("code", f"ANSWER: {2 if first < last.index('Program 2') else 1}")

    def _judge(self, last: str) -> str:
        """Double of the input is right; asked with programs or without."""
        blocks = [block.strip() for block in last.split("```")[1::2]]
        numbers = [int(block) for block in blocks if block.lstrip("-").isdigit()][-3:]
        given, first, second = numbers if len(numbers) == 3 else (0, 0, 0)
        return self._said("judge", f"ANSWER: {1 if first == 2 * given else 2 if second == 2 * given else 0}")


def measured(folder: Path, server: Any, *more: object, methods: str) -> list[dict[str, Any]]:
    """The rows of a bench against a scripted server."""
    done = bench(
        *("--data", data_file(folder, STDIN_ROW), "--methods", methods, "--out", folder / "out"),
        *("--model", "scripted", "--base-url", server.base_url, "-n", 4, "--draws", 1, "--rounds", 1, *more),
    )
    assert done.exit_code == 0, done.output
    return rows_in(folder / "out")


def test_a_live_model_writes_repairs_and_is_graded_on_hidden_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model()
    with served_in_thread(model) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        rows = measured(tmp_path, server, methods="zero-shot,majority,self-debug,random-passing,oracle")
    found = {row["method"]: row for row in rows}
    assert found["zero-shot"]["score"] == 0.5
    assert found["self-debug"]["score"] == 1
    assert found["oracle"]["survivors"] == 4  # the fourth after its repair
    assert found["random-passing"]["score"] == 0.75
    assert found["majority"]["picked"] == "c1"
    assert sorted(model.asked) == ["repair", *["write"] * 4]
    assert found["majority"]["cost"]["calls"] == 5
    assert found["zero-shot"]["cost"]["calls"] == 1
    assert found["majority"]["cost"]["tokens_in"] > found["zero-shot"]["cost"]["tokens_in"] > 0
    assert found["majority"]["cost"]["selection_calls"] == 0


def test_methods_share_samples_through_the_recording_and_a_replay_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model()
    methods = "zero-shot,majority,codet,code-judge,self-debug,paper-sstar,sstar,oracle"
    record = tmp_path / "replies.jsonl"
    with served_in_thread(model) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        first = measured(tmp_path, server, "--record", record, methods=methods)
        key = server.key
    assert model.asked.count("write") == 4
    assert model.asked.count("repair") == 1
    text = record.read_text("utf-8")
    assert key not in text
    assert "Given an integer" not in text
    (tmp_path / "again").mkdir()
    given = [
        *(
            "--data",
            tmp_path / "data.jsonl",
            "--methods",
            methods,
            "--model",
            "scripted",
            "-n",
            4,
            "--draws",
            1,
        ),
        *("--rounds", 1, "--record", record, "--replay-only", "--out", tmp_path / "again" / "out"),
    ]
    again = bench(*given)
    assert again.exit_code == 0, again.output
    without_clock = [
        [{k: v for k, v in r.items() if k != "wall_s"} for r in rows]
        for rows in (first, rows_in(tmp_path / "again" / "out"))
    ]
    assert without_clock[0] == without_clock[1]
    assert record.read_text("utf-8") == text


def test_a_replay_that_lacks_a_reply_says_which_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "replies.jsonl"
    with served_in_thread(Model()) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        measured(tmp_path, server, "--record", record, methods="zero-shot")
    lines = record.read_text("utf-8").splitlines(keepends=True)
    record.write_text("".join(lines[1:]), "utf-8")
    (tmp_path / "out" / "runs.jsonl").unlink()
    failed = bench(
        *("--data", tmp_path / "data.jsonl", "--methods", "zero-shot", "--out", tmp_path / "out"),
        *("--model", "scripted", "-n", 4, "--draws", 1, "--rounds", 1, "--record", record, "--replay-only"),
    )
    assert failed.exit_code == 7
    assert json.loads(lines[0])["key"][:16] in failed.output
    assert "without --replay-only" in " ".join(failed.output.split())


def test_with_a_pool_the_model_makes_inputs_and_judges_but_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model()
    with served_in_thread(model) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        rows = measured(
            tmp_path,
            server,
            "--pool",
            pool_file(tmp_path),
            "--mixed-only",
            "-n",
            13,
            methods="paper-sstar,sstar,code-judge,codet",
        )
    found = {row["method"]: row for row in rows}
    assert not {"write", "repair"} & set(model.asked)
    assert found["paper-sstar"]["score"] == 1
    assert found["code-judge"]["score"] == 1
    assert found["codet"]["score"] == 1
    assert {"inputs", "judge", "code", "tests"} <= set(model.asked)
    told = [duel for duel in found["paper-sstar"]["duels"] if sorted(duel["right"]) == [False, True]]
    assert told
    for duel in told:  # this judge knows who is right, in both orders
        assert [duel["right"][vote] for vote in duel["votes"]] == [True, True]
        assert duel["winner"] == duel["right"].index(True)
    for row in rows:
        assert row["cost"]["calls"] == row["cost"]["selection_calls"]
        assert row["cost"]["selection_tokens"] == row["cost"]["tokens_in"] + row["cost"]["tokens_out"]


def test_a_server_that_fails_at_judging_costs_answers_that_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Model()

    def fault(call: Any) -> ModelOverloaded | None:
        return ModelOverloaded("broken") if "Mind the edge cases" not in call.messages[-1].content else None

    with served_in_thread(ScriptedModel(script, fault=fault)) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)
        rows = measured(tmp_path, server, "--rounds", 0, methods="paper-sstar")
    assert rows[0]["cost"]["failed_calls"] > 0
    assert rows[0]["picked"] is not None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--model", "x", "--replay-only"], "--record"),
        (["--record", "r.jsonl"], "need a model"),
        (["--base-url", "http://127.0.0.1:1/v1"], "need a model"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(tmp_path: Path, given: list[str], words: str) -> None:
    refused = bench("--data", data_file(tmp_path), "--out", tmp_path / "out", *given)
    assert refused.exit_code == 2
    assert words in refused.output


async def test_a_replay_of_several_models_takes_the_short_name_of_one(tmp_path: Path) -> None:
    record = tmp_path / "replies.jsonl"
    names = ("qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct")
    rows = [{"key": name, "model": name, "seconds": 1.0, "deltas": [{"text": "yes"}]} for name in names]
    record.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    async with AsyncExitStack() as stack:
        models = await models_of(ModelChoice("1.5b", record=record, replay_only=True), stack, print)
        assert models is not None
        assert models.judge.name == names[1]
        with pytest.raises(UsageError, match="holds replies of these models"):
            await models_of(ModelChoice("7b", record=record, replay_only=True), stack, print)


def test_written_tests_are_read_from_blocks_and_from_asserts() -> None:
    from bench.world import FUNCTION_ROW

    stdin, function = ours(STDIN_ROW), ours(FUNCTION_ROW)
    reply = "Input:\n```\n5\n```\nOutput:\n```\n10\n```\n\n**Input 2**\n\n```\n2\n```\n**Output**\n\n```\n4\n```\n"
    assert [(t.input, t.expected) for t in read_tests(stdin, reply)] == [("5\n", "10\n")]  # 2 is an example
    reply = "```python\nassert largest([7]) == 7\nassert largest([1, 3]) == 3\nassert other(1) == 1\n```\n"
    assert [(t.input, t.expected) for t in read_tests(function, reply)] == [("[[7]]", "7")]
    assert read_tests(function, "no tests") == ()
