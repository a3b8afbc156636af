"""What a TeX statement says: its text as Markdown, and the facts that TeX marks as such."""

from __future__ import annotations

from attrs import frozen


@frozen
class TexStatement:
    """A statement that was written in TeX."""

    markdown: str
    """As people would read it; formulas stay TeX between dollars. Ends with one newline, or is empty."""
    title: str | None
    further_titles: tuple[str, ...]
    """Titles of further problems in the text (``\\problemname`` or ``\\begin{problem}``)."""
    examples: tuple[tuple[str, str], ...]
    """Input and output of each example that the text itself holds, as they stand."""
    figures: int
    """Pictures that the text needs and that are not here."""
    file_io: tuple[str, str] | None
    """Names of the files that ``olymp.sty`` names instead of standard input and output; they stand in ``markdown`` as
    well."""
