"""The interpreter's code on huge pages: same bytes, same addresses, never writable."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import sstar_sandbox
from sstar_sandbox.backends.interpreter import find_interpreter
from sstar_sandbox.inside.huge_pages import PF_W, PT_LOAD, PT_PHDR, unwritten

READ, EXECUTE = 4, 1
TABLE = 0x400040

PROGRAM = """
import ctypes, json, re, sys, types
package = types.ModuleType("sstar_sandbox")
package.__path__ = [sys.argv[1]]
sys.modules["sstar_sandbox"] = package
from sstar_sandbox.inside import huge_pages
def code():
    for line in open("/proc/self/maps"):
        places, rights, _, _, _, *path = line.split()
        start, end = (int(place, 16) for place in places.split("-"))
        yield start, end, rights, path
where = ctypes.cast(ctypes.pythonapi.PyObject_Repr, ctypes.c_void_p).value
before = ctypes.string_at(where, 1 << 16)
moved = huge_pages.use_huge_pages()
same = ctypes.string_at(where, 1 << 16) == before
rights = [rights for start, end, rights, path in code() if start <= where < end]
anonymous = sum(end - start for start, end, rights, path in code() if rights == "r-xp" and not path)
json.dumps([re.sub("b+", "a", "abbb"), sorted({3, 1, 2}), f"{2**100:,}"])
print(json.dumps([moved, same, rights, anonymous]))
"""


def segment(kind: int, flags: int, address: int, length: int) -> tuple[int, ...]:
    return (kind, flags, 0, address, address, length, length, 0x1000)


def test_what_is_moved_ends_at_the_first_segment_that_is_written_to() -> None:
    fixed = [
        segment(PT_PHDR, READ, TABLE, 0x2D8),
        segment(PT_LOAD, READ, 0x400000, 0x1E000),
        segment(PT_LOAD, READ | EXECUTE, 0x41F000, 0x2B2100),
        segment(PT_LOAD, READ, 0x6D2000, 0x272001),
        segment(PT_LOAD, READ | PF_W, 0x945000, 0x14000),
        segment(PT_LOAD, READ, 0xA00000, 0x1000),
    ]
    assert unwritten(fixed[:2], TABLE) == (0x400000, 0x41E000)
    assert unwritten([fixed[0], *fixed[2:]], TABLE) == (0x41F000, 0x945000)


def test_a_gap_between_segments_is_not_read_over() -> None:
    apart = [segment(PT_LOAD, READ, 0x400000, 0x1000), segment(PT_LOAD, READ | EXECUTE, 0x600000, 0x1000)]
    assert unwritten(apart, TABLE) == (0x400000, 0x401000)


def test_a_program_that_is_loaded_anywhere_is_found_where_it_was_loaded() -> None:
    loaded = [segment(PT_PHDR, READ, 0x40, 0x2D8), segment(PT_LOAD, READ | EXECUTE, 0, 0x300000)]
    assert unwritten(loaded, 0x5555_5555_4040) == (0x5555_5555_4000, 0x5555_5585_4000)
    assert unwritten([segment(PT_LOAD, READ | PF_W, 0, 0x1000)], TABLE) == (0, 0)


def test_the_interpreter_goes_on_with_its_code_moved() -> None:
    python = find_interpreter().executable
    folder = Path(sstar_sandbox.__file__).parent
    done = subprocess.run(
        [python, "-S", "-c", PROGRAM, folder], capture_output=True, text=True, check=True, timeout=60
    )
    moved, same, rights, anonymous = json.loads(done.stdout)
    assert same is True
    assert rights == ["r-xp"]
    assert moved % (1 << 21) == 0
    assert moved == 0 or anonymous >= moved  # 0: this kernel or this interpreter does not let us
