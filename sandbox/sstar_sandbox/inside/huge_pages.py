"""Moves the interpreter's code to huge pages, which saves every child some seventy page faults.

Code and constants of a program lie in its file, and a forked process maps them anew, piece by piece, as it
touches them. Here they are copied once into huge pages of anonymous memory, which a fork shares by one entry
for each 2 MiB, and the copy is moved over the original (``mremap``): the same bytes at the same addresses,
readable and executable, never writable. Only speed depends on it: where anything is not as expected, all
stays as it was.
"""

from __future__ import annotations

import ctypes
import struct

HUGE = 1 << 21
PAGE = 1 << 12
AT_PHDR, AT_PHENT, AT_PHNUM = 3, 4, 5
PT_LOAD, PT_PHDR, PF_W = 1, 6, 2
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_PRIVATE, MAP_ANONYMOUS = 2, 0x20
MREMAP_MAYMOVE, MREMAP_FIXED = 1, 2
MADV_HUGEPAGE, MADV_COLLAPSE = 14, 25

_SEGMENT = struct.Struct("<IIQQQQQQ")
"""``Elf64_Phdr``: type, flags, offset, address, physical address, file bytes, memory bytes, alignment."""


def use_huge_pages() -> int:
    """Move what can be moved; the bytes that were. Before anything is hardened, with one thread."""
    libc = ctypes.CDLL(None)
    libc.getauxval.restype = ctypes.c_ulong
    table, size, count = (libc.getauxval(ctypes.c_ulong(key)) for key in (AT_PHDR, AT_PHENT, AT_PHNUM))
    if not table or size != _SEGMENT.size:
        return 0
    segments = [_SEGMENT.unpack(ctypes.string_at(table + i * size, size)) for i in range(count)]
    start, end = unwritten(segments, table)
    start, end = -(-start // HUGE) * HUGE, end // HUGE * HUGE
    return _move(libc, start, end - start) if start < end else 0


def unwritten(segments: list[tuple[int, ...]], table: int) -> tuple[int, int]:
    """Range of the leading segments that are never written, without a gap; ``table``: its offset."""
    base = next((table - segment[3] for segment in segments if segment[0] == PT_PHDR), 0)
    start = end = 0
    for kind, flags, _, address, _, _, length, _ in segments:
        if kind != PT_LOAD:
            continue
        first = (base + address) // PAGE * PAGE
        if flags & PF_W or (end and first > end):
            break
        start = start or first
        end = -(-(base + address + length) // PAGE) * PAGE
    return start, end


def _move(libc: ctypes.CDLL, start: int, size: int) -> int:
    address, length, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    libc.mmap.restype = libc.mremap.restype = address
    libc.mmap.argtypes = (address, length, number, number, number, ctypes.c_long)
    libc.mremap.argtypes = (address, length, length, number, address)
    libc.madvise.argtypes = libc.mprotect.argtypes = (address, length, number)
    libc.munmap.argtypes = (address, length)
    room = libc.mmap(None, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if room is None or room == ctypes.c_void_p(-1).value:
        return 0
    copy = -(-room // HUGE) * HUGE
    libc.madvise(copy, size, MADV_HUGEPAGE)
    ctypes.memmove(copy, start, size)
    if libc.madvise(copy, size, MADV_COLLAPSE) != 0 or libc.mprotect(copy, size, PROT_READ | PROT_EXEC) != 0:
        libc.munmap(room, size + HUGE)
        return 0
    moved = libc.mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, start)
    for rest, left in ((room, copy - room), (copy + size, room + HUGE - copy)):
        if left:
            libc.munmap(rest, left)
    return size if moved == start else 0
