"""``sstar stress A --brute-force``: the slow program of a stress test, by a person or by the model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sstar_lsp.cli.main import main
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import serve_scripted
from tests.stress.test_stress import ALL_SUMS, NEVER_NEGATIVE, RIGHT, STATEMENT

Stress = Callable[..., Result]


@pytest.fixture
def stress(tmp_path: Path, own_home: object) -> Stress:
    (tmp_path / "problem.md").write_text(STATEMENT)
    (tmp_path / "mine.py").write_text(NEVER_NEGATIVE)

    def run(*options: str, replies: tuple[str, ...] = ()) -> Result:
        asked = iter(replies)

        async def work() -> Result:
            model = ScriptedModel(lambda _messages, _sampling: next(asked))
            async with serve_scripted(model) as server:
                at = ("--base-url", server.base_url) if replies else ()
                command = ["stress", str(tmp_path / "mine.py"), *options, *at]
                return await asyncio.to_thread(
                    CliRunner(env={"SSTAR_API_KEY": server.key}).invoke, main, command
                )

        return asyncio.run(work())

    return run


def fenced(code: str) -> str:
    return f"Here it is.\n```python\n{code}```\n"


def test_the_model_writes_the_brute_force_which_is_checked_labelled_and_kept(
    stress: Stress, tmp_path: Path
) -> None:
    answer = stress(
        "--brute-force", "model", "--json", replies=("I cannot.", fenced("print(7)\n"), fenced(ALL_SUMS))
    )
    assert answer.exit_code == 16, answer.output
    told = json.loads(answer.stdout)
    assert (told["a"]["output"].strip(), told["b"]["program"]) == ("0", "mine.brute.py")
    assert "it answered no program" in answer.stderr
    assert "it fails 1 of 1 examples" in answer.stderr
    first, _, rest = (tmp_path / "mine.brute.py").read_text().partition("\n")
    assert "written by" in first
    assert "nobody proved it right" in first
    assert rest == ALL_SUMS
    again = stress("--brute-force", "model", "--json", replies=("not asked",))
    assert again.exit_code == 16
    assert "is there already" in again.stderr


def test_a_model_that_writes_no_brute_force_is_an_error_and_nothing_is_kept(
    stress: Stress, tmp_path: Path
) -> None:
    answer = stress("--brute-force", "model", replies=(fenced("print(7)\n"),) * 4)
    assert answer.exit_code == 3
    assert "name program B yourself" in answer.output
    assert not (tmp_path / "mine.brute.py").exists()


def test_a_brute_force_that_is_too_slow_says_nothing(stress: Stress, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RIGHT)
    slow = tmp_path / "slow.py"
    slow.write_text(ALL_SUMS.replace("print(", "while n > 250: pass\nprint("))
    assert stress("--brute-force", str(slow), "--seconds", "1").exit_code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "name program B, or --brute-force"),
        (("--model", "x", "--brute-force", "f.py"), "--model and --base-url are for --brute-force model"),
    ],
)
def test_what_does_not_go_together_is_said(stress: Stress, options: tuple[str, ...], words: str) -> None:
    answer = stress(*options)
    assert answer.exit_code == 2
    assert words in answer.output
