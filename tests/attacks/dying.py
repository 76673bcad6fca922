"""A fit by the command line that is killed at a moment which is counted, not timed.

``python dying.py MOMENT PLACE GAP ARGUMENT …``: at the n-th event, write or renaming (``PLACE``)
the process kills itself, as nobody can prevent: no handler, no ``finally`` runs. A checkpoint is
written at every event of which the number can be divided by ``GAP``. Moment 0 never comes.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

from goodfit.core.own import split_own  # noqa: F401 (as a program starts: before torch)
from goodfit.interfaces import cli
from goodfit.model import checkpoint_file, checkpoints

moment, place, gap = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
counted = itertools.count(1)


def die(wanted):
    """Kill this process if this is the moment."""
    if place == wanted and next(counted) == moment:
        os.kill(os.getpid(), signal.SIGKILL)


def deadly(wanted, function):
    """The same function, before which a process may die."""

    def before(*arguments, **named):
        die(wanted)
        return function(*arguments, **named)

    return before


number = itertools.count(1)
write, after = checkpoints.Checkpoints.write, checkpoints.Checkpoints.after
checkpoints.FIRST_S = checkpoints.GAP_S = checkpoints.SHARE = 0.0
checkpoints.SHARE = 1e9  # every event is one for a checkpoint


def sparse(self, run):
    """Write at some events only."""
    if next(number) % gap == 0:
        write(self, run)


checkpoints.Checkpoints.write = sparse
checkpoints.Checkpoints.after = deadly("event", after)
checkpoint_file.write_checkpoint = deadly("write", checkpoint_file.write_checkpoint)
os.fsync = deadly("fsync", os.fsync)
Path.replace = deadly("replace", Path.replace)
Path.unlink = deadly("unlink", Path.unlink)

sys.exit(cli.run(sys.argv[4:]))
