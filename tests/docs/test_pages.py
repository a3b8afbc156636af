"""Pages against the code: messages, kinds of errors, defaults of settings, pictures, and links of the site."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from enum import Enum
from functools import cache
from pathlib import Path

import attrs
import pytest

from sstar_lsp import errors
from sstar_lsp.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FIELD = "…"


# --- messages ----------------------------------------------------------------------------------------


def string_of(node: ast.AST) -> str:
    """A string of the source as the page writes it: ``…`` for each value in it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(string_of(value) for value in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else FIELD


@cache
def strings_of_the_code() -> str:
    """All string literals of the package, one a line."""
    trees = (ast.parse(path.read_text("utf-8")) for path in (ROOT / "sstar_lsp").rglob("*.py"))
    return "\n".join(
        string_of(node)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )


def rows(page: Path) -> list[list[str]]:
    """Cells of the lines of the page's tables that begin with code."""
    lines = re.findall(r"^\| (`.*) \|$", page.read_text("utf-8"), re.MULTILINE)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines]


def said_by_the_code(message: str) -> bool:
    """Whether every piece of a message between its fields is in one string of the code."""
    pieces = [piece.strip(" ;") for piece in re.split(f"[{FIELD}]|\\bHTTP\\b", message)]
    return all(piece in strings_of_the_code() for piece in pieces if len(piece) > 3)


KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.SStarError)
}
MESSAGES = [row for row in rows(DOCS / "guides" / "troubleshooting.md") if row[1].strip("`") in KINDS]


def test_every_message_of_the_troubleshooting_page_is_one_that_the_code_says() -> None:
    assert len(MESSAGES) > 35
    assert [row[0] for row in MESSAGES if not said_by_the_code(row[0].strip("`"))] == []


def test_a_message_that_no_code_says_is_found() -> None:
    assert not said_by_the_code("the moon is in the way of …")


def test_every_kind_of_error_has_its_line_under_the_heading_of_its_exit_code() -> None:
    page = (DOCS / "guides" / "troubleshooting.md").read_text("utf-8")
    assert {kind for kind in KINDS if f"`{kind}`" not in page} == set()
    wrong = []
    for section in page.split("\n## ")[1:]:
        codes = set(map(int, re.findall(r"\d+", section.partition("\n")[0])))
        listed = set(re.findall(r"\| `(\w+)` \|", section)) & KINDS
        wrong += [kind for kind in listed if getattr(errors, kind).exit_code not in codes]
    assert set(wrong) <= {"UsageError"}  # the one of "which model?" is told where one looks for it


# --- settings ----------------------------------------------------------------------------------------


def default_of(name: str) -> str:
    """A setting's default, as the table writes it but for the backticks."""
    value: object = Settings()
    for part in name.split("."):
        value = getattr(value, part)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    return value if isinstance(value, str) and value else "none"


def test_the_defaults_in_the_configuration_page_are_those_of_the_code() -> None:
    sections = {section.name for section in attrs.fields(Settings)}
    shown = {
        name: row[1].strip("`")
        for row in rows(DOCS / "configuration.md")
        for name in re.findall(r"`([\w.]+)`", row[0])
        if len(row) == 3 and name.partition(".")[0] in sections
    }
    assert {name: (cell, default_of(name)) for name, cell in shown.items() if cell != default_of(name)} == {}
    assert len(shown) > 40


# --- pictures and links --------------------------------------------------------------------------------


def test_the_pictures_of_the_recorded_run_are_as_its_journal_says() -> None:
    command = [sys.executable, DOCS / "pictures" / "make.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("[x](gone.md)", "is no file of this repository"),
        ("[x](../sstar_lsp/gone.py)", "is no file of this repository"),
        ("[x](index.md#gone)", "there is no such anchor"),
        ("[x](#gone)", "there is no such anchor"),
        ("[x](http:/one-slash.example)", "is no address"),
        ("![x](gone.png)", "is no file of this repository"),
    ],
)
def test_a_bad_link_fails_the_build_of_the_site(tmp_path: Path, link: str, complaint: str) -> None:
    built = build(tmp_path, f"# Front\n\n{link}\n")
    assert built.returncode != 0
    assert complaint in built.stderr + built.stdout


def test_links_to_files_outside_the_docs_lead_to_copies_of_them(tmp_path: Path) -> None:
    built = build(tmp_path, "# Front\n\n[x](../sstar_lsp/code.py) [y](../OTHER.md#two) `[z](gone.md)`\n")
    assert built.returncode == 0, built.stderr
    site = tmp_path / "build" / "site"
    assert (site / "repository" / "sstar_lsp" / "code.py").read_text() == "x = 1\n"
    assert 'href="repository/OTHER.html#two"' in (site / "index.html").read_text()
    assert "Two" in (site / "repository" / "OTHER.html").read_text()


def build(folder: Path, front: str) -> subprocess.CompletedProcess[str]:
    """Build a repository of one page with our configuration and hook."""
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    (folder / "mkdocs.yml").write_text(config.partition("\nnav:")[0] + "\nnav: [index.md]\n", "utf-8")
    for name in ("docs", "scripts", "sstar_lsp"):
        (folder / name).mkdir()
    (folder / "scripts" / "docs_links.py").write_text((ROOT / "scripts" / "docs_links.py").read_text("utf-8"))
    (folder / "sstar_lsp" / "code.py").write_text("x = 1\n")
    (folder / "OTHER.md").write_text("# Other\n\n## Two\n\n[back](docs/index.md)\n")
    (folder / "docs" / "index.md").write_text(front)
    command = [sys.executable, "-m", "mkdocs", "build"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_page_of_the_site_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    assert build(tmp_path, "# Front\n\n[x](https://example.org/)\n").returncode == 0
    loads = re.compile(
        r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(?:https?:)?//|url\((?:https?:)?//"
    )
    texts = [path for path in (tmp_path / "build" / "site").rglob("*") if path.suffix in {".html", ".css"}]
    assert [path.name for path in texts if loads.search(path.read_text("utf-8"))] == []
    assert len(texts) > 2
