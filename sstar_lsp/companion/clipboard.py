"""What is on the clipboard: its HTML flavour where there is one, and its text."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from attrs import frozen

from sstar_lsp.errors import UsageError

PATIENCE_S = 5.0
LONGEST = 8 << 20
"""Bytes."""
_POWERSHELL = ("powershell.exe", "-NoProfile", "-Command", "[Console]::OutputEncoding=[Text.Encoding]::UTF8;")
TOOLS: Mapping[str, Sequence[tuple[str, ...]]] = {
    ".html": (
        ("wl-paste", "--no-newline", "--type", "text/html"),
        ("xclip", "-selection", "clipboard", "-target", "text/html", "-out"),
        (*_POWERSHELL[:3], f"{_POWERSHELL[3]}Get-Clipboard -Raw -TextFormatType Html"),
    ),
    ".md": (
        ("wl-paste", "--no-newline", "--type", "text/plain"),
        ("xclip", "-selection", "clipboard", "-out"),
        ("xsel", "--clipboard", "--output"),
        ("pbpaste",),
        (*_POWERSHELL[:3], f"{_POWERSHELL[3]}Get-Clipboard -Raw"),
    ),
}
"""Suffix of the output to commands that give it; the first that gives something is taken."""


@frozen
class Flavour:
    """One form of a page."""

    text: str
    suffix: str
    """``.html``, ``.md`` or that of a file."""


def clipboard() -> tuple[Flavour, ...]:
    """The clipboard's flavours, HTML first.
    Raises :class:`UsageError`: no tool that reads it, or nothing on it."""
    names = dict.fromkeys(command[0] for commands in TOOLS.values() for command in commands)
    here = {name for name in names if shutil.which(name)}
    if not here:
        raise UsageError(
            f"no program here reads the clipboard (known: {', '.join(names)}): install one, or save the page and use --page FILE."
        )
    found = []
    for suffix, commands in TOOLS.items():
        texts = (_output(command) for command in commands if command[0] in here)
        if text := next((text for text in texts if text and text.strip()), None):
            found.append(Flavour(_fragment(text) if suffix == ".html" else text, suffix))
    if not found:
        raise UsageError(
            "the clipboard holds no text: copy the problem's page (Ctrl-A, Ctrl-C) and try again."
        )
    return tuple(found)


def _output(command: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE_S, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if len(done.stdout) > LONGEST:
        raise UsageError(f"the clipboard holds more than {LONGEST >> 20} MiB: copy the problem alone.")
    return done.stdout.decode("utf-8", "replace")


def _fragment(html: str) -> str:
    """Without the head that Windows puts before HTML on its clipboard (``Version:0.9`` … ``SourceURL:``)."""
    return html[html.find("<") :] if html.startswith("Version:") and "<" in html else html
