"""When this process started: a budget includes what Python takes before the first line of ours."""

from __future__ import annotations

import os
import time
from pathlib import Path

#: The earliest moment of ``time.monotonic`` that code of ours ran.
FIRST_SEEN = time.monotonic()
# An interpreter that starts slowly still starts within this time; more is a wrong clock.
LONGEST_START_S = 60.0


def process_start(stat: Path = Path("/proc/self/stat")) -> float:
    """The moment of ``time.monotonic`` at which this process started.

    Linux tells it (proc(5), field 22, in ticks since the machine was started); elsewhere it is
    the moment that code of ours first ran.

    Args:
        stat: the file that tells.
    """
    try:
        # The second field, the program's name, may hold anything but ends with a bracket.
        ticks = int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return FIRST_SEEN
    began = time.monotonic() - age
    return began if 0 <= FIRST_SEEN - began <= LONGEST_START_S else FIRST_SEEN
