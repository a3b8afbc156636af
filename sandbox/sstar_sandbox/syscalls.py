"""Numbers of system calls by name, for the machines we filter on."""

from __future__ import annotations


def call_name(number: int) -> str:
    """Name of a system call, or its number as text."""
    return str(number)
