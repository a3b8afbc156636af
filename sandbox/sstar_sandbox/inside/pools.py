"""Fills half-used pools of the allocator before a fork, so that children allocate on new pages.

A child copies each page of its parent that it writes to; without this, new objects share pages with old ones.
"""

from __future__ import annotations

POOL_BYTES, POOL_HEAD = 1 << 14, 48
"""Of ``Objects/obmalloc.c`` of CPython 3.11: a pool holds blocks of one size."""


def begin_new_ones() -> list[object]:
    """Fill the pools that are in use, so that what children make lies together on new pages and not beside
    what they share, on pages that would have to be copied for them. Keep what is returned."""
    half = 0.5
    # Addresses are numbers, which take blocks of 32 bytes themselves: these cannot be watched.
    kept: list[object] = [half * half for _ in range(4 * (POOL_BYTES // 32))]
    for size in (16, *range(48, 513, 16)):
        in_order, last = 0, 0
        for _ in range(1 << 14):
            block = bytes(size - 33) if size > 33 else object()
            kept.append(block)
            place = id(block)
            in_order = in_order + 1 if place == last + size and place % POOL_BYTES != POOL_HEAD else 1
            last = place
            if in_order == (POOL_BYTES - POOL_HEAD) // size:
                break  # a whole pool from its first block to its last: the others were full
    return kept
