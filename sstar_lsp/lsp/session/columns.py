"""Messages in lines of 80 columns: Vim and terminals cut longer ones, or ask for a key before they show more."""

from __future__ import annotations

COLUMNS = 79
"""A line that fills the last column makes Vim ask for a key."""


def in_columns(text: str, columns: int = COLUMNS) -> str:
    """The text with line breaks at spaces; what has no space stays whole where it is an address or a path.

    Wide characters, as of Chinese, take two columns.
    """
    return "\n".join(line for part in text.split("\n") for line in _lines(part, columns))


def _lines(text: str, columns: int) -> list[str]:
    from rich.cells import cell_len

    lines = [""]
    for word in (piece for each in text.split(" ") for piece in _pieces(each, columns)):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= columns:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines if lines[0] else lines[1:] or lines


def _pieces(word: str, columns: int) -> list[str]:
    from rich.cells import chop_cells

    return [word] if "/" in word else chop_cells(word, columns) or [word]
