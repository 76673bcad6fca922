"""Fits whose process is killed, as by ``kill -9``: nothing is lost, nothing corrupt is left."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import goodfit
from goodfit.model.checkpoint_file import read_checkpoint
from helpers import STRESS, sample
from tables_made import for_task, mixed_table, write_csv

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")

DYING = Path(__file__).with_name("dying.py")
NEVER = (0, "event", 1)
MODEL, KEPT = Path("model.goodfit"), Path("model.goodfit.checkpoint")
#: Where a process may die: before an event is taken in, a checkpoint written, a file brought to
#: the disk, put in its place, or removed.
PLACES = ("event", "write", "fsync", "replace", "unlink")
FITS = {
    "default": ["--epochs", "8"],
    "network": ["--network", "mlp", "--widths", "8", "--batch-size", "16", "--epochs", "12"],
    "folds": ["--network", "mlp", "--widths", "6", "--epochs", "4", "--folds", "3", "--refit"],
    "folds of ensembles": ["--epochs", "3", "--folds", "2"],
    "chance": ["--network", "mlp", "--dropout", "0.2", "--weight-average", "0.9", "--epochs", "9"],
}


def fit(moment, *options, resume=True):
    """A fit that is killed at a moment; its exit code, which is minus the signal's number."""
    how = [*options, "--quiet", "--no-report", *(["--resume"] if resume else [])]
    command = [*map(str, moment), "fit", "t.csv", "--target", "price", "--out", str(MODEL), *how]
    done = subprocess.run([sys.executable, DYING, *command], capture_output=True, text=True)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def nothing_corrupt():
    """What stands under a final name is whole."""
    if MODEL.exists():
        goodfit.load(MODEL)
    if KEPT.exists():
        read_checkpoint(KEPT)


def left():
    return sorted(path.name for path in Path().iterdir())


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(for_task(mixed_table(120), "regression"), Path("t.csv"))


def survives(moments, *options):
    """Killed at each of the moments in turn, a fit ends with the bytes of one that was not."""
    assert fit(NEVER, *options, resume=False) == 0
    whole, old = MODEL.read_bytes(), goodfit.fit("t.csv", target="price", epochs=1, widths=(2,))
    before, kills = old.save(MODEL).read_bytes(), 0
    for moment in moments:
        kills += fit(moment, *options, resume=kills > 0) != 0
        assert MODEL.read_bytes() in {before, whole}
        nothing_corrupt()
    assert fit(NEVER, *options) == 0
    assert MODEL.read_bytes() == whole
    assert left() == ["model.goodfit", "t.csv"]
    return kills


@pytest.mark.slow
def test_a_fit_survives_kills_and_an_old_model_with_it(in_folder, record_property):
    moments = [(5, "event", 2), (3, "fsync", 1), (3, "replace", 1), (1, "unlink", 2)]
    kills = survives(moments, "--epochs", "25")
    assert kills == len(moments)
    record_property("kills survived", kills)


@pytest.mark.skipif(not STRESS, reason="takes an hour: make stress")
@pytest.mark.parametrize("seed", range(sample(0, whole=60)))
def test_kills_drawn_by_chance(in_folder, record_property, seed):
    """Moments that are counted, of every kind."""
    chance = random.Random(seed)
    name = chance.choice(list(FITS))
    moments = [
        (chance.randint(1, 9), chance.choice(PLACES), chance.randint(1, 4))
        for _ in range(chance.randint(3, 8))
    ]
    record_property("kills survived", survives(moments, *FITS[name], "--seed", str(seed)))


@pytest.mark.skipif(not STRESS, reason="takes an hour: make stress")
@pytest.mark.parametrize("seed", range(sample(0, whole=40)))
def test_kills_at_any_time(in_folder, record_property, seed):
    """Moments that a clock tells, wherever the process is then: while it starts, trains, ends."""
    chance, kills = random.Random(seed), 0
    options = FITS[chance.choice(list(FITS))]
    assert fit(NEVER, *options, resume=False) == 0
    whole = MODEL.read_bytes()
    MODEL.unlink()
    command = [sys.executable, DYING, *map(str, NEVER), "fit", "t.csv", "--target", "price"]
    command += ["--out", str(MODEL), "--quiet", "--resume", *options]
    for _ in range(6):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as one:
            time.sleep(chance.uniform(0.8, 3.0))
            one.kill()
        kills += one.returncode != 0
        nothing_corrupt()
    assert fit(NEVER, *options) == 0
    assert MODEL.read_bytes() == whole
    assert left() == ["model.goodfit", "t.csv"]
    record_property("kills survived", kills)
