"""The way of a table's rows through a model: encoded, through the network, through the link."""

from __future__ import annotations

import numpy as np
import torch

from goodfit.core.errors import GoodfitError
from goodfit.data.table import Table
from goodfit.model.blocks import BlockPredictor, shared_out
from goodfit.model.intervals import alone
from goodfit.model.records import Through
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.preprocessing.preprocessing import Each, Encoded, Preprocessing
from goodfit.training.objectives import Objective


class Passage:
    """What a row meets; it holds copies of the network's parameters as they are now.

    Args:
        preprocessing: from cells to numbers.
        network: in evaluation mode.
        objective: whose link follows.
        one_thread: whether the network may not bear to be called by several threads.
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        network: Network,
        objective: Objective,
        *,
        one_thread: bool,
    ) -> None:
        self.preprocessing, self.network, self.objective = preprocessing, network, objective
        self.one_thread = one_thread
        self.predictor = BlockPredictor(network, objective.n_outputs)
        self.by_fold: tuple[BlockPredictor, ...] = ()  # made when first asked for

    def encoded(self, table: Table, dtype: type[np.float32 | np.float64], each: Each) -> Encoded:
        """Rows as the network sees them; a fitted model's columns can no longer be declared."""
        try:
            return self.preprocessing.encode(table, dtype=dtype, order="F", each=each)
        except GoodfitError as error:
            if error.code != "data.words_among_numbers":
                raise
            raise GoodfitError("model.words_for_numbers", **error.params) from error

    @torch.no_grad()
    def outputs(self, table: Table, *, linked: bool = True) -> np.ndarray:
        """Outputs after the link or before it, (row, output) float64."""
        dtype = np.float64 if self.predictor.dtype == torch.float64 else np.float32
        # What is a person's own may not bear to be called by several threads.
        with shared_out(0 if self.one_thread else table.n_rows) as each:
            encoded = self.encoded(table, dtype, each)
            # In double precision: exponentials go far, and probabilities near 1.
            outputs = self.predictor(encoded, each).double()
            if linked:
                outputs = self.objective.predict(outputs)
        return outputs[: table.n_rows].numpy()

    @torch.no_grad()
    def through(self, table: Table, *, by_fold: bool = False) -> Through:
        """Rows as the network sees them, and what it says of them; what intervals need.

        Args:
            table: that was read.
            by_fold: whether each fold of an ensemble shall speak for itself too.
        """
        if by_fold and isinstance(self.network, Ensemble) and not self.by_fold:
            each_fold = [alone(self.network, fold) for fold in range(self.network.folds)]
            self.by_fold = tuple(BlockPredictor(one, one.n_outputs) for one in each_fold)
        predictors = (self.predictor, *(self.by_fold if by_fold else ()))
        dtype = np.float64 if self.predictor.dtype == torch.float64 else np.float32
        with shared_out(0 if self.one_thread else table.n_rows) as each:
            encoded = self.encoded(table, dtype, each)
        found = [self.linked(one, encoded) for one in predictors]
        columns = self._numbers_first(encoded.dense[: table.n_rows])
        return Through(encoded, columns, found[0], tuple(found[1:]))

    @torch.no_grad()
    def linked(self, predictor: BlockPredictor, encoded: Encoded) -> np.ndarray:
        """Outputs after the link, (row, output) float64, of encoded rows."""
        n_rows = len(encoded.dense)
        with shared_out(0 if self.one_thread else n_rows) as each:
            return self.objective.predict(predictor(encoded, each).double())[:n_rows].numpy()

    def columns(self, table: Table) -> np.ndarray:
        """(row, dense column) as ``Through`` has them, without what the network says."""
        return self._numbers_first(self.dense(table))

    def dense(self, table: Table) -> np.ndarray:
        """(row, dense column) of the table, in single precision."""
        with shared_out(0 if self.one_thread else table.n_rows) as each:
            return self.encoded(table, np.float32, each).dense[: table.n_rows]

    def _numbers_first(self, dense: np.ndarray) -> np.ndarray:
        """Those that are numbers, then the others: the first of them tell most of errors."""
        numbers = self.preprocessing.layout.numbers
        others = [place for place in range(dense.shape[1]) if place not in set(numbers)]
        return dense[:, [*numbers, *others]].astype(np.float64)


def own_memory(network: Network) -> Network:
    """The same network on the processor, each tensor in memory of its own, without gradients."""
    for tensor in (*network.parameters(), *network.buffers()):
        tensor.data = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    for parameter in network.parameters():
        parameter.grad = None
        parameter.requires_grad = False
    network.use_generator(torch.Generator())  # a graphics card's could not be unpickled elsewhere
    return network


def check_finite(outputs: np.ndarray, table: Table) -> None:
    """Refuse rows whose cells are so large that computing with them overflowed."""
    finite = np.isfinite(outputs)
    if not finite.all():
        rows = table.say_rows(np.flatnonzero(~finite.all(axis=1)))
        raise GoodfitError("model.prediction_not_finite", rows=rows)
