"""A fit by the command line that is killed at a moment which is counted, not timed.

``python dying.py MOMENT PLACE GAP ARGUMENT …``: at the n-th event, write or renaming (``PLACE``)
the process kills itself, as nobody can prevent: no handler, no ``finally`` runs. A checkpoint is
written at every event whose number can be divided by ``GAP``. Moment 0 never comes.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

from goodfit.interfaces import cli


def prepare(moment, place, gap):
    """Let this process die at a moment, and write a checkpoint at some events."""
    from goodfit.model import checkpoint_file, checkpoints

    counted, events = itertools.count(1), itertools.count(1)
    kept = checkpoints.Checkpoints
    write = kept.write

    def deadly(wanted, function):
        """The same function, before which the process may die."""

        def before(*arguments, **named):
            if place == wanted and next(counted) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return before

    def sparse(self, run):
        if next(events) % gap == 0:
            write(self, run)

    checkpoints.FIRST_S = checkpoints.GAP_S = 0.0
    checkpoints.SHARE = float("inf")  # every event is one for a checkpoint
    kept.write = sparse
    kept.after = deadly("event", kept.after)
    checkpoints.write_checkpoint = deadly("write", checkpoint_file.write_checkpoint)
    os.fsync = deadly("fsync", os.fsync)
    Path.replace = deadly("replace", Path.replace)
    Path.unlink = deadly("unlink", Path.unlink)


if __name__ == "__main__":
    prepare(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    sys.exit(cli.run(sys.argv[4:]))
