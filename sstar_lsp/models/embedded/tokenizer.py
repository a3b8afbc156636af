"""The tokenizer of a GGUF, compiled once and kept beside it.

The runtime would compile it for ten seconds at each start, and cut every prompt at 8192 tokens without a
word.
"""

from __future__ import annotations

import contextlib
import struct
import tempfile
import xml.etree.ElementTree as ET  # its usual name; a file that we made a moment ago
from pathlib import Path

from sstar_lsp.models.embedded.gguf import write_without_tensors

_NO_LIMIT = (1 << 31) - 1


def tokenizer_folder(weights: Path) -> Path:
    """The folder that ``openvino_genai.Tokenizer`` loads, made (13 MB) where it is not there yet."""
    import openvino_genai as genai

    folder = weights.with_name(f"{weights.stem}.tokenizer-{genai.get_version().split('-')[0]}")
    if not folder.exists():
        with tempfile.TemporaryDirectory(prefix=f"{weights.stem}.", dir=weights.parent) as workshop:
            made = Path(workshop) / "made"
            made.mkdir()
            alone = made / "tokenizer.gguf"
            write_without_tensors(weights, alone)
            genai.Tokenizer(str(alone), enable_save_ov_model=True)
            alone.unlink()
            lift_limit(made / "openvino_tokenizer.xml")
            with contextlib.suppress(OSError):  # another worker was faster: its folder is as good
                made.rename(folder)
    return folder


def lift_limit(graph: Path) -> bool:
    """Replace the constant that cuts the token sequence; False if the graph has none.

    In the graph the cut is ``Minimum(length, constant)``; the constant is four bytes of the ``.bin``.
    """
    root = ET.parse(graph).getroot()  # noqa: S314  # see above
    layers = {layer.get("id"): layer for layer in root.iter("layer")}
    lifted = False
    with graph.with_suffix(".bin").open("r+b") as constants:
        for edge in root.iter("edge"):
            reader, source = layers[edge.get("to-layer")], layers[edge.get("from-layer")]
            constant = source.find("data")
            if reader.get("type") != "Minimum" or source.get("type") != "Const" or constant is None:
                continue
            if constant.get("element_type") == "i32" and constant.get("size") == "4":
                constants.seek(int(constant.get("offset", "0")))
                constants.write(struct.pack("<i", _NO_LIMIT))
                lifted = True
    return lifted
