"""Process usage on macOS: ``proc_pid_rusage`` and ``proc_listpids`` of libSystem.

The layout is that of ``struct rusage_info_v4`` in Apple's ``sys/resource.h`` (macOS 10.13 and later), tested
on any machine; the calls have **not yet been made on a real Mac**.
"""

from __future__ import annotations

import ctypes
from typing import Any

from sstar_sandbox.backends.macos.polling_worker import Usage

RUSAGE_INFO_V4 = 4
PROC_PPID_ONLY = 6
MOST_CHILDREN = 256
_NUMBERS = """
    user_time system_time pkg_idle_wkups interrupt_wkups pageins wired_size resident_size phys_footprint
    proc_start_abstime proc_exit_abstime child_user_time child_system_time child_pkg_idle_wkups
    child_interrupt_wkups child_pageins child_elapsed_abstime diskio_bytesread diskio_byteswritten
    cpu_time_qos_default cpu_time_qos_maintenance cpu_time_qos_background cpu_time_qos_utility
    cpu_time_qos_legacy cpu_time_qos_user_initiated cpu_time_qos_user_interactive billed_system_time
    serviced_system_time logical_writes lifetime_max_phys_footprint instructions cycles billed_energy
    serviced_energy interval_max_phys_footprint runnable_time
"""


class RusageInfo(ctypes.Structure):
    """``struct rusage_info_v4``: a UUID, then 64-bit numbers; times are in units of the Mach clock."""

    _fields_ = (("uuid", ctypes.c_uint8 * 16), *((name, ctypes.c_uint64) for name in _NUMBERS.split()))


class Timebase(ctypes.Structure):
    """``struct mach_timebase_info``: nanoseconds per tick of the Mach clock (125/3 on Apple silicon)."""

    _fields_ = (("numerator", ctypes.c_uint32), ("denominator", ctypes.c_uint32))


class Libproc:
    """A :class:`Sampler` on libSystem. Anything with its three functions will do for ``library``."""

    def __init__(self, library: Any = None) -> None:
        self._library = library or ctypes.CDLL("/usr/lib/libSystem.B.dylib", use_errno=True)
        timebase = Timebase()
        self._library.mach_timebase_info(ctypes.byref(timebase))
        self._seconds = timebase.numerator / max(1, timebase.denominator) / 1e9

    def children(self, pid: int) -> list[int]:
        """Processes whose parent this is."""
        found = (ctypes.c_int32 * MOST_CHILDREN)()
        self._library.proc_listpids(PROC_PPID_ONLY, pid, ctypes.byref(found), ctypes.sizeof(found))
        return [child for child in found if child > 0]

    def usage(self, pid: int) -> Usage | None:
        """CPU time and the highest physical footprint so far; None when it is gone."""
        found = RusageInfo()
        if self._library.proc_pid_rusage(pid, RUSAGE_INFO_V4, ctypes.byref(found)) != 0:
            return None
        return usage_of(found, self._seconds)


def usage_of(found: RusageInfo, seconds: float) -> Usage:
    """Usage from a record whose clock has units of so many seconds."""
    return Usage(
        (found.user_time + found.system_time) * seconds,
        max(found.phys_footprint, found.lifetime_max_phys_footprint),
    )
