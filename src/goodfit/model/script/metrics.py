"""Pieces that score: every metric as a function of what is true and what was predicted."""

from __future__ import annotations

from collections.abc import Mapping

from goodfit.model.script.code import block, literal
from goodfit.model.script.facts import Facts

#: Every metric of numbers: its docstring and its body, of ``target`` and ``prediction`` (row,).
OF_NUMBERS: Mapping[str, tuple[str, str]] = {
    "rmse": (
        "Root of the mean squared error.",
        "return np.sqrt(‹mean›((target - prediction) ** 2‹w›))",
    ),
    "mse": ("Mean squared error.", "return ‹mean›((target - prediction) ** 2‹w›)"),
    "mae": ("Mean absolute error.", "return ‹mean›(np.abs(target - prediction)‹w›)"),
    "median_absolute_error": ("Median of the absolute errors.", "‹median›"),
    "max_error": ("The largest absolute error.", "return np.abs(target - prediction).max()"),
    "pinball": (
        "Pinball loss of the median.",
        "return ‹mean›(np.abs(target - prediction)‹w›) / 2",
    ),
    "mape": (
        "Mean absolute error as a share of the target.",
        "return ‹mean›(np.abs((target - prediction) / target)‹w›)",
    ),
    "smape": (
        "Symmetric percentage error, from 0 to 2.",
        """
        size = np.abs(target) + np.abs(prediction)
        return ‹mean›(2 * np.abs(target - prediction) / np.where(size > 0, size, 1.0)‹w›)
        """,
    ),
    "rmsle": (
        "Root of the mean squared error of the logarithms.",
        "return np.sqrt(‹mean›((np.log1p(target) - np.log1p(prediction)) ** 2‹w›))",
    ),
    "poisson_deviance": (
        "Mean deviance of counts.",
        """
        ratio = np.where(target > 0, target / prediction, 1.0)
        return ‹mean›(2 * (target * np.log(ratio) - target + prediction)‹w›)
        """,
    ),
    "gamma_deviance": (
        "Mean deviance of positive amounts.",
        "return ‹mean›(2 * (np.log(prediction / target) + target / prediction - 1)‹w›)",
    ),
    "r2": (
        "Share of the target's variance that is predicted.",
        """
        around = ‹mean›((target - ‹mean›(target‹w›)) ** 2‹w›)
        return 1 - ‹mean›((target - prediction) ** 2‹w›) / around
        """,
    ),
    "explained_variance": (
        "The same, where a constant error costs nothing.",
        """
        errors, around = target - prediction, target - ‹mean›(target‹w›)
        return 1 - ‹mean›((errors - ‹mean›(errors‹w›)) ** 2‹w›) / ‹mean›(around**2‹w›)
        """,
    ),
}
#: Every metric of predicted classes, of ``table``: the rows of each class taken for each.
OF_CLASSES: Mapping[str, tuple[str, str]] = {
    "accuracy": ("Share of the rows whose class is right.", "np.trace(table) / table.sum()"),
    "balanced_accuracy": (
        "Mean over the classes of the share that is right.",
        "np.nanmean(‹recalls›)",
    ),
    "f1": ("Harmonic mean of precision and recall.", "‹one›‹f1s›‹of›"),
    "f1_weighted": (
        "Mean of every class's f1, each counted by its rows.",
        "np.nansum(each * table.sum(axis=1)) / table.sum()",
    ),
    "f1_micro": ("f1 of all classes together.", "np.trace(table) / table.sum()"),
    "precision": (
        "Share of the rows taken for a class that are of it.",
        "‹one›‹precisions›‹of›",
    ),
    "recall": ("Share of the rows of a class that were taken for it.", "‹one›‹recalls›‹of›"),
    "specificity": (
        "Share of the rows not of a class that were not taken for it.",
        "‹one›ratio(others - wrong, others)‹of›",
    ),
    "matthews_correlation": (
        "Correlation of the true and the predicted class.",
        "(np.trace(shares) - true @ taken) / np.sqrt(spread) if spread > 0 else 0.0",
    ),
    "cohen_kappa": (
        "Agreement beyond chance.",
        "(np.trace(shares) - true @ taken) / (1 - true @ taken)",
    ),
    "mean_cost": (
        "Mean of what missing a row of its class costs.",
        "(table.sum(axis=1) - table.diagonal()) @ cost / table.sum()",
    ),
}
#: Every metric of probabilities or ratings, of ``label`` (row,) and ``found`` (row, class).
OF_RATINGS: Mapping[str, tuple[str, str]] = {
    "log_loss": (
        "Mean of -log p of the right class.",
        """
        right = found[np.arange(len(label)), label]
        least = np.finfo(float).eps
        return -‹mean›(np.log(np.clip(right, least, 1 - least))‹w›)
        """,
    ),
    "brier": (
        "Mean squared error of the probabilities.",
        """
        truth = label[:, None] == np.arange(found.shape[1])
        return ‹mean›(((found - truth) ** 2).sum(axis=1)‹w›)‹halved›
        """,
    ),
    "expected_calibration_error": (
        "Mean distance of confidence and accuracy, over 15 bins.",
        """
        confidence, right = found.max(axis=1), found.argmax(axis=1) == label
        bins = np.clip(np.ceil(confidence * 15).astype(int) - 1, 0, 14)
        gaps = np.bincount(bins, weights=‹times›(right - confidence), minlength=15)
        return np.abs(gaps).sum() / ‹total›
        """,
    ),
    "roc_auc": (
        "Share of pairs of rows of two classes that are rated in the right order.",
        """
        areas = []
        for place in ‹places›:
            true, false = by_rating(label == place, found[:, place]‹also›)
            if true.sum() * false.sum() > 0:
                pairs = true @ (np.cumsum(false) - false / 2)
                areas.append(pairs / (true.sum() * false.sum()))
        return np.mean(areas)
        """,
    ),
    "average_precision": (
        "Area under precision over recall.",
        """
        areas = []
        for place in ‹places›:
            true, false = by_rating(label == place, found[:, place]‹also›)
            if true.sum() > 0:
                hits, misses = np.cumsum(true[::-1]), np.cumsum(false[::-1])
                areas.append(true[::-1] @ (hits / (hits + misses)) / true.sum())
        return np.mean(areas)
        """,
    ),
}
BY_RATING = '''
    def by_rating(truth, rating‹also›):
        """Rows of the class, and others, at each different rating in ascending order."""
        place = np.unique(rating, return_inverse=True)[1]
        return np.bincount(place, ‹true›), np.bincount(place, ‹false›)
'''
CONFUSION = '''
    def confusion(label, taken‹also›):
        """How many rows of each class were taken for each, (class, class)."""
        count = len(classes)
        cells = np.bincount(label * count + taken, ‹weights›minlength=count**2)
        return cells.reshape(count, count).astype(float)
'''
RATIO = '''
    def ratio(part, whole):
        """Shares of each class; nan where there is nothing to have a share of."""
        return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
'''
OVER_TARGETS = '''
    def over_targets(metric, target, prediction‹also›):
        """The mean of a metric over the targets."""
        pairs = zip(target.T, prediction.T, strict=True)
        return np.mean([metric(*pair‹also›) for pair in pairs])
'''
DECIDED = '''
    def decided(found):
        """The index of the class that is predicted of each row."""
        return ‹how›
'''


def metric_helpers(facts: Facts) -> dict[str, str]:
    """The functions that score."""
    weighted = facts.row_weighted
    also, two = (", weight" if weighted else ""), facts.task == "binary"
    said = {
        "mean": "np.average" if weighted else "np.mean",
        "w": ", weights=weight" if weighted else "",
        "also": also,
        "places": "[1]" if two else "range(found.shape[1])",
        "halved": " / 2" if two else "",
        "times": "weight * " if weighted else "",
        "total": "weight.sum()" if weighted else "len(label)",
        "median": "return np.median(np.abs(target - prediction))",
        "recalls": "ratio(table.diagonal(), table.sum(axis=1))",
        "f1s": "ratio(2 * table.diagonal(), table.sum(axis=0) + table.sum(axis=1))",
        "precisions": "np.nan_to_num(ratio(table.diagonal(), table.sum(axis=0)))",
        "one": "" if two else "np.nanmean(",
        "of": "[1]" if two else ")",
    }
    if weighted:
        said["median"] = (
            "errors = np.abs(target - prediction)\n"
            "order = np.argsort(errors)\n"
            "below = np.cumsum(weight[order])\n"
            "low = np.searchsorted(below, below[-1] / 2)\n"
            'high = np.searchsorted(below, below[-1] / 2, side="right")\n'
            "return errors[order][[low, min(high, len(errors) - 1)]].mean()"
        )
    helpers = {
        "by_rating": block(
            BY_RATING,
            also=also,
            true="truth * weight" if weighted else "truth",
            false="~truth * weight" if weighted else "~truth",
        ),
        "confusion": block(CONFUSION, also=also, weights="weights=weight, " if weighted else ""),
        "ratio": block(RATIO),
        "over_targets": block(OVER_TARGETS, also=also),
        "decided": block(DECIDED, how=_decision(facts)),
    }
    for name, (says, body) in OF_NUMBERS.items():
        helpers[name] = _function(name, f"target, prediction{also}", says, block(body, **said))
    for name, (says, body) in OF_CLASSES.items():
        table = f"table = confusion(label, decided(found){also})"
        each = [f"each = {said['f1s']}"] * ("each" in body)
        lines = [table, *each, *_beside(body), f"return {block(body, **said)}"]
        helpers[name] = _function(name, f"label, found{also}", says, "\n".join(lines))
    for name, (says, body) in OF_RATINGS.items():
        helpers[name] = _function(name, f"label, found{also}", says, block(body, **said))
    return helpers


def _beside(body: str) -> list[str]:
    """What else is computed of the table first."""
    lines = list[str]()
    if "shares" in body:
        lines += ["shares = table / table.sum()"]
        lines += ["true, taken = shares.sum(axis=1), shares.sum(axis=0)"]
    if "spread" in body:
        lines.append("spread = (1 - true @ true) * (1 - taken @ taken)")
    if "others" in body:
        lines.append("others = table.sum() - table.sum(axis=1)")
        lines.append("wrong = table.sum(axis=0) - table.diagonal()")
    return lines


def _function(name: str, given: str, says: str, body: str) -> str:
    inner = body.replace("\n", "\n    ")
    return f'def {name}({given}):\n    """{says}"""\n    {inner}'


def _decision(facts: Facts) -> str:
    threshold = facts.settings.threshold
    if threshold_found(facts):
        return "(found[:, 1] >= threshold).astype(int)"
    if isinstance(threshold, (int, float)):
        return f"(found[:, 1] >= {literal(threshold)}).astype(int)"
    if facts.settings.class_cost is not None:
        return "(found * cost).argmax(axis=1)  # the least expected cost"
    return "found.argmax(axis=1)"


def threshold_found(facts: Facts) -> bool:
    """Whether rows that did not train said from which probability on a class is predicted."""
    return "model.threshold_found" in facts.remarks


def cost_lines(facts: Facts) -> list[str]:
    """The main lines that make ``cost``, (class,), where missing a class costs."""
    if facts.settings.class_cost is None:
        return []
    given = literal(dict(facts.settings.class_cost))
    return [f"cost = np.array([{given}.get(str(name), 1.0) for name in classes])"]


def score_call(facts: Facts, name: str, rows: str, found: str) -> str:
    """The expression that scores what was found of some rows.

    Args:
        facts: of the model.
        name: of the metric.
        rows: expression of their places.
        found: expression of what was found of just these.
    """
    true = "label" if facts.classed else "target"
    also = f", weight[{rows}]" if facts.row_weighted else ""
    if facts.n_targets > 1:
        return f"over_targets({name}, {true}[{rows}], {found}{also})"
    return f"{name}({true}[{rows}], {found}{also})"
