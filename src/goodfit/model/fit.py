"""From a table to a model: the straight line, on one screen."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.core.randomness import torch_generator
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings, defaults, field_types, make_settings, split_ratios
from goodfit.data.fingerprint import fingerprint
from goodfit.data.kinds import infer_schema, infer_target
from goodfit.data.parse import read_target
from goodfit.data.read import read_table
from goodfit.data.schema import Schema, Target
from goodfit.data.split import Plan, split_rows
from goodfit.data.table import Table
from goodfit.model.fitted import FittedModel, Provenance, own_memory
from goodfit.model.judge import judge
from goodfit.model.recommended import recommended
from goodfit.networks.catalog import build_network, initialize
from goodfit.networks.contract import Network
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.training.controls import Controls
from goodfit.training.events import Event, TrainingFinished
from goodfit.training.exact import check_exact
from goodfit.training.loop import evaluate, train
from goodfit.training.objectives import Objective, objective_for
from goodfit.training.placement import Placement, place
from goodfit.training.state import TrainingState


@dataclass
class Run:
    """One fit under way: everything that was decided, and the training that is to come.

    Args:
        table: rows that have a target, as they were read.
        weight: (row,) weight of each of them; None where all count alike.
        target_values: (row,) numbers or indices of levels.
        plan: which rows train, validate and test.
        schema: kinds of the columns.
        settings: resolved.
        remarks: what was noticed on the way.
        last_event: the latest that the training told.
    """

    table: Table
    weight: np.ndarray | None
    target_values: np.ndarray
    plan: Plan
    schema: Schema
    settings: Settings
    objective: Objective
    preprocessing: Preprocessing
    network: Network
    state: TrainingState
    placement: Placement
    controls: Controls
    remarks: tuple[Remark, ...]
    last_event: Event | None = field(default=None)

    def events(self) -> Iterator[Event]:
        """Train, telling of every epoch; stop it by ``controls.stop``."""
        training, validation = (
            self._batch(rows)
            for rows in (self.plan.folds[0].training, self.plan.folds[0].validation)
        )
        with self.placement.threads_set():
            for event in train(
                self.state,
                self.network,
                self.objective,
                training=training,
                validation=validation if len(validation) else None,
                settings=self.settings,
                controls=self.controls,
            ):
                self.last_event = event
                yield event

    def finish(self, *, judged: bool = True) -> FittedModel:
        """The model as it is now, judged on the test rows, which were not looked at before.

        Args:
            judged: False leaves the scores out, for those who judge it themselves.
        """
        model = self.model()
        own_memory(model.network)
        if judged:
            model.scores = judge(model, self.table, self.target_values, self.plan, self.weight)
        return model

    def model(self) -> FittedModel:
        """The model as it is now, not judged; its network is the one that is trained."""
        fold = self.plan.folds[0]
        return FittedModel(
            settings=self.settings,
            schema=self.schema,
            preprocessing=self.preprocessing,
            objective=self.objective,
            network=self.network,
            history=self.state.history,
            scores=None,
            remarks=(*self.remarks, *_ending(self.last_event)),
            provenance=Provenance(
                table=fingerprint(self.table),
                n_rows=self.table.n_rows,
                n_training=len(fold.training),
                n_validation=len(fold.validation),
                n_test=len(self.plan.test),
                versions=versions(),
            ),
        )

    def training_loss(self) -> float:
        """Loss of the training rows with the parameters as they are now."""
        self.network.eval()
        return evaluate(self.network, self.objective, self._batch(self.plan.folds[0].training))[0]

    def _batch(self, rows: np.ndarray) -> Batch:
        """Some rows as tensors, on the device and in the precision of the training."""
        table, device, dtype = self.table.take(rows), self.placement.device, self.placement.dtype
        numpy_dtype = np.float64 if dtype == torch.float64 else np.float32
        encoded = self.preprocessing.encode(table, dtype=numpy_dtype)
        values = self.preprocessing.target.apply(self.target_values[rows])
        target = torch.from_numpy(values)
        target = target.long() if self.objective.n_outputs > 1 else target.to(dtype).view(-1, 1)
        weight = None
        if self.weight is not None:
            weight = torch.from_numpy(self.weight[rows]).to(device, dtype).view(-1, 1)
        return Batch(
            torch.from_numpy(encoded.dense).to(device),
            torch.from_numpy(encoded.codes).to(device),
            target.to(device),
            weight,
        )


def start(
    source: Any,
    *,
    target: str,
    settings: Settings,
    weight: np.ndarray | None = None,
    controls: Controls | None = None,
    known: tuple[Target, np.ndarray] | None = None,
) -> Run:
    """Everything up to the first step: read, understand, split, preprocess, build.

    Args:
        source: see :func:`fit`, also for the errors.
        target: name of the column to predict.
        settings: what was chosen.
        weight: (row,) or None.
        controls: to stop the training by; new ones if not given.
        known: the target and its values, (row,) numbers or indices of levels, for who knows
            them better than they could be found out.
    """
    table, remarks = read_table(source, settings=settings)
    target_remarks: tuple[Remark, ...] = ()
    if known is None:
        goal, target_remarks = infer_target(table, name=target, settings=settings)
        known = goal, read_target(table, goal)
    goal, values = known
    table, values, weight, row_remarks = _rows_with_target(table, goal, values, weight)
    plan = split_rows(
        values.astype(np.int64) if goal.levels else None,
        n_rows=table.n_rows,
        ratios=split_ratios(settings.split),
        seed=settings.seed,
    )
    training, validation = plan.folds[0].training, plan.folds[0].validation
    _check_classes(goal, values[training])
    schema, column_remarks = infer_schema(table, target=goal, settings=settings, rows=plan.learning)
    objective = objective_for(goal.task, n_levels=len(goal.levels), settings=settings)
    settings = recommended(
        settings,
        task=goal.task,
        n_rows=len(training),
        validated=len(validation) > 0,
    )
    preprocessing, learnt_remarks = Preprocessing.learn(
        table,
        rows=training,
        schema=schema,
        settings=settings,
        outputs=objective.n_outputs,
        weight=weight,
    )
    objective = replace(objective, unit=preprocessing.target.scale)
    layout = preprocessing.layout
    n_codes = tuple(count for _, count in layout.codes)
    network = build_network(len(layout.dense), n_codes, layout.outputs, settings=settings)
    if settings.optimizer == "exact":
        check_exact(network, objective, settings)
    initialize(
        network, settings=settings, generator=torch_generator(settings.seed, "initialization")
    )
    placement = place(settings, multiplications=_multiplications(network, settings, len(training)))
    state = TrainingState.fresh(network.to(placement.device, placement.dtype), settings)
    return Run(
        table, weight, values, plan, schema, settings, objective, preprocessing, network, state,
        placement, controls or Controls(),
        (*remarks, *target_remarks, *row_remarks, *column_remarks, *learnt_remarks),
    )  # fmt: skip


def fit(
    source: Any,
    *,
    target: str,
    weight: Any = None,
    watch: Callable[[Event], None] | None = None,
    **settings: Any,
) -> FittedModel:
    """Fit a network to a table and score it on rows that nothing has seen.

    Args:
        source: a path of a text or Parquet file, a DataFrame (pandas, Polars, Arrow), a
            mapping of columns, or a NumPy array (columns ``x0``, ``x1``, …).
        target: name of the column to predict.
        weight: (row,) how much each row counts, at least 0; all alike if not given.
        watch: called with every training event.
        **settings: any of :class:`goodfit.Settings`, by name.

    Returns:
        The model, its ``scores`` on the test rows included.

    Raises:
        GoodfitError: for a table or settings that cannot be used; it says what to do.

    >>> import goodfit
    >>> table = {"x": [1, 2, 3, 4, 5], "y": [3, 5, 7, 9, 11]}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> model.predict({"x": [6.0]}).round(6)
    array([13.])
    """
    weight = None if weight is None else np.asarray(weight, dtype=np.float64)
    run = start(source, target=target, settings=make_settings(**settings), weight=weight)
    for event in run.events():
        if watch:
            watch(event)
    return run.finish()


def _with_settings(function: Callable[..., FittedModel]) -> inspect.Signature:
    """The signature of ``fit`` with every setting by name, for those who ask Python for it."""
    own = inspect.signature(function)
    keyword = inspect.Parameter.KEYWORD_ONLY
    settings = [
        inspect.Parameter(name, keyword, default=getattr(defaults(), name), annotation=kind)
        for name, kind in field_types().items()
    ]
    return own.replace(parameters=[*list(own.parameters.values())[:-1], *settings])


fit.__signature__ = _with_settings(fit)  # pyright: ignore[reportFunctionMemberAccess]


def versions() -> dict[str, str]:
    """Of Goodfit and of the libraries that compute."""
    from goodfit import __version__

    return {"goodfit": __version__, "numpy": np.__version__, "torch": str(torch.__version__)}


def _ending(event: Event | None) -> tuple[Remark, ...]:
    """What there is to say about how the training ended."""
    if not isinstance(event, TrainingFinished) or event.reason != "interrupted":
        return ()
    params = {"epoch": event.epoch, "kept": event.kept_epoch}
    return (Remark("model.stopped_early", params, "warning"),)


def _rows_with_target(
    table: Table, goal: Target, values: np.ndarray, weight: np.ndarray | None
) -> tuple[Table, np.ndarray, np.ndarray | None, tuple[Remark, ...]]:
    """The rows that can be learnt from: they have a target and a weight above zero."""
    missing = np.isnan(values)
    remarks: tuple[Remark, ...] = ()
    if missing.any():
        rows = (np.flatnonzero(missing) + table.first_row).tolist()
        params = {"column": goal.name, "count": len(rows), "rows": rows[:6]}
        remarks = (Remark("model.rows_without_target", params, "warning"),)
    kept = ~missing
    if weight is not None:
        _check_weight(weight, table.n_rows)
        kept &= weight > 0
    if kept.all():
        return table, values, weight, remarks
    rows = np.flatnonzero(kept)
    return table.take(rows), values[rows], None if weight is None else weight[rows], remarks


def _check_weight(weight: np.ndarray, n_rows: int) -> None:
    problem = ""
    if weight.shape != (n_rows,):
        problem = f"their shape is {weight.shape}"
    elif not np.isfinite(weight).all() or (weight < 0).any():
        bad = np.flatnonzero(~np.isfinite(weight) | (weight < 0))
        problem = f"row {bad[0] + 1} has {weight[bad[0]]}"
    elif not (weight > 0).any():
        problem = "all are 0"
    if problem:
        raise GoodfitError("model.weight_invalid", n_rows=n_rows, problem=problem)


def _check_classes(goal: Target, training_values: np.ndarray) -> None:
    """Every class must have a row to learn from."""
    present = set(np.unique(training_values).astype(int).tolist()) if goal.levels else set()
    for index, level in enumerate(goal.levels):
        if index not in present:
            raise GoodfitError(
                "model.class_without_training_rows", level=str(level), column=goal.name
            )


def _multiplications(network: Network, settings: Settings, n_rows: int) -> int:
    """Of one forward pass over a batch: one a weight and row."""
    batch = n_rows if not isinstance(settings.batch_size, int) else min(settings.batch_size, n_rows)
    return batch * sum(weight.numel() for weight in network.decayed())
