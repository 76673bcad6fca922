"""What a program must know of a model: asked once, so that its pieces only ask this."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from goodfit.core.settings import Settings, Task, decided, split_ratios
from goodfit.model.few_rows import decided_by_rows
from goodfit.networks.ensemble import Ensemble
from goodfit.preprocessing.categories import EmbeddingColumn
from goodfit.preprocessing.dates import DateColumn
from goodfit.training.losses import Loss
from goodfit.training.optimizers import optimizer_kind

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel


@dataclass(frozen=True)
class Facts:
    """Facts about a fitted model.

    Args:
        model: the model.
    """

    model: FittedModel

    @property
    def settings(self) -> Settings:
        """Resolved settings."""
        return self.model.settings

    @property
    def task(self) -> Task:
        """What is predicted."""
        return self.model.schema.target.task

    @property
    def loss(self) -> Loss:
        """The loss, made."""
        return self.model.objective.loss

    @property
    def n_targets(self) -> int:
        """Columns that are predicted."""
        return len(self.model.schema.targets)

    @cached_property
    def remarks(self) -> frozenset[str]:
        """Codes of what was noticed."""
        return frozenset(remark.code for remark in self.model.remarks)

    @property
    def ensemble(self) -> bool:
        """Whether the network is several in one."""
        return isinstance(self.model.network, Ensemble)

    @property
    def bagged(self) -> bool:
        """Whether folds of an ensemble share out the rows."""
        return self.ensemble and (self.settings.bag or 1) > 1

    @property
    def exact(self) -> bool:
        """Whether the parameters are computed outright."""
        return self.settings.optimizer == "exact"

    @property
    def folded(self) -> bool:
        """Whether networks of several folds were scored before the model was trained."""
        return self.settings.folds is not None

    @property
    def tested(self) -> bool:
        """Whether rows were kept for the test."""
        return self.model.provenance.n_test > 0

    @property
    def watched(self) -> bool:
        """Whether rows of their own watch the training of the model."""
        return self.model.provenance.n_validation > 0 and not self.bagged

    @property
    def divided(self) -> bool:
        """Whether the rows are divided at all."""
        return self.tested or self.watched

    @property
    def ratios(self) -> tuple[float, float, float] | None:
        """Shares of the parts, where they are divided by shares."""
        return None if self.settings.part else split_ratios(self.settings.split)

    @property
    def refitted(self) -> int | None:
        """Epochs of one more training on every row."""
        return self.model.provenance.refit_epochs

    @property
    def by_rows(self) -> bool:
        """Whether rows were few, so that folds score and every row trains."""
        return decided_by_rows(self.model.remarks)

    @property
    def classed(self) -> bool:
        """Whether classes are predicted."""
        return self.task != "regression"

    @property
    def row_weighted(self) -> bool:
        """Whether a column says how much each row counts."""
        return self.settings.weight is not None

    @property
    def weighted(self) -> bool:
        """Whether rows count differently in the loss."""
        return self.row_weighted or self.settings.class_weight is not None

    @property
    def coded(self) -> bool:
        """Whether some columns are codes, each of which the network has numbers for."""
        kinds = (EmbeddingColumn, DateColumn)
        columns = self.model.preprocessing.columns
        return any(isinstance(column, kinds) and column.n_codes for column in columns)

    @property
    def dense(self) -> bool:
        """Whether there are inputs that are no codes."""
        return bool(self.model.preprocessing.layout.dense)

    @property
    def double(self) -> bool:
        """Whether the training computes in double precision."""
        return self.settings.precision == "float64"

    @property
    def n_batches(self) -> int:
        """Steps of an epoch."""
        size, n_rows = self.settings.batch_size, self.n_seen
        return 1 if size == "full" or self.exact else -(-n_rows // min(int(decided(size)), n_rows))

    @property
    def n_seen(self) -> int:
        """Rows that an epoch sees (of an ensemble those of its largest fold)."""
        n_rows = self.model.provenance.n_training
        bag = self.settings.bag or 1
        return n_rows - n_rows // bag if self.bagged else n_rows

    @property
    def chance(self) -> bool:
        """Whether the network itself draws numbers in a step."""
        layered = self.settings.network in {"mlp", "resnet"}
        hidden = self.settings.network == "resnet" or bool(self.settings.widths)
        dropped = bool(self.settings.dropout) or (
            self.settings.network == "resnet" and bool(self.settings.residual_dropout)
        )
        return layered and hidden and (dropped or self.settings.activation == "rrelu")

    @property
    def decaying(self) -> bool:
        """Whether weights decay."""
        return bool(self.settings.weight_decay) and not self.exact

    @property
    def keeps_best(self) -> bool:
        """Whether the parameters of the best epoch are kept."""
        watching = self.watched or self.bagged
        return watching and self.settings.keep == "best" and not self.exact

    @property
    def stops_early(self) -> bool:
        """Whether the training may end before its last epoch."""
        watching = self.watched or self.bagged
        return watching and bool(self.settings.early_stopping) and not self.exact

    @property
    def patient_start(self) -> bool:
        """Whether patience is longer until something is learnt."""
        patience, start = self.settings.early_stopping or 0, self.settings.start_patience or 0
        return self.stops_early and start > patience

    @property
    def metric_decides(self) -> bool:
        """Whether early stopping watches a metric, not the loss."""
        asked = self.settings.metric != "auto"
        return asked and (self.keeps_best or self.stops_early)

    @property
    def full_batch(self) -> bool:
        """Whether an epoch is one step."""
        return self.n_batches == 1

    @property
    def needs_all_rows(self) -> bool:
        """Whether the optimizer's steps need the gradient of all rows."""
        kind = optimizer_kind(self.settings)
        return kind is not None and kind.full_batch
