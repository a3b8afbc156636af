"""What a program's standard input looks like: read from statement and examples, checked, and made anew."""

from sstar_lsp.engine.test_inputs.input_format.description import described
from sstar_lsp.engine.test_inputs.input_format.drawing.generator import format_texts, largest_of
from sstar_lsp.engine.test_inputs.input_format.model import InputFormat
from sstar_lsp.engine.test_inputs.input_format.parse import why_not
from sstar_lsp.engine.test_inputs.input_format.reading import format_of

__all__ = ["InputFormat", "described", "format_of", "format_texts", "largest_of", "why_not"]
