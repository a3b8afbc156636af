"""The shell blocks of the documentation that say so run here, page by page, as a reader would type them.

On a page that has such a block, in this order from its top:

- a block ``title="mine.py"`` (a name with a dot) becomes a file of that name;
- ``sh title="runs in the tests"`` is run by bash in the folder of those files; ``…, exit code 16`` names another end than 0;
- ``text title="prints"`` right below shows its output: each line is found in what was printed, in that order. Numbers,
  white space and the rules of tables may be others, and ``…`` stands for anything.

A scripted model answers; ``examples/`` lies in the folder as in a clone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from attrs import frozen
from engine.serving import served_in_thread
from engine.world import COUNTS_VALUES, RIGHT, RIGHT_TOO, World, fenced

from sstar_lsp.models.testing.scripted_server import ScriptedServer
from sstar_lsp.records import Message, Sampling

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r'^(?P<fence>```+)(?P<language>\w+) title="(?P<title>[^"\n]+)"\n(?P<text>.*?)^(?P=fence)$',
    re.MULTILINE | re.DOTALL,
)
RUNS = re.compile(r"runs in the tests(?:, exit code (\d+))?")
PRINTS = "prints"
RULES = re.compile(r"[\u2500-\u257f]+")
SPLITTING = "4\n1 1 -1 -1\n"
RIGHT_IN_CPP = """\
#include <iostream>
#include <vector>
int main() {
    int n, pairs = 0;
    std::cin >> n;
    std::vector<int> a(n);
    for (int &x : a) std::cin >> x;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) pairs += a[i] + a[j] == 0;
    std::cout << pairs << "\\n";
}
"""
MOST_SECONDS = 60
"""Of one block."""


@frozen
class Block:
    """A titled code block of a page."""

    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The titled code blocks of a page, from its top."""
    found = BLOCK.finditer(page.read_text("utf-8"))
    return [Block(match["language"], match["title"], match["text"]) for match in found]


def runnable(page: Path) -> list[Block]:
    """Those that are run."""
    return [block for block in blocks(page) if block.language == "sh" and RUNS.fullmatch(block.title)]


def words_of(line: str) -> str:
    """A line with single spaces, and without the rules of a table."""
    return " ".join(RULES.sub(" ", line).split())


def missing_line(shown: str, printed: str) -> str | None:
    """The first line of ``shown`` that is not in what was printed, below those before it; None: all are."""
    rest = "\n".join(map(words_of, printed.splitlines()))
    for line in filter(None, map(words_of, shown.splitlines())):
        pattern = re.sub(r"(?:\\ )?…(?:\\ )?", ".*", re.escape(line))
        match = re.search(f"^{re.sub(r'[0-9]+', '[0-9]+', pattern)}$", rest, re.MULTILINE)
        if not match:
            return line
        rest = rest[match.end() :]
    return None


WORLD = World(samples=(COUNTS_VALUES, RIGHT, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 2, RIGHT_TOO: 2})
"""Knows the problem of the tutorial; two programs of three are right."""


def script(messages: Sequence[Message], sampling: Sampling) -> str:
    """As :data:`WORLD`, and besides a brute force and a translation into C++."""
    asked = messages[-1].content
    if "most obvious Python 3 program" in asked:
        return fenced(RIGHT)
    if "C++" in asked and "Mind the edge cases" in asked:
        return fenced(RIGHT_IN_CPP, "cpp")
    return WORLD(messages, sampling)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """The scripted model behind a socket."""
    with served_in_thread(script) as serving:
        yield serving


def environment(folder: Path, server: ScriptedServer) -> dict[str, str]:
    """Of a person with a model server and no other settings."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "110",
        "SSTAR_STATE_DIR": str(folder.parent / "state"),
        "SSTAR_BASE_URL": server.base_url,
        "SSTAR_MODEL": "scripted",
        "SSTAR_API_KEY": server.key,
    }


@pytest.mark.parametrize(
    "page", [page for page in PAGES if runnable(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_what_a_page_tells_its_reader_to_type_does_what_it_says(
    page: Path, tmp_path: Path, server: ScriptedServer
) -> None:
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "examples", folder / "examples")
    printed = ""
    for block in blocks(page):
        if block.title == PRINTS:
            assert (line := missing_line(block.text, printed)) is None, f"no {line!r} in:\n{printed}"
        elif ran := RUNS.fullmatch(block.title):
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.text],
                cwd=folder,
                env=environment(folder, server),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=MOST_SECONDS,
                check=False,
            )
            printed = done.stdout
            assert done.returncode == int(ran[1] or 0), f"{block.text}\n{printed}"
        elif "." in block.title and "/" not in block.title:
            (folder / block.title).write_text(block.text, "utf-8")


def test_the_pages_hold_many_blocks_that_run_and_none_with_a_title_that_is_misspelt() -> None:
    assert sum(len(runnable(page)) for page in PAGES) >= 12
    titles = {block.title for page in PAGES for block in blocks(page) if "." not in block.title}
    assert {title for title in titles if title != PRINTS and not RUNS.fullmatch(title)} == set()


@pytest.mark.parametrize(
    ("shown", "printed", "missing"),
    [
        ("passed 3 of 4\n", "passed  12 of 12\n", None),
        ("first\n…\nlast …\n", "first\nx\nlast of all\n", None),
        ("first\nsecond\n", "second\nfirst\n", "second"),
        ("chosen\n", "undecided\n", "chosen"),
        ("a.b\n", "axb\n", "a.b"),
    ],
)
def test_output_is_compared_line_by_line_in_order(shown: str, printed: str, missing: str | None) -> None:
    assert missing_line(shown, printed) == missing
