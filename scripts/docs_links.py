"""Hook of mkdocs: links that leave ``docs/`` lead to copies of the repository's files, and bad links are warnings.

On GitHub a page of ``docs/`` links to ``../README.md`` as it lies in the repository. The site gets each such file,
and what those link to in turn, below ``repository/``. ``mkdocs build --strict`` makes an error of every warning.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
COPIES = "repository"
LINK = re.compile(
    r"(?P<code>^[ \t]*(?P<fence>```+|~~~+).*?^[ \t]*(?P=fence)[ \t]*$|(?P<tick>`+).+?(?P=tick))|(?P<open>\]\()(?P<target>[^)\s]+)",
    re.DOTALL | re.MULTILINE,
)
ELSEWHERE = re.compile(r"https?://[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?|mailto:\S+@\S+")
"""What an address of another site looks like; nothing is fetched."""

log = logging.getLogger("mkdocs.hooks.docs_links")


def targets(text: str) -> Iterator[str]:
    """Targets of the links in a Markdown text, those in code left out."""
    return (match["target"] for match in LINK.finditer(text) if match["target"])


def file_of(target: str, page: Path) -> Path | None:
    """File of the repository that a link on ``page`` leads to; None for an anchor, another site or no such file."""
    path = target.partition("#")[0]
    if not path or ":" in path:
        return None
    file = (page.parent / path).resolve()
    return file if file.is_file() and file.is_relative_to(ROOT) else None


def site_path(file: Path) -> str:
    """Where a file of the repository lies in the site's sources."""
    if file.is_relative_to(DOCS):
        return file.relative_to(DOCS).as_posix()
    return f"{COPIES}/{file.relative_to(ROOT).as_posix()}"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files outside ``docs/`` that its pages link to, directly or through each other."""
    waiting = [Path(file.abs_src_path) for file in files.documentation_pages() if file.abs_src_path]
    while waiting:
        page = waiting.pop()
        for target in targets(page.read_text("utf-8")):
            file = file_of(target, page)
            if file is None or files.get_file_from_path(site_path(file)):
                continue
            files.append(File.generated(config, site_path(file), abs_src_path=str(file)))
            if file.suffix == ".md":
                waiting.append(file)
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Point links to files at where these lie in the site; warn of those that lead nowhere."""
    source = Path(page.file.abs_src_path or "")

    def moved(match: re.Match[str]) -> str:
        target = match["target"]
        if not target or target.startswith("#"):
            return match[0]
        if ":" in target:
            if not ELSEWHERE.fullmatch(target):
                log.warning("%s: '%s' is no address", page.file.src_uri, target)
            return match[0]
        file = file_of(target, source)
        if file is None:
            log.warning("%s: '%s' is no file of this repository", page.file.src_uri, target)
            return match[0]
        _, hash_sign, anchor = target.partition("#")
        path = os.path.relpath(site_path(file), Path(page.file.src_uri).parent)
        return f"{match['open']}{path}{hash_sign}{anchor}"

    return LINK.sub(moved, markdown)
