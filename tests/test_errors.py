"""The failure tree: one exit code a kind, the same in code, docstring and docs/cli.md."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from sstar_lsp import errors
from sstar_lsp.cli.bench import NOT_RUN
from sstar_lsp.cli.main import HIDDEN_FAILED
from sstar_lsp.cli.problems.stress import DIFFER
from sstar_lsp.cli.problems.test import FAILED
from sstar_lsp.errors import STATUS_EXIT_CODES, ModelError, ModelRateLimited, SStarError
from sstar_lsp.records import Status

PAGE = (Path(__file__).parents[1] / "docs" / "cli.md").read_text("utf-8")
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, SStarError)]
OWN_CODE = [kind for kind in KINDS if "exit_code" in vars(kind)]


def code_table() -> dict[int, str]:
    """Exit code to its line in docs/cli.md."""
    rows = re.findall(r"^\| (\d+) \|(.*)$", PAGE, re.MULTILINE)
    return {int(code): text for code, text in rows}


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_says_what_it_means_and_stands_in_the_drawn_tree(kind: type[SStarError]) -> None:
    assert kind.__doc__
    assert errors.__doc__ is not None
    assert re.search(rf"\b{kind.__name__}\b", errors.__doc__)


@pytest.mark.parametrize("kind", OWN_CODE)
def test_the_drawn_tree_names_the_code_that_the_error_has(kind: type[SStarError]) -> None:
    assert errors.__doc__ is not None
    assert re.search(rf"{kind.__name__} +{kind.exit_code}\b", errors.__doc__)


def test_no_two_kinds_of_failure_and_no_status_share_an_exit_code() -> None:
    codes = [kind.exit_code for kind in OWN_CODE] + [*STATUS_EXIT_CODES.values(), HIDDEN_FAILED]
    assert len(codes) == len(set(codes))


def test_every_failure_of_the_model_server_ends_with_the_same_code() -> None:
    kinds = [kind for kind in KINDS if issubclass(kind, ModelError)]
    assert {kind.exit_code for kind in kinds} == {ModelError.exit_code}


@pytest.mark.parametrize("status", Status)
def test_each_status_of_a_run_has_an_exit_code(status: Status) -> None:
    assert status.value in STATUS_EXIT_CODES
    assert (STATUS_EXIT_CODES[status.value] == 0) == (status is Status.CHOSEN)


def test_the_command_line_page_lists_exactly_the_codes_that_there_are() -> None:
    known = {kind.exit_code for kind in OWN_CODE} | set(STATUS_EXIT_CODES.values()) | {HIDDEN_FAILED, NOT_RUN}
    known |= {DIFFER, FAILED}
    assert set(code_table()) == known


@pytest.mark.parametrize("status", STATUS_EXIT_CODES)
def test_the_command_line_page_names_each_status_beside_its_code(status: str) -> None:
    assert f"`{status}`" in code_table()[STATUS_EXIT_CODES[status]]


def test_a_rate_limit_keeps_the_wait_that_the_server_asked_for() -> None:
    assert ModelRateLimited("slow down", 2.5).retry_after_s == 2.5
    assert ModelRateLimited("slow down").retry_after_s is None
