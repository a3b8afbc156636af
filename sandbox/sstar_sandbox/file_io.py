"""Files by which a program reads its input and writes its output, as USACO and olympiads want it."""

from __future__ import annotations

import re

from attrs import field, frozen

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")


def _is_plain_name(record: object, attribute: object, value: str) -> None:
    del record, attribute
    if not _PLAIN.fullmatch(value):
        raise ValueError(
            f"{value!r} is not the plain name of a file: letters, digits and _ . + -, no folder, at most 64"
        )


@frozen
class FileIO:
    """Names in the working folder of a program. Each run finds its input there, and on standard input as
    well; what it wrote to the output file is its output, or its standard output where that file is empty.

    Raises:
        ValueError: no plain names, or twice the same.
    """

    input: str = field(validator=_is_plain_name)
    output: str = field(validator=_is_plain_name)

    def __attrs_post_init__(self) -> None:
        if self.input == self.output:
            raise ValueError(f"input and output are the same file, {self.input!r}")
