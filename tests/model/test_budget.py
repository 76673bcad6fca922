"""A budget decides how much is trained, by a clock that the tests hold in their hands."""

import msgspec
import numpy as np
import pytest
import torch

import goodfit
import goodfit.model.begin
from goodfit.core.settings import make_settings
from goodfit.model.budget import LEAST_STEPS, Allowance, _times, amount_within, least_usable_s
from goodfit.model.fit import start
from goodfit.model.report import course
from goodfit.model.run import Run
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.training.controls import Controls
from goodfit.training.events import TrainingFinished
from goodfit.training.pace import Pace
from goodfit.training.placement import Placement
from helpers import has_remark, raises


class Ticking:
    """A clock that goes on by as much whenever it is asked: steps and rows then cost the same."""

    def __init__(self, tick_s):
        self.now, self.tick_s = 0.0, tick_s

    def __call__(self):
        self.now += self.tick_s
        return self.now


def noisy_table(n_rows=300):
    random = np.random.default_rng(0)
    x = random.normal(size=(n_rows, 2))
    y = np.sin(2 * x[:, 0]) + x[:, 1] + random.normal(scale=0.1, size=n_rows)
    return {"a": x[:, 0], "b": x[:, 1], "y": y}


def begun(budget, *, tick_s=0.01, table=None, **settings):
    settings = make_settings(budget=budget, **settings)
    allowance = Allowance(0.0, clock=Ticking(tick_s))
    return start(table or noisy_table(), target="y", settings=settings, allowance=allowance)


def trained(run):
    for _ in run.events():
        pass
    return run.finish()


PACE = Pace(step_s=0.01, n_steps=100, watch_s=0.5)


def test_as_many_whole_epochs_are_planned_as_fit():
    assert amount_within(15.2, PACE, anew_s=1.0, wanted=40).epochs == 10
    assert amount_within(1_000, PACE, anew_s=1.0, wanted=40).epochs == 40


def test_of_few_epochs_a_share_of_the_rows_fills_the_time():
    amount = amount_within(4.0, PACE, anew_s=1.0, wanted=40)
    assert amount.epochs == 3
    assert amount.share * (3 * PACE.epoch_s + 1.0) == pytest.approx(4.0)


def test_what_is_asked_for_is_enough_and_less_is_not():
    least_s = least_usable_s(PACE, anew_s=1.0, wanted=40)
    amount = amount_within(1.01 * least_s, PACE, anew_s=1.0, wanted=40)
    assert amount.share * PACE.n_steps >= LEAST_STEPS
    assert amount_within(0.9 * least_s, PACE, anew_s=1.0, wanted=40) is None


@pytest.mark.parametrize("usable_s", [0.0, -0.5, -40.0])
def test_nothing_is_planned_of_time_that_is_over(usable_s):
    assert amount_within(usable_s, PACE, anew_s=10.0, wanted=40) is None


def test_few_steps_are_enough_where_no_more_are_usual():
    short = Pace(step_s=1.0, n_steps=1, watch_s=0.0)
    assert amount_within(9.5, short, anew_s=1.0, wanted=5).epochs == 5


def test_a_budget_too_short_is_refused_with_the_least_that_would_do():
    with raises("model.budget_too_short", budget=0.5) as caught:
        begun("0.5s")
    least = caught.value.params["least"]
    trained(begun(least))


def test_a_short_budget_compresses_the_schedule():
    run = begun(4)
    usual = start(noisy_table(), target="y", settings=make_settings()).settings.epochs
    assert 1 < run.settings.epochs < usual
    has_remark(run.remarks, "model.budget_shortened", epochs=run.settings.epochs, wanted=usual)
    assert trained(run).scores.metrics["rmse"] < 1


def test_a_long_budget_trains_more():
    run = begun(10_000)
    usual = start(noisy_table(), target="y", settings=make_settings()).settings
    assert run.settings.epochs > usual.epochs
    assert run.settings.bag > usual.bag
    has_remark(run.remarks, "model.budget_most", wanted=usual.epochs)


def test_between_the_two_it_says_that_there_is_more():
    has_remark(begun(15).remarks, "model.budget_enlarged")


def test_what_was_chosen_stays():
    run = begun(10_000, epochs=7, members=3)
    assert (run.settings.epochs, run.settings.members) == (7, 3)
    has_remark(run.remarks, "model.budget_enough", epochs=7)


def test_other_networks_are_trained_longer_only():
    run = begun(10_000, network="mlp")
    usual = start(noisy_table(), target="y", settings=make_settings(network="mlp")).settings
    assert run.settings.epochs == 2 * usual.epochs
    has_remark(run.remarks, "model.budget_longer", wanted=usual.epochs)
    assert run.settings.widths == usual.widths


def test_a_large_table_is_sampled():
    run = begun(7, tick_s=0.01, table=noisy_table(4_000), network="mlp", batch_size=8)
    assert run.settings.sample == len(run.fold.training) < 2_400
    has_remark(run.remarks, "model.budget_sampled", n_rows=2_400)
    model = trained(run)
    assert model.provenance.n_training == run.settings.sample
    assert model.provenance.n_test == 800


def test_a_baseline_that_takes_too_long_is_left_out(monkeypatch):
    clock = Ticking(0.01)

    def slow(run, rows):
        clock.now += 100

    monkeypatch.setattr(Run, "solve_line", slow)
    settings, allowance = make_settings(budget=300), Allowance(0.0, clock=clock)
    run = start(noisy_table(), target="y", settings=settings, allowance=allowance)
    has_remark(run.remarks, "model.budget_without_line")
    assert set(trained(run).scores.baselines) == {"mean"}


@pytest.mark.parametrize("budget", [4, 40])
def test_the_settings_of_the_model_repeat_the_run_without_a_clock(budget):
    model = trained(begun(budget))
    settings = msgspec.structs.asdict(model.settings)
    assert settings["budget"] is None
    again = goodfit.fit(noisy_table(), target="y", **settings)
    assert again.predict(noisy_table()).tolist() == model.predict(noisy_table()).tolist()
    assert again.scores == model.scores


def test_so_do_those_of_a_sample():
    table = noisy_table(4_000)
    model = trained(begun(7, table=table, network="mlp", batch_size=8))
    again = goodfit.fit(table, target="y", **msgspec.structs.asdict(model.settings))
    assert again.predict(table).tolist() == model.predict(table).tolist()


def test_the_deadline_ends_the_training_with_a_usable_model():
    controls = Controls(deadline=3.0, clock=Ticking(0.01))
    run = start(noisy_table(), target="y", settings=make_settings(), controls=controls)
    model = trained(run)
    assert isinstance(run.last_event, TrainingFinished)
    assert run.last_event.reason == "budget"
    has_remark(model.remarks, "model.budget_over")
    assert np.isfinite(model.predict(noisy_table())).all()
    assert model.scores.metrics["rmse"] < 2


@pytest.mark.parametrize("network", ["ensemble", "mlp"])
def test_what_the_deadline_ended_is_repeated_without_a_clock(network):
    controls = Controls(deadline=3.0, clock=Ticking(0.01))
    settings = make_settings(network=network)
    model = trained(start(noisy_table(), target="y", settings=settings, controls=controls))
    has_remark(model.remarks, "model.budget_over")
    assert model.settings.steps > 1
    again = goodfit.fit(noisy_table(), target="y", **msgspec.structs.asdict(model.settings))
    assert again.predict(noisy_table()).tolist() == model.predict(noisy_table()).tolist()
    assert again.history == model.history
    assert course(again).stopped == "finished"


def test_statistics_of_the_same_rows_are_learnt_once(monkeypatch):
    learnt = []

    class Counted:  # the linear baseline learns its own
        @staticmethod
        def learn(table, **named):
            learnt.append(named["rows"])
            return Preprocessing.learn(table, **named)

    monkeypatch.setattr(goodfit.model.begin, "Preprocessing", Counted)
    run = begun(10_000)
    has_remark(run.remarks, "model.budget_most", bag=run.settings.bag)
    assert len(learnt) == 1


@pytest.mark.parametrize(("slower", "threads"), [(1.0, 1), (0.5, None)])
def test_one_thread_is_chosen_where_several_hardly_help(monkeypatch, slower, threads):
    """Two threads need this share of the time that one needs."""

    def measured(run, *, within_s, clock):
        each_s = 0.01 * (slower if run.placement.threads > 1 else 1.0)
        return Pace(step_s=each_s, n_steps=10, watch_s=0.0), 0.0

    monkeypatch.setattr(Run, "pace", measured)
    monkeypatch.setattr(
        goodfit.model.begin,
        "place",
        lambda settings, **_: Placement(torch.device("cpu"), torch.float32, settings.threads or 2),
    )
    run = begun(1_000)
    assert run.settings.threads == threads
    assert run.placement.threads == (threads or 2)


@pytest.mark.parametrize("more", [{"bag": 16, "members": 2}, {"bag": 8, "members": 8}])
def test_what_a_larger_ensemble_costs_is_told_by_its_products(more):
    run = start(noisy_table(), target="y", settings=make_settings())
    times = _times(run, run.network, **more)
    # Members share hidden layers, but each has its own first one and computes with all.
    folds, members = more["bag"] / 8, more["members"] / 2
    assert times == pytest.approx(folds * members, rel=0.1)


@pytest.mark.parametrize("other", [{"folds": 3}, {"refit": True}])
def test_a_budget_plans_one_training(other):
    with raises(
        "settings.not_of_choice", name="budget", owner=f"one training, without {next(iter(other))}"
    ):
        make_settings(budget=10, **other)


@pytest.mark.parametrize("budget", ["soon", "10 parsecs", -1, 0, "h"])
def test_what_is_no_time_is_refused(budget):
    with raises("settings.invalid", name="budget"):
        make_settings(budget=budget)


def test_the_usual_clock_counts_from_the_call():
    model = goodfit.fit(noisy_table(), target="y", budget="60s", network="linear", epochs=2)
    assert model.settings.budget is None


def test_estimators_take_a_budget():
    X = np.arange(60.0).reshape(-1, 1)
    model = goodfit.Regressor(budget="60s", network="linear", epochs=2).fit(X, X[:, 0])
    assert model.n_iter_ == 2


def test_every_class_keeps_a_row_in_a_sample():
    table = {"a": np.arange(400.0), "y": ["no"] * 390 + ["yes"] * 10}
    model = goodfit.fit(table, target="y", sample=5, network="linear", epochs=1)
    assert model.provenance.n_training == 5
