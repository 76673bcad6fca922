"""What happens to a person's files when something goes wrong: a full disk, a closed folder, Ctrl-C,
two fits at once, a clock that jumps. No corrupt file ever stands under its final name."""

from __future__ import annotations

import ast
import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from source import SOURCE, parse

import goodfit
from goodfit.interfaces import cli
from goodfit.model import checkpoints
from goodfit.model.checkpoint_file import read_checkpoint
from goodfit.model.checkpoints import Checkpoints
from goodfit.model.files import alone, new_file, remove_leftovers
from helpers import raises, sample
from tables_made import for_task, mixed_table, write_csv

FIT = ["fit", "t.csv", "--target", "price", "--out", "m.goodfit", "--epochs", "4", "--widths", "4"]
KEPT = Path("m.goodfit.checkpoint")


@pytest.fixture
def shell(goodfit_, monkeypatch):
    """A command line in a folder that holds a table, with a checkpoint at every event."""
    write_csv(for_task(mixed_table(60), "regression"), Path("t.csv"))
    for name, value in {"FIRST_S": 0.0, "GAP_S": 0.0, "SHARE": float("inf")}.items():
        monkeypatch.setattr(checkpoints, name, value)
    return goodfit_


def left():
    return sorted(path.name for path in Path().iterdir())


def failing(function, moment, number):
    """The same function, which fails from its n-th call on."""
    calls = []

    def fails(*arguments, **named):
        calls.append(1)
        if len(calls) >= moment:
            raise OSError(number, os.strerror(number))
        return function(*arguments, **named)

    return fails


class TestFullDisk:
    """Everything that brings bytes to a disk may find it full."""

    @pytest.mark.parametrize("moment", [1, 2, 5, 6])
    @pytest.mark.parametrize("place", ["fsync", "fdopen", "replace"])
    def test_a_write_that_fails_leaves_what_was_there(self, shell, monkeypatch, place, moment):
        """Each of the writes of a fit: a checkpoint at every epoch, and the model at the end."""
        Path("m.goodfit").write_bytes(b"old")
        owner = Path if place == "replace" else os
        fails = failing(getattr(owner, place), moment, errno.ENOSPC)
        with monkeypatch.context() as patched:
            patched.setattr(owner, place, fails)
            code, _, said = shell(*FIT, "--quiet")
        assert (code, "Traceback" in said) == (2, False)
        assert "No space left" in said
        assert "Make room there" in said
        assert Path("m.goodfit").read_bytes() == b"old"
        assert set(left()) <= {"m.goodfit", "m.goodfit.checkpoint", "t.csv"}
        if KEPT.exists():
            read_checkpoint(KEPT)
            assert "--resume" in said.splitlines()[-1]
            assert shell(*FIT, "--quiet", "--resume")[0] == 0
            goodfit.load("m.goodfit")
            assert left() == ["m.goodfit", "t.csv"]

    @pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs limits on files")
    def test_a_file_that_may_not_grow(self, shell, record_property):
        """The system itself refuses bytes in the midst of a write, at many sizes."""
        assert shell(*FIT, "--quiet")[0] == 0
        n_bytes = Path("m.goodfit").stat().st_size
        code = (
            "import resource, sys\n"
            "from goodfit.model.artifact import load\n"
            "from goodfit.core.errors import GoodfitError\n"
            "model = load('m.goodfit')\n"
            "for size in eval(sys.argv[1]):\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))\n"
            "    try:\n"
            "        model.save('other.goodfit')\n"
            "        raise SystemExit('written?')\n"
            "    except GoodfitError as error:\n"
            "        assert error.code == 'model.disk_full', error\n"
        )
        n_sizes = sample(20, whole=2000)
        sizes = [n_bytes * place // n_sizes for place in range(n_sizes)]
        done = subprocess.run(
            [sys.executable, "-c", code, repr(sizes)], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert left() == ["m.goodfit", "t.csv"]
        record_property("writes cut off", len(sizes))

    def test_python_meets_it_as_an_error_of_ours(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "fsync", failing(os.fsync, 1, errno.EDQUOT))
        with raises("model.disk_full", path=tmp_path / "a"), new_file(tmp_path / "a") as file:
            file.write(b"half")
        assert list(tmp_path.iterdir()) == []


class TestClosedFolder:
    def test_it_is_said_before_the_training(self, shell, monkeypatch):
        monkeypatch.setattr(tempfile, "mkstemp", failing(None, 1, errno.EROFS))
        monkeypatch.setattr(cli.fit, "train_watched", pytest.fail)
        code, _, said = shell(*FIT)
        assert (code, left()) == (2, ["t.csv"])
        assert "m.goodfit cannot be written: Read-only file system. Choose another place." in said

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
    def test_a_folder_without_rights(self, shell):
        Path("closed").mkdir(mode=0o500)
        assert shell(*FIT, "--out", "closed/m.goodfit")[0] == 2

    def test_a_lock_that_cannot_be_made_is_said(self, shell, monkeypatch):
        monkeypatch.setattr(os, "open", failing(os.open, 1, errno.EACCES))
        code, _, said = shell(*FIT)
        assert (code, "Permission denied" in said) == (2, True)


class Interrupted:
    """Presses Ctrl-C when so many events were taken in."""

    def __init__(self, *moments):
        self.moments, self.n, self.after = moments, 0, Checkpoints.after

    def __get__(self, kept, _):
        def after(run, event):
            self.after(kept, run, event)
            self.n += 1
            for _ in range(self.moments.count(self.n)):
                signal.raise_signal(signal.SIGINT)

        return after


class TestCtrlC:
    def test_once_saves_the_best_and_keeps_the_checkpoint(self, shell, monkeypatch):
        assert shell(*FIT, "--quiet")[0] == 0
        whole = Path("m.goodfit").read_bytes()
        with monkeypatch.context() as patched:
            patched.setattr(Checkpoints, "after", Interrupted(2))
            code, _, said = shell(*FIT, "--quiet")
        assert code == 130
        assert "best model so far is saved" in said
        assert "--resume" in said
        assert len(goodfit.load("m.goodfit").history.train_loss) < 4
        assert shell(*FIT, "--quiet", "--resume")[0] == 0
        assert Path("m.goodfit").read_bytes() == whole
        assert left() == ["m.goodfit", "t.csv"]

    @pytest.mark.parametrize("folds", [[], ["--folds", "2"]])
    def test_twice_leaves_only_the_checkpoint(self, shell, monkeypatch, folds):
        """Among folds once is enough: there is no model to save yet."""
        with monkeypatch.context() as patched:
            patched.setattr(Checkpoints, "after", Interrupted(3, 3))
            code, out, said = shell(*FIT, *folds, "--quiet")
        assert (code, out, left()) == (130, "", ["m.goodfit.checkpoint", "t.csv"])
        assert "nothing was saved" in said
        assert "--resume" in said
        assert shell(*FIT, *folds, "--quiet", "--resume")[0] == 0
        assert left() == ["m.goodfit", "t.csv"]

    def test_without_a_checkpoint_there_is_no_word_of_one(self, shell, monkeypatch):
        monkeypatch.setattr(checkpoints, "FIRST_S", 60.0)
        monkeypatch.setattr(Checkpoints, "after", Interrupted(2))
        code, _, said = shell(*FIT, "--quiet")
        assert (code, "--resume" in said, left()) == (130, False, ["m.goodfit", "t.csv"])

    def test_within_a_write_nothing_is_left(self, tmp_path):
        path = tmp_path / "a"
        path.write_bytes(b"old")
        # A shell that starts something behind its back lets it ignore the signal.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt), new_file(path) as file:
                signal.raise_signal(signal.SIGINT if file.write(b"half") else 0)
        finally:
            signal.signal(signal.SIGINT, before)
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


class TestTwoAtOnce:
    def test_two_fits_of_one_file_are_one_too_many(self, shell):
        """Each writes whole files, but one would remove the other's checkpoint."""
        with alone(KEPT):
            code, _, said = shell(*FIT)
        assert code == 2
        assert "Another fit is at work on" in said
        assert "choose another name" in said
        assert left() == ["t.csv"]
        assert shell(*FIT)[0] == 0

    def test_two_fits_of_two_files_go_well_side_by_side(self, tmp_path):
        write_csv(for_task(mixed_table(60), "regression"), tmp_path / "t.csv")
        code = "import sys; from goodfit.interfaces import cli; sys.exit(cli.run(sys.argv[1:]))"
        how = [*FIT[:4], *FIT[6:], "--quiet", "--out"]
        command = [sys.executable, "-c", code, *how]
        both = [subprocess.Popen([*command, f"{i}.goodfit"], cwd=tmp_path) for i in "ab"]
        assert [one.wait(timeout=300) for one in both] == [0, 0]
        one, two = ((tmp_path / f"{i}.goodfit").read_bytes() for i in "ab")
        assert one == two
        assert len(list(tmp_path.iterdir())) == 5  # each with its report

    def test_a_lock_of_a_process_that_was_killed_is_none(self, tmp_path):
        (tmp_path / ".a.lock").touch()
        with alone(tmp_path / "a"):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_leftovers_of_a_killed_process_go_and_a_living_one_keeps_its_own(self, tmp_path):
        path = tmp_path / "a[1].goodfit"
        (tmp_path / ".a[1].goodfit.abc.part").write_bytes(b"half")
        (tmp_path / ".other.goodfit.abc.part").write_bytes(b"half")
        with new_file(path) as file:
            file.write(b"whole")
            remove_leftovers(path)
        assert path.read_bytes() == b"whole"
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == [".other.goodfit.abc.part", "a[1].goodfit"]

    def test_a_killed_prediction_is_cleared_up_by_the_next(self, shell):
        assert shell(*FIT)[0] == 0
        Path(".p.csv.abc.part").write_bytes(b"half")
        assert shell("predict", "m.goodfit", "t.csv", "--out", "p.csv")[0] == 0
        assert left() == ["m.goodfit", "p.csv", "t.csv"]


class TestClockThatJumps:
    def test_no_code_asks_for_the_time_of_day(self):
        """A budget, a checkpoint, a time left: all by clocks that never jump."""
        jumping = {"time", "time_ns", "now", "today", "utcnow"}
        found = [
            f"{path}:{node.lineno}"
            for path in SOURCE.rglob("*.py")
            for node in ast.walk(parse(path))
            if isinstance(node, ast.Attribute)
            and node.attr in jumping
            and getattr(node.value, "id", "") in {"time", "datetime", "date"}
        ]
        assert found == []

    def test_a_budget_does_not_see_it_jump(self, monkeypatch):
        jumped = iter(range(0, 10**9, 86_400))
        monkeypatch.setattr(time, "time", lambda: next(jumped))
        found = goodfit.fit(for_task(mixed_table(60), "regression"), target="price", budget="60s")
        assert "model.budget_over" not in [remark.code for remark in found.remarks]
