"""A fit that ends before its time goes on from its checkpoint to the same bytes."""

from __future__ import annotations

import functools
import itertools
import warnings
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors
import torch
from torch import nn

import goodfit
from goodfit.core.settings import make_settings
from goodfit.model import checkpoint_file, checkpoints
from goodfit.model.budget import Allowance
from goodfit.model.checkpoints import Checkpoints, kept_in
from goodfit.model.fit import start
from goodfit.training import loop
from goodfit.training.optimizers import OPTIMIZERS
from helpers import STRESS, has_remark, raises, sample, sampled
from tables_made import TARGETS, for_task, mixed_table

KEPT = Path("kept.checkpoint")
TABLE = mixed_table(90)


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours may catch it."""


@pytest.fixture(autouse=True)
def _at_every_step(monkeypatch, tmp_path):
    """Every step tells, and every event is one for a checkpoint."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loop, "SIGN_OF_LIFE_S", -1.0)
    monkeypatch.setattr(checkpoints, "FIRST_S", 0.0)
    monkeypatch.setattr(checkpoints, "GAP_S", 0.0)
    monkeypatch.setattr(checkpoints, "SHARE", float("inf"))


def counted(moment=None):
    """A watcher that ends the fit at a moment, and the events that it saw."""
    seen = []

    def watch(event):
        seen.append(event)
        if len(seen) == moment:
            raise Killed

    return watch, seen


def as_bytes(model):
    return model.save("model.goodfit").read_bytes()


def uninterrupted(table, **how):
    watch, seen = counted()
    return as_bytes(goodfit.fit(table, watch=watch, **how)), len(seen)


def killed_at(moment, table, **how):
    """What a fit ends with that was killed at a moment and went on, without its table in memory."""
    with pytest.raises(Killed):
        goodfit.fit(table, watch=counted(moment)[0], checkpoint=KEPT, **how)
    assert KEPT.exists() or moment <= 3  # events of no step
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "There is no checkpoint")
        model = goodfit.fit(table, checkpoint=KEPT, resume=True, **how)
    assert not list(Path().glob("*.checkpoint")) + list(Path().glob(".*"))
    return as_bytes(model)


def ends_the_same(table, **how):
    """Killed at moments spread over the fit, it ends with the same bytes each time."""
    whole, n_events = uninterrupted(table, **how)
    moments = np.linspace(0, n_events + 1, sample(2, whole=20) + 2).astype(int)[1:-1]
    for moment in sorted({max(moment, 2) for moment in moments.tolist()}):
        assert killed_at(moment, table, **how) == whole, f"killed at event {moment} of {n_events}"


MLP = {"network": "mlp", "widths": (6,), "epochs": 5, "batch_size": 16}
FITS = {
    "default": {"epochs": 6},
    "one network": {**MLP, "epochs": 12, "early_stopping": 2},
    "every chance": {**MLP, "dropout": 0.3, "input_noise": 0.1, "weight_average": 0.9},
    "running statistics": {**MLP, "normalization": "batch", "weight_average": 0.8},
    "plateau": {
        **MLP, "schedule": "reduce_on_plateau", "plateau_patience": 1, "learning_rate": 0.3,
    },
    "a metric": {**MLP, "metric": "mae", "early_stopping": 3},
    "so many steps": {**MLP, "steps": 13},
    "last kept": {**MLP, "keep": "last"},
    "folds of one network": {**MLP, "epochs": 3, "folds": 3},
    "folds of ensembles": {"epochs": 2, "folds": 2},
    "folds and again on every row": {**MLP, "epochs": 2, "folds": 2, "refit": True},
    "refit": {**MLP, "epochs": 2, "refit": True},
    "exact": {"network": "linear", "optimizer": "exact", "folds": 3},
    "double precision": {**MLP, "precision": "float64"},
    "nothing watches": {**MLP, "split": "none"},
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_it_ends_with_the_same_bytes(name):
    ends_the_same(for_task(TABLE, "regression"), target="price", **FITS[name])


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_end_with_the_same_bytes(task):
    how = {"threshold": "best", "folds": 2} if task == "binary" else {"class_weight": "balanced"}
    ends_the_same(for_task(TABLE, task), target=TARGETS[task], epochs=2, **how)


def test_few_rows_end_with_the_same_bytes():
    """Of them none tests: each of several folds, dealt again and again, is a training."""
    how = {"epochs": 1} if STRESS else {**MLP, "epochs": 1, "folds": 2, "repeats": 2}
    ends_the_same(for_task(mixed_table(16), "regression"), target="price", **how)


@pytest.mark.parametrize("optimizer", sampled(list(OPTIMIZERS), 4))
def test_optimizers_remember_all_that_they_need(optimizer):
    if optimizer == "muon" and not hasattr(torch.optim, "Muon"):
        pytest.skip("needs a newer PyTorch")
    how = {**MLP, "widths": (6, 6), "optimizer": optimizer}
    if OPTIMIZERS[optimizer].full_batch:
        del how["batch_size"]
    ends_the_same(for_task(TABLE, "regression"), target="price", **how)


class Own(nn.Module):
    """A person's own, with chance and running statistics."""

    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_inputs, 6), nn.BatchNorm1d(6), nn.Dropout(0.2), nn.Linear(6, n_outputs)
        )

    def forward(self, dense):
        return self.layers(dense)


def test_own_objects_end_with_the_same_bytes():
    optimizer = functools.partial(torch.optim.SGD, lr=0.01, momentum=0.9)
    how = {"network": Own, "optimizer": optimizer, "epochs": 4, "batch_size": 16}
    ends_the_same(for_task(TABLE, "regression"), target="price", **how)


def test_a_fit_that_started_from_a_model_ends_with_the_same_bytes():
    first = goodfit.fit(for_task(TABLE, "regression"), target="price", **MLP)
    ends_the_same(for_task(mixed_table(90, seed=1), "regression"), start_from=first, epochs=3)


def test_going_on_again_and_again_ends_with_the_same_bytes():
    table, how = for_task(TABLE, "regression"), {"target": "price", **FITS["every chance"]}
    whole, _ = uninterrupted(table, **how)
    for turn in itertools.count():
        try:
            watch, _ = counted(4)
            model = goodfit.fit(table, watch=watch, checkpoint=KEPT, resume=turn > 0, **how)
        except Killed:
            continue
        break
    assert turn > 5
    assert as_bytes(model) == whole


class Ticking:
    """A clock that goes on by as much whenever it is asked."""

    def __init__(self, now, tick_s):
        self.now, self.tick_s = now, tick_s

    def __call__(self):
        self.now += self.tick_s
        return self.now


def budgeted(table, budget, *, tick_s=0.01, now=0.0, moment=None, kept=None):
    """A fit within a budget, by a clock that tests hold in their hands."""
    allowance = Allowance(now, clock=Ticking(now, tick_s))
    settings = make_settings(budget=budget, seed=2)
    run = start(table, target="price", settings=settings, allowance=allowance, checkpoints=kept)
    watch, _ = counted(moment)
    for event in run.events():
        watch(event)
    return run.finish()


@pytest.mark.parametrize("budget", sampled([2, 4000, 12, 40], 2))
def test_a_budget_goes_on_with_the_plan_that_a_clock_made(budget, monkeypatch):
    """A clock a thousand times as quick would make another plan, but it is not asked."""
    monkeypatch.setattr(checkpoints, "GAP_S", 1e9)  # at the first event alone
    monkeypatch.setattr(loop, "SIGN_OF_LIFE_S", 1e9)
    table = for_task(mixed_table(200), "regression")
    whole = budgeted(table, budget)
    with pytest.raises(Killed), kept_in(KEPT, resume=False) as kept:
        budgeted(table, budget, kept=kept, moment=5)
    with kept_in(KEPT, resume=True) as kept:
        found = budgeted(table, budget, kept=kept, now=1e6, tick_s=1e-5)
    assert as_bytes(found) == as_bytes(whole)


def test_the_time_between_a_kill_and_going_on_counts_for_no_budget():
    """And what is left of it after the kill still ends the training."""
    table = for_task(mixed_table(400), "regression")
    with pytest.raises(Killed), kept_in(KEPT, resume=False) as kept:
        budgeted(table, 3, kept=kept, moment=5)
    left_s = checkpoint_file.read_checkpoint(KEPT)[0].planned.left_s
    with kept_in(KEPT, resume=True) as kept:
        found = budgeted(table, 3, kept=kept, now=1e6, tick_s=left_s / 50)
    has_remark(found.remarks, "model.budget_over")
    assert 3 < len(found.history.train_loss) < found.settings.epochs


@pytest.fixture
def killed():
    """A fit that was killed, as it can be fitted again."""
    table, how = for_task(TABLE, "regression"), {"target": "price", **MLP}
    with pytest.raises(Killed):
        goodfit.fit(table, watch=counted(9)[0], checkpoint=KEPT, **how)
    return table, {**how, "checkpoint": KEPT, "resume": True}


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        (
            {"epochs": 6, "seed": 1},
            ["setting seed was 0 and is 1", "setting epochs was 5 and is 6"],
        ),
        ({"dropout": 0.0}, ["setting dropout was auto and is 0"]),
        ({"weight": np.arange(1, 91)}, ["the weights of the rows changed"]),
        ({"target": "size"}, ["the target was price and is size"]),
        ({"network": Own}, None),
    ],
)
def test_another_choice_is_refused_and_named(killed, changed, what):
    table, how = killed
    if "network" in changed:
        changed, what = {**changed, "widths": None, "batch_size": 16}, None
    with raises("model.checkpoint_of_other", path=KEPT) as caught:
        goodfit.fit(table, **{**how, **changed})
    assert what is None or list(caught.value.params["what"]) == what
    assert KEPT.exists()


def test_another_table_is_refused_and_what_changed_is_named(killed):
    table, how = killed
    other = {name: list(cells) for name, cells in table.items()}
    other["age"][3] = 1.25
    changes = {
        "cells changed in these columns: age": other,
        "there were 90 rows with a target and are 89": {n: c[:-1] for n, c in table.items()},
        "these columns are gone: age": {n: c for n, c in table.items() if n != "age"},
        "these columns are new: more": {**table, "more": table["size"]},
        "the columns stand in another order": dict(reversed(table.items())),
    }
    for what, changed in changes.items():
        with raises("model.checkpoint_of_other") as caught:
            goodfit.fit(changed, **how)
        assert list(caught.value.params["what"]) == [what]
    goodfit.fit(table, **how)


def test_another_model_to_start_from_is_refused():
    table = for_task(TABLE, "regression")
    one, two = (goodfit.fit(table, target="price", **{**MLP, "seed": seed}) for seed in (1, 2))
    with pytest.raises(Killed):
        goodfit.fit(table, start_from=one, watch=counted(5)[0], checkpoint=KEPT, split="none")
    two.settings = one.settings
    with raises("model.checkpoint_of_other", what=("the model that it started from is another",)):
        goodfit.fit(table, start_from=two, checkpoint=KEPT, resume=True, split="none")


def test_another_goodfit_is_refused_and_other_libraries_are_told(killed, monkeypatch):
    table, how = killed
    document, tensors = checkpoint_file.read_checkpoint(KEPT)
    machine = {**document.begun.machine, "torch": "2.0"}
    begun = msgspec.structs.replace(document.begun, machine=machine)
    checkpoint_file.write_checkpoint(KEPT, msgspec.structs.replace(document, begun=begun), tensors)
    found = goodfit.fit(table, **how)
    has_remark(found.remarks, "model.resumed_elsewhere", what=[f"torch {torch.__version__}"])
    begun = msgspec.structs.replace(document.begun, version="0.0")
    checkpoint_file.write_checkpoint(KEPT, msgspec.structs.replace(document, begun=begun), tensors)
    with raises("model.checkpoint_of_other") as caught:
        goodfit.fit(table, **how)
    assert "Goodfit was 0.0 and is" in str(caught.value)


def test_a_checkpoint_of_another_format_is_refused_and_its_number_said(killed):
    table, how = killed
    document, tensors = checkpoint_file.read_checkpoint(KEPT)
    checkpoint_file.write_checkpoint(KEPT, msgspec.structs.replace(document, version=9), tensors)
    with raises("model.checkpoint_unreadable") as caught:
        goodfit.fit(table, **how)
    assert "another version of Goodfit wrote it (format 9)" in str(caught.value)


def test_a_checkpoint_that_is_damaged_is_refused_quickly(killed, record_property):
    table, how = killed
    whole = KEPT.read_bytes()
    random = np.random.default_rng(0)
    places = random.integers(0, len(whole), sample(40, whole=4000)).tolist()
    damaged = [whole[:place] for place in places[::2]]
    for place in places[1::2]:
        turned = bytearray(whole)
        turned[place] ^= 1 << int(random.integers(8))
        damaged.append(bytes(turned))
    for content in [*damaged, b"", b"x", b"{}" * 9, (1 << 62).to_bytes(8, "little") + b"{" * 20]:
        KEPT.write_bytes(content)
        with raises("model.checkpoint_unreadable", path=KEPT):
            goodfit.fit(table, **how)
    record_property("damaged checkpoints read", len(places))
    KEPT.write_bytes(whole)
    goodfit.fit(table, **how)


def test_what_is_no_checkpoint_is_not_written_over(killed):
    table, how = killed
    goodfit.fit({"x": [1, 2, 3], "y": [1, 2, 3]}, target="y", epochs=1).save(KEPT)
    with raises("model.checkpoint_unreadable"):
        goodfit.fit(table, **how)
    with raises("model.not_a_checkpoint", path=KEPT):
        goodfit.fit(table, **{**how, "resume": False})
    assert goodfit.load(KEPT).schema.target.name == "y"


def test_a_checkpoint_holds_no_pickle_and_no_cell(killed):
    content = KEPT.read_bytes()
    with safetensors.safe_open(KEPT, framework="pt") as file:
        assert set(file.metadata()) == {"goodfit_checkpoint"}
    assert b"PK" not in content[:4]
    for word in ("red", "green", "blue"):
        assert word.encode() not in content


def test_without_a_checkpoint_it_begins_anew_and_says_so():
    table = for_task(TABLE, "regression")
    with pytest.warns(UserWarning, match="no checkpoint .* begins anew"):
        found = goodfit.fit(table, target="price", checkpoint=KEPT, resume=True, **MLP)
    assert as_bytes(found) == uninterrupted(table, target="price", **MLP)[0]
    with raises("model.resume_needs_checkpoint"):
        goodfit.fit(table, target="price", resume=True)


def test_a_checkpoint_that_is_not_used_is_told(killed):
    table, how = killed
    with pytest.warns(UserWarning, match="checkpoint of an earlier fit"):
        goodfit.fit(table, **{**how, "resume": False})
    assert not KEPT.exists()


def test_a_training_that_diverges_leaves_none():
    how = {**MLP, "optimizer": "sgd", "learning_rate": 1e6, "epochs": 50}
    with raises("training.diverged"):
        goodfit.fit(for_task(TABLE, "regression"), target="price", checkpoint=KEPT, **how)
    assert not KEPT.exists()


def test_checkpoints_take_their_share_of_the_time_and_no_more(monkeypatch):
    """None in the first ten seconds; then by what one takes, told by a clock of the test."""
    monkeypatch.undo()
    now, written = [0.0], []

    def write(path, document, tensors):
        now[0] += 2.0  # a slow disk
        written.append(now[0])

    monkeypatch.setattr(checkpoints, "write_checkpoint", write)
    table = for_task(TABLE, "regression")
    kept = Checkpoints(KEPT, resume=False, clock=lambda: now[0])
    how = make_settings(**{**MLP, "epochs": 600, "early_stopping": 0})
    run = start(table, target="price", settings=how, checkpoints=kept)
    for _ in run.events():
        now[0] += 1.0
    assert written[0] == pytest.approx(12, abs=1)
    assert len(written) >= 3
    assert 2.0 * len(written) <= 0.011 * now[0] + 2.0


def test_a_fit_of_a_few_seconds_writes_none(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(checkpoints, "write_checkpoint", pytest.fail)
    goodfit.fit(for_task(TABLE, "regression"), target="price", checkpoint=KEPT, **MLP)


def test_a_disk_that_is_full_costs_the_checkpoint_and_not_the_training(monkeypatch):
    table, failed = for_task(TABLE, "regression"), []

    def full(handle):
        failed.append(handle)
        raise OSError(28, "No space left on device")

    whole, _ = uninterrupted(table, target="price", **MLP)
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.warns(UserWarning, match="goes on without a checkpoint") as told:
            found = goodfit.fit(table, target="price", checkpoint=KEPT, **MLP)
    assert (len(told), len(failed) > 1) == (1, True)
    assert not list(Path().glob("kept*")) + list(Path().glob(".*"))
    assert as_bytes(found) == whole


def test_two_fits_do_not_share_a_checkpoint(killed):
    table, how = killed
    with kept_in(KEPT, resume=True):
        with raises("model.file_in_use", path=KEPT.resolve()):
            goodfit.fit(table, **how)
        goodfit.fit(table, **{**how, "resume": False, "checkpoint": "other.checkpoint"})
