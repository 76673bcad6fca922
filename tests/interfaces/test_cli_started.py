"""When the process started, as Linux tells it and where nobody does."""

import os
import time

from goodfit.interfaces.cli.started import FIRST_SEEN, process_start


def stat_of(folder, *, age_s):
    ticks = int((time.clock_gettime(time.CLOCK_BOOTTIME) - age_s) * os.sysconf("SC_CLK_TCK"))
    file = folder / "stat"
    file.write_text(f"7 (a name) with ) 1) R {'0 ' * 18}{ticks} 0 0")
    return file


def test_linux_tells_when_the_process_started(tmp_path):
    age_s = time.monotonic() - FIRST_SEEN + 5
    assert abs(process_start(stat_of(tmp_path, age_s=age_s)) - (FIRST_SEEN - 5)) < 1


def test_without_its_word_the_first_line_of_ours_counts(tmp_path):
    assert process_start(tmp_path / "none") == FIRST_SEEN


def test_a_clock_that_cannot_be_right_is_not_believed(tmp_path):
    assert process_start(stat_of(tmp_path, age_s=100_000)) == FIRST_SEEN
