"""Pieces that turn columns into the inputs of a network: every scaling and every encoding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from goodfit.data.terms import UNSPACED
from goodfit.model.script.code import block, listed, literal
from goodfit.model.script.dates import date_calls, date_helpers
from goodfit.model.script.facts import Facts
from goodfit.model.script.levels import level_helpers, text_helpers
from goodfit.preprocessing.categories import (
    CountColumn,
    EmbeddingColumn,
    OneHotColumn,
    OrdinalColumn,
)
from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.numbers import NumberColumn
from goodfit.preprocessing.preprocessing import Column
from goodfit.preprocessing.text import TextColumn

#: The function of each scaling.
SCALING_NAMES: Mapping[str, str] = {
    "none": "as_it_is",
    "normalize": "normalized",
    "standardize": "standardized",
    "max_abs": "over_largest",
    "robust": "robust",
    "log1p": "log_scaled",
    "asinh": "asinh_scaled",
    "yeo_johnson": "yeo_johnson",
    "quantile_uniform": "quantile_uniform",
    "quantile_normal": "quantile_normal",
}


KNOWN = '''
    def known(values, training):
        """The numbers of the training rows that have one: only from these is learnt."""
        values = values[training]
        return values[~np.isnan(values)]
'''


KNOWN_WEIGHTED = '''
    def known(values, training):
        """The numbers of the training rows that have one, and how much each counts."""
        there = training[~np.isnan(values[training])]
        return values[there], weight[there]
'''


FILLED = '''
    def filled(values, number):
        """The same with a number in the place of missing ones."""
        return np.where(np.isnan(values), number, values)
'''


AS_IT_IS = '''
    def as_it_is(values, training):
        """The numbers as they are; the mean of the training rows for a missing one."""
        ‹learnt›
        return filled(values, ‹mean›)
'''


NORMALIZED = '''
    def normalized(values, training):
        """From the least to the greatest of the training rows onto 0 to 1."""
        ‹learnt›
        least, greatest = seen.min(), seen.max()
        return (filled(values, ‹mean›) - least) / (greatest - least)
'''


STANDARDIZED = '''
    def standardized(values, training):
        """Mean 0 and standard deviation 1 in the training rows; a missing number is 0."""
        ‹learnt›
        ‹moments›
        return (filled(values, mean) - mean) / deviation
'''


OVER_LARGEST = '''
    def over_largest(values, training):
        """Divided by the largest absolute value of the training rows."""
        ‹learnt›
        return filled(values, ‹mean›) / np.abs(seen).max()
'''


ROBUST = '''
    def robust(values, training):
        """Median 0 and interquartile range 1 in the training rows, then held within 3 of 0."""
        ‹learnt›
        low, median, high = ‹quartiles›
        spread = high - low or np.ptp(seen) / 2
        scaled = (filled(values, median) - median) / spread
        return scaled / np.sqrt(1 + (scaled / 3) ** 2)
'''


CURVED = '''
    def curved(values, training, curve):
        """Through a curve, then mean 0 and standard deviation 1 in the training rows."""
        ‹learnt›
        ‹bent›
        return (curve(filled(values, ‹median›)) - mean) / deviation
'''


LOG_SCALED = '''
    def log_scaled(values, training):
        """The logarithm of 1 + |x| with the sign of x, then mean 0 and standard deviation 1."""
        return curved(values, training, lambda x: np.copysign(np.log1p(np.abs(x)), x))
'''


ASINH_SCALED = '''
    def asinh_scaled(values, training):
        """The inverse hyperbolic sine, then mean 0 and standard deviation 1."""
        return curved(values, training, np.arcsinh)
'''


YEO_JOHNSON = '''
    def yeo_johnson(values, training):
        """The power that makes the training rows most like normal ones, then standardized."""
        power = best_power(‹starred›known(values, training))
        return curved(values, training, lambda x: bent_by(x, power))
'''


BENT_BY = '''
    def bent_by(values, power):
        """Yeo and Johnson's curve (2000)."""
        logs, powers = np.log1p(np.abs(values)), np.where(values < 0, 2 - power, power)
        bent = np.expm1(powers * logs) / np.where(powers == 0, 1, powers)
        return np.copysign(np.where(powers == 0, logs, bent), values)
'''


BEST_POWER = '''
    def best_power(‹given›):
        """The power of greatest likelihood: the best of a row of trials, then refined."""
        slope = ‹slope›

        def likelihood(power):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                bent = bent_by(values, power)
                spread = ‹spread›
                sure = np.isfinite(spread) and spread > 1e-8 * np.abs(bent).max()
            return (power - 1) * slope - np.log(spread) if sure else -np.inf

        trials = np.linspace(-5, 5, 41)
        best = int(np.argmax([likelihood(power) for power in trials]))
        low, high = trials[max(best - 1, 0)], trials[min(best + 1, 40)]
        golden = (5**0.5 - 1) / 2
        for _ in range(30):
            first, second = high - golden * (high - low), low + golden * (high - low)
            if likelihood(first) > likelihood(second):
                high = second
            else:
                low = first
        return round((low + high) / 2, 4)
'''


QUANTILE = '''
    def ‹name›(values, training):
        """‹says›."""
        ‹learnt›
        cells, place = np.unique(seen, return_inverse=True)
        own = np.bincount(place‹weights›)
        shares = (np.cumsum(own) - own / 2) / own.sum()
        if len(cells) > 1000:  # both sides of every jump are kept
            grid = np.linspace(shares[0], shares[-1], 500)
            after = np.searchsorted(shares, grid).clip(max=len(shares) - 1)
            some = np.unique([after, (after - 1).clip(min=0)])
            cells, shares = cells[some], shares[some]
        ‹scored›return np.interp(filled(values, ‹median›), cells, ‹scores›)
'''


QUANTILES = '''
    def quantiles(values, weight, shares):
        """The values below which these shares of the weight lie."""
        order = np.argsort(values, kind="stable")
        values, below = values[order], np.cumsum(weight[order])
        found = []
        for share in shares:
            first = min(np.searchsorted(below, (share - 1e-12) * below[-1]), len(values) - 1)
            met = abs(below[first] - share * below[-1]) <= 1e-12 * below[-1]
            found.append((values[first] + values[min(first + met, len(values) - 1)]) / 2)
        return found
'''


DEVIATION = '''
    def deviation_of(values, weight):
        """Standard deviation of weighted numbers."""
        mean = np.average(values, weights=weight)
        return np.sqrt(np.average((values - mean) ** 2, weights=weight))
'''


GAPS = '''
    def gaps(name):
        """1 where a cell is missing."""
        return np.array([cell == "" for cell in column(name)])
'''


def input_helpers(facts: Facts) -> dict[str, str]:
    """The functions that make inputs of columns."""
    weighted = facts.row_weighted
    learnt = (
        "seen, counts = known(values, training)" if weighted else "seen = known(values, training)"
    )
    mean = "np.average(seen, weights=counts)" if weighted else "seen.mean()"
    median = "quantiles(seen, counts, [0.5])[0]" if weighted else "np.median(seen)"
    deviation = "deviation_of(seen, counts)" if weighted else "seen.std()"
    bent = ["bent = curve(seen)", "mean, deviation = bent.mean(), bent.std()"]
    if weighted:
        bent[1] = "mean, deviation = np.average(bent, weights=counts), deviation_of(bent, counts)"
    quartiles = (
        "quantiles(seen, counts, [0.25, 0.5, 0.75])"
        if weighted
        else 'np.quantile(seen, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")'
    )
    said = {"learnt": learnt, "mean": mean, "median": median}
    weights = ", weights=counts" if weighted else ""
    return {
        "known": block(KNOWN_WEIGHTED if weighted else KNOWN),
        "filled": block(FILLED),
        "quantiles": block(QUANTILES),
        "deviation_of": block(DEVIATION),
        "as_it_is": block(AS_IT_IS, **said),
        "normalized": block(NORMALIZED, **said),
        "standardized": block(
            STANDARDIZED, **said, moments=f"mean, deviation = {mean}, {deviation}"
        ),
        "over_largest": block(OVER_LARGEST, **said),
        "robust": block(ROBUST, **said, quartiles=quartiles),
        "curved": block(CURVED, **said, bent="\n    ".join(bent)),
        "log_scaled": block(LOG_SCALED),
        "asinh_scaled": block(ASINH_SCALED),
        "bent_by": block(BENT_BY),
        "best_power": _best_power(weighted=weighted),
        "yeo_johnson": block(YEO_JOHNSON, starred="*" if weighted else ""),
        "quantile_uniform": _quantile("quantile_uniform", said, weights=weights),
        "quantile_normal": _quantile("quantile_normal", said, weights=weights),
        "gaps": block(GAPS),
        **level_helpers(facts),
        **text_helpers(facts),
        **date_helpers(),
    }


def input_constants() -> dict[str, str]:
    """Lines above all that inputs need."""
    halves = UNSPACED[:15], UNSPACED[15:]
    lines = [f'    "{ascii(half)[1:-1]}"' for half in halves]
    said = "# Letters of what is written without spaces between words."
    return {"UNSPACED": "\n".join([said, "UNSPACED = (", *lines, ")"])}


def _best_power(*, weighted: bool) -> str:
    slope = "np.copysign(np.log1p(np.abs(values)), values)"
    return block(
        BEST_POWER,
        given="values, counts" if weighted else "values",
        slope=f"np.average({slope}, weights=counts)" if weighted else f"{slope}.mean()",
        spread="deviation_of(bent, counts)" if weighted else "bent.std()",
    )


def _quantile(name: str, said: Mapping[str, str], *, weights: str) -> str:
    normal = name == "quantile_normal"
    says = "The share of the training rows below a number, half of those equal to it"
    if normal:
        says = "The normal deviate of the share of the training rows below a number"
    scored = "scores = [NormalDist().inv_cdf(share) for share in shares]\n    " if normal else ""
    return block(
        QUANTILE,
        **{name: text for name, text in said.items() if name != "mean"},
        name=name,
        says=says,
        weights=weights,
        scored=scored,
        scores="scores" if normal else "shares",
    )


def input_lines(facts: Facts) -> list[str]:
    """The main lines that make ``inputs``, and ``codes`` where there are any."""
    calls = [call for column in facts.model.preprocessing.columns for call in _calls(facts, column)]
    lines = list[str]()
    if calls:
        lines.append(
            "# The inputs, column by column; what is learnt of them is learnt of training rows."
        )
        lines.append(listed("inputs = [", calls, "]"))
    if facts.coded:
        coded = [call for c in facts.model.preprocessing.columns for call in _coded(c)]
        lines.append("# Of these columns the network learns a few numbers for each level.")
        lines.append(listed("codes = [", coded, "]"))
    return lines


def _calls(facts: Facts, column: Column) -> Iterator[str]:
    """The expressions that give a column's dense inputs."""
    name = literal(column.name)
    if isinstance(column, NumberColumn):
        numbers = "comma_numbers" if column.decimal == "," else "numbers"
        scaled = f"{SCALING_NAMES[column.scaling]}({numbers}({name}), training)"
        yield scaled if column.scale else "np.zeros(n_rows)  # it is the same in all training rows"
    elif isinstance(column, DateColumn):
        yield from date_calls(column, SCALING_NAMES, as_number=facts.ensemble)
        return
    elif isinstance(column, TextColumn):
        begun = ", beginnings=True" if column.beginnings else ""
        yield f"terms({name}, training{begun})"
    elif isinstance(column, OneHotColumn):
        yield f"one_hot(words({name}), training)"
    elif isinstance(column, (OrdinalColumn, CountColumn)):
        kind = "ordinal" if isinstance(column, OrdinalColumn) else "counted"
        yield f"{kind}(words({name}), training)"
    if not isinstance(column, EmbeddingColumn) and column.indicator:
        # An ensemble makes waves of what is no mark of a level.
        number = facts.ensemble and isinstance(column, (OrdinalColumn, CountColumn))
        yield f"gaps({name}){'.astype(float)' * number}"


def _coded(column: Column) -> Iterator[str]:
    """The expression that gives a column's codes."""
    if isinstance(column, EmbeddingColumn):
        yield f"codes_of(words({literal(column.name)}), training)"
    elif isinstance(column, DateColumn) and column.days:
        yield f"day_codes(moments({literal(column.name)}), training)"
