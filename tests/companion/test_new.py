"""A page becomes a problem once it was shown: from the clipboard's flavours, a saved page, into a waiting statement."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sstar_lsp.cli.main import main
from sstar_lsp.companion.clipboard import Flavour, clipboard
from sstar_lsp.companion.folders import PASTE_HERE
from sstar_lsp.companion.new import keep_page, read_page
from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.problems.reader import read_problem

HTML = """<html><body><h1>Add</h1><p>Read two numbers and print their sum.</p>
<h2>Sample Input</h2><pre>1 2</pre><h2>Sample Output</h2><pre>3</pre></body></html>"""
TEXT = "Add\n\nRead two numbers and print their sum.\n\nSample Input\n\n1 2\n\nSample Output\n\n3\n"
NOTHING = "See you at the lake on Sunday.\n"


def tool(folder: Path, name: str, script: str) -> None:
    """A program of that name on the search path."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole search path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_both_flavours_of_the_clipboard_are_read(tools: Path) -> None:
    tool(tools, "wl-paste", f"print({HTML!r} if 'text/html' in sys.argv else {TEXT!r}, end='')")
    assert clipboard() == (Flavour(HTML, ".html"), Flavour(TEXT, ".md"))


def test_a_tool_that_fails_is_passed_over(tools: Path) -> None:
    tool(tools, "wl-paste", "sys.exit('no compositor')")
    tool(tools, "xclip", f"sys.exit('no target') if 'text/html' in sys.argv else print({TEXT!r}, end='')")
    assert clipboard() == (Flavour(TEXT, ".md"),)


def test_the_head_of_windows_html_is_no_part_of_it(tools: Path) -> None:
    head = "Version:0.9\\r\\nStartHTML:0001\\r\\nSourceURL:https://judge.example\\r\\n"
    tool(tools, "powershell.exe", f"print('{head}<p>a</p>' if 'Html' in sys.argv[-1] else 'a', end='')")
    assert clipboard()[0] == Flavour("<p>a</p>", ".html")


def test_without_a_tool_or_without_text_it_says_what_to_do(tools: Path) -> None:
    with pytest.raises(
        UsageError, match=r"no program here reads the clipboard .*wl-paste, xclip.*--page FILE"
    ):
        clipboard()
    tool(tools, "pbpaste", "")
    with pytest.raises(UsageError, match="the clipboard holds no text"):
        clipboard()


def test_the_flavour_with_more_examples_is_kept_as_markdown_that_is_read_the_same(tmp_path: Path) -> None:
    page = read_page([Flavour(NOTHING + "Input a number, output it.\n", ".md"), Flavour(HTML, ".html")])
    kept = keep_page(page, tmp_path / "new")
    assert kept == tmp_path / "new/Add.md"
    assert [(t.input.strip(), t.expected.strip()) for t in read_problem(kept).public_tests] == [("1 2", "3")]


def test_a_second_problem_of_the_same_name_gets_a_number(tmp_path: Path) -> None:
    page = read_page([Flavour(HTML, ".html")])
    assert [keep_page(page, tmp_path).name for _ in range(2)] == ["Add.md", "Add-2.md"]


def test_a_page_that_is_no_problem_is_refused() -> None:
    with pytest.raises(ProblemError, match="is empty"):
        read_page([Flavour(" \n", ".md"), Flavour("", ".html")])


def test_a_waiting_statement_is_filled_in_and_keeps_its_front_matter(tmp_path: Path) -> None:
    waiting = tmp_path / "a.md"
    waiting.write_text(f"---\ntime_limit: 3 s\n---\n# A. Add\n\n{PASTE_HERE}\n")
    page = read_page([Flavour(HTML, ".html")])
    assert keep_page(page, tmp_path, waiting) == waiting
    problem = read_problem(waiting)
    assert (problem.title, problem.time_limit_s, len(problem.public_tests)) == ("A. Add", 3, 1)
    with pytest.raises(UsageError, match="does not wait for a statement"):
        keep_page(page, tmp_path, waiting)


def test_the_command_shows_what_was_read_before_it_keeps_it(tmp_path: Path) -> None:
    page = tmp_path / "saved.html"
    page.write_text(HTML)
    unasked = CliRunner().invoke(main, ["new", "--page", str(page), "--folder", str(tmp_path)])
    assert unasked.exit_code == 2
    assert "1 example" in unasked.stderr
    assert "say --yes" in unasked.stderr
    assert not (tmp_path / "Add.md").exists()
    done = CliRunner().invoke(main, ["new", "--page", str(page), "--folder", str(tmp_path), "--yes"])
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'Add.md'}\n")


def test_a_problem_to_begin_with_needs_no_page_and_says_what_to_type_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["new", "--example"])
    assert (done.exit_code, done.stdout) == (0, "Village-vote.md\n")
    assert done.stderr == "Now: sstar solve Village-vote.md\n"
    assert len(read_problem(tmp_path / "Village-vote.md").public_tests) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name one source"),
        (["--clipboard", "--example"], "name one source"),
        (["--clipboard", "--page", "x"], "name one source"),
        (["--page", "missing.html"], "cannot be read"),
        (["--page", "missing.pdf"], "pdftotext"),
    ],
)
def test_wrong_usage_says_what_to_do(arguments: list[str], words: str, tools: Path) -> None:
    result = CliRunner().invoke(main, ["new", *arguments])
    assert result.exit_code in (2, 3)
    assert words in result.stderr


def test_the_text_of_a_pdf_is_read(tools: Path, tmp_path: Path) -> None:
    tool(tools, "pdftotext", f"print({TEXT!r}, end='')")
    (tmp_path / "p.pdf").write_bytes(b"%PDF-1.7")
    done = CliRunner().invoke(
        main, ["new", "--page", str(tmp_path / "p.pdf"), "--folder", str(tmp_path), "--yes"]
    )
    assert done.exit_code == 0, done.stderr
    assert len(read_problem(Path(done.stdout.strip())).public_tests) == 1
