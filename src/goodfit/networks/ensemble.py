"""Several networks as one: members that share weights, in folds that share nothing."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import final

import numpy as np
import torch
from torch import Generator, Tensor, nn

from goodfit.core.own import Own
from goodfit.core.settings import Settings
from goodfit.networks.bend import bent, bent_quickly, cosines_quickly
from goodfit.networks.contract import ByHand, Network, Predictor
from goodfit.networks.ensemble_by_hand import EnsembleByHand
from goodfit.networks.ensemble_rowwise import ensemble_predictor
from goodfit.networks.initializations import Initialization
from goodfit.networks.layered import embedding_width

# Numbers that a periodic embedding adds to each number, and cosines that they are mixed from.
# Differs from the paper (arXiv 2407.04491, table A.1), which has 3 of 16 (LOG.md, 2026-11-25).
PERIODIC, COSINES = 7, 16
# Deviation of the quickest waves' frequencies where nobody says.
FREQUENCY = 0.2
# The quickest waves turn this many times as quickly as the slowest, whose length is a table's
# own affair: some targets have edges, others are smooth (LOG.md, 2026-11-25).
WAVE_RANGE = 40.0
# A column that hardly ever differs from its usual value is made smaller by n / (n + RARE), n
# being how often it does: few rows shall not be learnt by heart.
RARE = 10.0
# Deviation of the biases of the first hidden layer: where in the scaled inputs neurons bend.
FIRST_BIAS = 0.5
# Share of the weights that the last layer starts with: nearly nothing is predicted at first.
LAST_GAIN = 0.5
GAIN_OF_RELU = 2**0.5


@final
class Ensemble(Network):
    """Multilayer perceptrons that are trained together and averaged.

    Members of a fold share their hidden weights; each has a first layer of its own, which
    looks at the inputs in its own way, and a last one. Folds share nothing: each learns from
    other rows (and scales by its own rows), so that every row is predicted by networks that
    have not seen it, before all are averaged.

    When: the default; about as good as many networks, for less than their price.
    Source: members: BatchEnsemble (Wen, Tran and Ba 2020, arXiv 2002.06715) as TabM uses it
    (Gorishniy et al. 2025, arXiv 2410.24210); numbers: the periodic embeddings and the robust
    scale of RealMLP (Holzmüller et al. 2024, arXiv 2407.04491).

    Differs from the papers: first layers are whole matrices and not one that members scale,
    which is quicker here and no worse; scaled numbers are bent by asinh, which keeps far ones
    apart where x / √(1 + (x/3)²) does not; frequencies are spread evenly in their logarithm.

    Args:
        n_dense: number of dense columns.
        n_codes: number of codes of each code column.
        n_outputs: number of outputs.
        numbers: which dense columns are numbers that deserve a periodic embedding.
        widths: neurons of each hidden layer, at least one.
        members: of each fold.
        folds: how many.
        frequency: deviation of the quickest waves' frequencies at the start.

    >>> import torch
    >>> network = Ensemble(2, (5,), 1, numbers=(0,), widths=(8, 8), members=2, folds=3)
    >>> rows, codes = torch.zeros(6, 2), torch.ones(6, 1, dtype=torch.int64)
    >>> network.eval()(rows, codes).shape  # every row by all
    torch.Size([6, 1])
    >>> network.train()(rows, codes).shape  # two rows a fold, by each of its members
    torch.Size([12, 1])
    """

    def __init__(
        self,
        n_dense: int,
        n_codes: tuple[int, ...],
        n_outputs: int,
        *,
        numbers: tuple[int, ...],
        widths: tuple[int, ...],
        members: int,
        folds: int,
        frequency: float = FREQUENCY,
    ) -> None:
        super().__init__()
        self.frequency = frequency
        self.n_dense, self.n_outputs, self.numbers = n_dense, n_outputs, numbers
        self.widths, self.members, self.folds = widths, members, folds
        n_numbers = len(numbers)

        def zeros(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(folds, *shape))

        self.frequencies = zeros(n_numbers, 1, COSINES)
        self.phases = zeros(n_numbers, 1, COSINES)
        self.mixes = zeros(n_numbers, COSINES, PERIODIC)
        self.mix_biases = zeros(n_numbers, 1, PERIODIC)
        self.embeddings = nn.ParameterList(zeros(n, embedding_width(n)) for n in n_codes)
        self.n_inputs = n_dense + n_numbers * PERIODIC
        self.n_inputs += sum(table.shape[2] for table in self.embeddings)
        #: Those of all members side by side.
        self.first = zeros(self.n_inputs, members * widths[0])
        self.first_biases = zeros(1, members * widths[0])
        pairs = list(pairwise(widths))
        self.weights = nn.ParameterList(zeros(a, b) for a, b in pairs)
        self.biases = nn.ParameterList(zeros(1, b) for _, b in pairs)
        self.lasts = zeros(members, widths[-1], n_outputs)
        self.last_biases = zeros(members, 1, n_outputs)
        #: What each fold's rows say of the dense columns: middle, and 1 / spread.
        self.register_buffer("centers", torch.zeros(folds, 1, n_dense))
        self.register_buffer("factors", torch.ones(folds, 1, n_dense))
        #: The straight line beside it, and how much of the networks is added to it.
        self.register_buffer("line", torch.zeros(n_dense, n_outputs))
        self.register_buffer("line_bias", torch.zeros(n_outputs))
        self.register_buffer("share", torch.ones(()))
        self.centers: Tensor
        self.factors: Tensor
        self.line: Tensor
        self.line_bias: Tensor
        self.share: Tensor

    @classmethod
    def chosen(
        cls,
        n_dense: int,
        n_codes: tuple[int, ...],
        n_outputs: int,
        *,
        settings: Settings,
        own: Own,
        numbers: tuple[int, ...] = (),
    ) -> Ensemble:
        """The network that the settings describe."""
        return cls(
            n_dense,
            n_codes,
            n_outputs,
            numbers=numbers,
            widths=settings.widths or (),
            members=settings.members or 1,
            folds=settings.bag or 1,
            frequency=settings.wave_frequency or FREQUENCY,
        )

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """See :class:`Network`; in training mode the rows of each fold, by each of its members.

        Args:
            dense: (row, dense column); in training mode (fold · row, dense column).
            codes: (row, code column), likewise.

        Returns:
            (row, output), the mean of all; in training mode (fold · row · member, output).
        """
        if self.training:
            found = self.each(self.by_fold(dense), self.by_fold(codes))
            return found.transpose(1, 2).flatten(0, 2)
        found = self.each(
            dense.expand(self.folds, *dense.shape), codes.expand(self.folds, *codes.shape)
        )
        return self.share * found.mean((0, 1)) + dense @ self.line + self.line_bias

    def by_fold(self, rows: Tensor) -> Tensor:
        """(fold · row, column) -> (fold, row, column)."""
        return rows.view(self.folds, len(rows) // self.folds, rows.shape[1])

    def each(
        self, dense: Tensor, codes: Tensor, *, fold: slice = slice(None), quick: bool = False
    ) -> Tensor:
        """Outputs of every member, (fold, member, row, output), of (fold, row, column).

        Args:
            dense: (fold, row, dense column).
            codes: (fold, row, code column).
            fold: of which folds.
            quick: bend and take cosines as training by hand does, which autograd cannot follow.
        """
        inputs = self._inputs(dense, codes, fold, quick=quick)
        a = inputs @ self.first[fold] + self.first_biases[fold]
        a = a.unflatten(2, (self.members, -1)).transpose(1, 2)  # (fold, member, row, width)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            a = torch.relu(a) @ weight[fold].unsqueeze(1) + bias[fold].unsqueeze(1)
        return torch.relu(a) @ self.lasts[fold] + self.last_biases[fold]

    def _inputs(self, dense: Tensor, codes: Tensor, fold: slice, *, quick: bool) -> Tensor:
        """Scaled columns, what is periodic in the numbers, and embeddings: (fold, row, input)."""
        scaled = (dense - self.centers[fold]) * self.factors[fold]
        x = bent_quickly(scaled) if quick else bent(scaled)
        inputs = [x]
        if self.numbers:
            # Rows last, so that whatever is done to a wave is done to one long stretch of numbers.
            number = x[:, :, list(self.numbers)].transpose(1, 2).contiguous().unsqueeze(2)
            frequencies, phases, mixes, mix_biases = (
                parameter[fold].transpose(2, 3)  # (fold, number, 1 or cosine, …) to (…, 1 or …)
                for parameter in (self.frequencies, self.phases, self.mixes, self.mix_biases)
            )
            angle = number * (math.tau * frequencies) + math.tau * phases
            cosines = cosines_quickly(angle) if quick else torch.cos(angle)
            waves = mixes @ cosines + mix_biases  # (fold, number, wave, row)
            inputs.append(waves.flatten(1, 2).transpose(1, 2))
        for column, table in enumerate(self.embeddings):
            place = codes[:, :, column, None].expand(-1, -1, table.shape[2])
            inputs.append(table[fold].gather(1, place))
        return torch.cat(inputs, 2)

    @torch.no_grad()
    def of_folds(self, dense: Tensor, codes: Tensor, folds: slice) -> Tensor:
        """Mean of each fold's members, (fold, row, output), without the line."""
        return self.each(dense, codes, fold=folds, quick=True).mean(1)

    def start(self, draw: Initialization, generator: Generator) -> None:
        """See :class:`Network`.

        Matrices start as He et al. 2015 (arXiv 1502.01852) have it, whatever ``draw`` says.
        """

        def normal(tensor: Tensor, deviation: float) -> None:
            drawn = torch.empty(tensor.shape, dtype=torch.float32)
            tensor.copy_(drawn.normal_(0.0, deviation, generator=generator))

        normal(self.frequencies, 1.0)
        self.frequencies.mul_(
            torch.logspace(-math.log10(WAVE_RANGE), 0, COSINES).mul_(self.frequency)
        )
        self.phases.copy_(torch.rand(self.phases.shape, generator=generator) - 0.5)
        for tensor in (self.mixes, self.mix_biases):
            drawn = torch.rand(tensor.shape, generator=generator)
            tensor.copy_((2 * drawn - 1) / COSINES**0.5)
        for table in self.embeddings:
            normal(table, 1.0)
            table[:, :2] = 0.0  # an unseen and a missing level
        normal(self.first, GAIN_OF_RELU / max(self.n_inputs, 1) ** 0.5)
        normal(self.first_biases, FIRST_BIAS)
        for weight in self.weights:
            normal(weight, GAIN_OF_RELU / weight.shape[1] ** 0.5)
        normal(self.lasts, LAST_GAIN / self.lasts.shape[2] ** 0.5)

    def learn_inputs(self, columns: np.ndarray, fold: int, *, rows_each: float = 1.0) -> None:
        """Learn how a fold scales the dense columns, from the rows that it learns from.

        The middle is the median, the spread the difference of the quartiles. Where the
        quartiles agree it is half the usual distance of those that differ from the median,
        and the rarer they are, the more.

        Args:
            columns: (row, dense column), of its training rows.
            fold: its number, from 0.
            rows_each: how many rows each of them stands for.
        """
        low, middle, high = np.quantile(columns, (0.25, 0.5, 0.75), axis=0)
        spread = high - low
        factor = np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)
        alike = np.flatnonzero(spread == 0)
        distances = np.abs(columns[:, alike] - middle[alike])
        for place, count, distance in zip(alike, *_of_those_that_differ(distances), strict=True):
            if distance:
                seldom = count * rows_each
                factor[place] = 2 / distance * seldom / (seldom + RARE)
        self.centers[fold, 0] = torch.from_numpy(middle)
        self.factors[fold, 0] = torch.from_numpy(factor)

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Network`."""
        return [self.first, *self.weights, self.lasts]

    def matrices(self) -> list[nn.Parameter]:
        """None: its weights are stacks of matrices."""
        return []

    def widest(self) -> int:
        """See :class:`Network`: the first layers of all members stand side by side."""
        return max(max(weight.shape[-2:]) for weight in self.decayed())

    def by_hand(self) -> ByHand:
        """See :class:`Network`."""
        return EnsembleByHand(self)

    def predictor(self) -> Predictor:
        """See :class:`Network`."""
        return ensemble_predictor(self)

    def use_generator(self, generator: Generator) -> None:
        """Nothing is random here."""


def _of_those_that_differ(distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many of (row, column) are not 0, and their median, (column,); 0 of a column without."""
    counts = np.count_nonzero(distances, axis=0)
    medians = distances.max(axis=0, initial=0.0)
    least = np.where(distances > 0, distances, np.inf).min(axis=0, initial=np.inf)
    for column in np.flatnonzero(least < medians):  # most have one distance only: levels
        found = distances[:, column]
        medians[column] = np.median(found[found > 0])
    return counts, medians
