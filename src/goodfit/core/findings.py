"""Findings: the remarks about data and training, each with a code that stays, and a severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import SEVERITIES, Remark, Severity
from goodfit.core.words import Sentences, say_parts, together

#: What the severities mean, from least to most.
MEANING: Mapping[Severity, str] = {
    "note": "what was found or done, and is as it should be or may well be",
    "warning": "what may harm the model, or let its scores mean less than they seem to",
    "serious": "what the scores, or the model, are most likely not to be trusted for",
}


class Kind(NamedTuple):
    """What is known of a finding before it is found.

    Args:
        code: its public name, which stays: D and a number for data, T for training.
        severity: how much it matters.
    """

    code: str
    severity: Severity


def _numbered(letter: str, kinds: Mapping[int, tuple[str, Severity]]) -> dict[str, Kind]:
    return {
        name: Kind(f"{letter}{number:03}", severity) for number, (name, severity) in kinds.items()
    }


#: Every finding by its entry in the word catalog. Numbers are never given twice, nor changed.
FINDINGS: Mapping[str, Kind] = {
    **_numbered(
        "D",
        {
            # What a column is
            1: ("data.constant", "note"),
            2: ("data.all_missing", "note"),
            3: ("data.id_counting", "note"),
            4: ("data.id_unique", "note"),
            5: ("data.id_number", "warning"),
            6: ("data.text_left_out", "warning"),
            7: ("data.dates_left_out", "warning"),
            8: ("data.kind_text", "note"),
            9: ("data.leading_zeros", "note"),
            # What gives the target away
            10: ("data.target_copy", "serious"),
            11: ("data.target_recoded", "serious"),
            12: ("data.target_rescaled", "serious"),
            13: ("data.gives_class_away", "serious"),
            14: ("data.gives_number_away", "serious"),
            15: ("data.tells_class_alone", "warning"),
            16: ("data.tells_number_alone", "warning"),
            17: ("data.copies_across_parts", "warning"),
            18: ("data.copies", "note"),
            19: ("model.same_table", "serious"),
            # The cells of columns
            20: ("data.mostly_missing", "note"),
            21: ("data.high_cardinality", "note"),
            22: ("data.mixed_types", "note"),
            23: ("preprocessing.filled_by_mean", "note"),
            24: ("preprocessing.filled_by_median", "note"),
            25: ("preprocessing.date_missing", "note"),
            26: ("preprocessing.missing_is_level", "note"),
            27: ("preprocessing.levels_pooled", "note"),
            28: ("preprocessing.empty", "warning"),
            29: ("preprocessing.constant", "warning"),
            30: ("preprocessing.text_without_terms", "warning"),
            # The target
            40: ("data.rare_classes", "warning"),
            41: ("data.imbalanced", "warning"),
            42: ("data.target_outliers", "warning"),
            43: ("preprocessing.target_skewed", "note"),
            44: ("model.rows_without_target", "warning"),
            45: ("model.rows_of_weight_zero", "note"),
            46: ("model.classes_weighted", "note"),
            47: ("model.weighted_twice", "warning"),
            # The rows and their parts
            50: ("data.few_rows_for_columns", "warning"),
            51: ("model.few_rows", "note"),
            52: ("model.few_rows_once", "note"),
            53: ("model.few_rows_tested", "note"),
            54: ("model.few_rows_not_folded", "warning"),
            55: ("model.rows_never_kept_out", "warning"),
            56: ("data.dates_suggest_time", "warning"),
            57: ("data.groups_suggest_group", "warning"),
            58: ("data.split_by_group", "note"),
            59: ("data.split_by_time", "note"),
            60: ("data.split_by_time_test", "note"),
            61: ("data.split_by_time_validation", "note"),
            62: ("data.split_by_part", "note"),
            63: ("data.folds", "note"),
            64: ("data.folds_repeated", "note"),
            65: ("data.folds_by_group", "note"),
            66: ("data.folds_by_time", "note"),
            67: ("data.times_recur", "note"),
            # Rows that differ from those of training
            70: ("data.numbers_drift", "warning"),
            71: ("data.levels_drift", "warning"),
            72: ("model.rows_far_off", "warning"),
            73: ("model.levels_unseen", "warning"),
            74: ("model.levels_unseen_rare", "warning"),
            # How the table was read
            80: ("data.delimiter_found", "note"),
            81: ("data.encoding_guessed", "warning"),
            82: ("data.index_left_out", "note"),
            83: ("data.error_cells", "warning"),
            84: ("data.markers", "note"),
            85: ("data.missing_as_asked", "note"),
            86: ("data.missing_nowhere", "warning"),
            87: ("data.decimal_comma", "note"),
            88: ("data.date_order_found", "note"),
            89: ("data.short_years", "note"),
            90: ("data.columns_ignored", "note"),
        },
    ),
    **_numbered(
        "T",
        {
            # What ends a training: these are errors
            1: ("training.diverged", "serious"),
            2: ("training.not_finite", "serious"),
            3: ("training.cells_too_large", "serious"),
            # How it went
            10: ("training.rate_too_high", "warning"),
            11: ("training.rate_too_low", "warning"),
            12: ("training.epochs_too_few", "warning"),
            13: ("training.overfitted", "warning"),
            14: ("training.gradients_exploded", "warning"),
            15: ("training.gradients_vanish", "warning"),
            16: ("training.units_dead", "warning"),
            17: ("model.underfitted", "serious"),
            18: ("model.learnt_by_heart", "serious"),
            19: ("training.needs_full_batch", "warning"),
            # The exact solution
            20: ("training.separable", "warning"),
            21: ("training.not_converged", "warning"),
            22: ("training.rank_deficient", "note"),
            # How it ended, and what was decided afterwards
            30: ("model.stopped_early", "warning"),
            31: ("model.budget_over", "warning"),
            32: ("model.budget_sampled", "note"),
            33: ("model.budget_shortened", "note"),
            34: ("model.budget_enlarged", "note"),
            35: ("model.budget_most", "note"),
            36: ("model.budget_longer", "note"),
            37: ("model.budget_enough", "note"),
            38: ("model.budget_without_line", "note"),
            39: ("model.not_refitted", "warning"),
            40: ("model.not_judged", "warning"),
            41: ("model.metric_never_defined", "warning"),
            42: ("model.threshold_found", "note"),
            43: ("model.goes_on", "note"),
            44: ("model.resumed_elsewhere", "warning"),
        },
    ),
}

#: Those that end a training, which are raised as errors.
ENDING = frozenset({"training.diverged", "training.not_finite", "training.cells_too_large"})


class Finding(msgspec.Struct, frozen=True):
    """Something worth saying about data or training.

    Args:
        code: its name, which stays the same: ``D003``.
        severity: ``note``, ``warning`` or ``serious``.
        name: its entry in the word catalog, ``room.name``.
        params: the numbers and names in it (JSON values).
        reason: what was found, with numbers.
        done: what Goodfit did; empty where it did nothing.
        advice: what its reader can do; empty where there is nothing to do.
    """

    code: str
    severity: Severity
    name: str
    params: dict[str, Any]
    reason: str
    done: str
    advice: str

    @property
    def text(self) -> str:
        """All of it in words."""
        return together((self.reason, self.done, self.advice))


def finding(code: str, params: Mapping[str, Any] | None = None) -> Remark:
    """A remark about data or training, as severe as ``FINDINGS`` says.

    >>> finding("data.id_counting", {"column": "no"}).severity
    'note'
    """
    return Remark(code, dict(params or {}), FINDINGS[code].severity)


def as_findings(remarks: Iterable[Remark]) -> tuple[Finding, ...]:
    """Remarks as findings, the most severe first, else in their order.

    >>> [found.code for found in as_findings([finding("data.id_counting", {"column": "no"})])]
    ['D003']
    """
    found = [
        Finding(
            code=code_of(remark),
            severity=remark.severity,
            name=remark.code,
            params=remark.params,
            **say_parts(remark.code, remark.params),
        )
        for remark in remarks
    ]
    return tuple(sorted(found, key=lambda one: -SEVERITIES.index(one.severity)))


def code_of(remark: Remark) -> str:
    """The public code of a finding; of any other remark its entry in the word catalog.

    >>> code_of(finding("data.id_counting", {"column": "no"}))
    'D003'
    """
    kind = FINDINGS.get(remark.code)
    return remark.code if kind is None else kind.code


def refuse_warnings(remarks: Iterable[Remark]) -> None:
    """Raise what is no mere note as an error (setting ``strict``).

    Raises:
        GoodfitError: with the text of each.
    """
    severe = [found for found in as_findings(remarks) if found.severity != "note"]
    if severe:
        texts = Sentences([f"{found.code}: {found.text}" for found in severe])
        raise GoodfitError("settings.strict", count=len(severe), findings=texts)
