"""What a program's standard input looks like: read from statement and examples, checked, and made anew."""

from sstar_lsp.engine.input_format.describe import input_report
from sstar_lsp.engine.input_format.generator import format_texts, largest_of
from sstar_lsp.engine.input_format.model import InputFormat
from sstar_lsp.engine.input_format.parse import why_not
from sstar_lsp.engine.input_format.reading import Reading, format_of, reading_of

__all__ = [
    "InputFormat",
    "Reading",
    "format_of",
    "format_texts",
    "input_report",
    "largest_of",
    "reading_of",
    "why_not",
]
