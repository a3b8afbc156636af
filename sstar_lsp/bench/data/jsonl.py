"""Rows of a file: lines of JSON, with errors that name the line, or Parquet as the hub has it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sstar_lsp.errors import UsageError


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file (``.gz`` is unpacked), in order; empty lines are skipped.
    Raises :class:`UsageError`: no such file, or a line that is no JSON object."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as file
        ):
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    found = json.loads(line)
                except ValueError as error:
                    raise UsageError(f"{path}, line {number}: is no JSON: {error}.") from None
                if not isinstance(found, dict):
                    raise UsageError(f"{path}, line {number}: must be a JSON object.")
                yield found
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}.") from error


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, in order.
    Raises :class:`UsageError`: it cannot be read, or pyarrow is not installed."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError(f"{path}: reading Parquet needs pyarrow: pip install pyarrow.") from None
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=64):
                yield from batch.to_pylist()
    except (OSError, arrow.ArrowException) as error:
        raise UsageError(f"{path}: cannot be read as Parquet: {error}.") from error
