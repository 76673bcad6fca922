"""Pieces about rows: which train, watch and test, how much each counts, what it should say."""

from __future__ import annotations

from goodfit.model.script.code import call, literal
from goodfit.model.script.facts import Facts


def kept_lines(facts: Facts) -> list[str]:
    """Rows that teach nothing are left out: those without a target, and of weight 0."""
    wanted = list[str]()
    if "model.rows_without_target" in facts.remarks:
        names = [target.name for target in facts.model.schema.targets]
        wanted += [f"~gaps({literal(name)})" for name in names]
    if "model.rows_of_weight_zero" in facts.remarks:
        wanted.append(f"(numbers({literal(facts.settings.weight)}) > 0)")
    if not wanted:
        return []
    return [
        "# Only rows with a target that count at all can teach."
        if len(wanted) > 1
        else "# Rows that teach nothing are left out.",
        f"kept = np.flatnonzero({' & '.join(wanted)})",
        "table = {name: [cells[row] for row in kept] for name, cells in table.items()}",
    ]


def target_lines(facts: Facts) -> list[str]:
    """The main lines that read what is to be predicted, and how much rows count."""
    lines = _numbers(facts) if not facts.classed else _classes(facts)
    if facts.row_weighted:
        comma = next(c for c in facts.model.schema.columns if c.name == facts.settings.weight)
        read = "comma_numbers" if comma.decimal == "," else "numbers"
        lines += [
            f"weight = {read}({literal(facts.settings.weight)})",
            "weight /= weight.mean()  # how much each row counts has no unit",
        ]
    return lines


def _numbers(facts: Facts) -> list[str]:
    targets = [
        f"{'comma_numbers' if target.decimal == ',' else 'numbers'}({literal(target.name)})"
        for target in facts.model.schema.targets
    ]
    if len(targets) == 1:
        return [f"target = {targets[0]}", "n_rows = len(target)"]
    return [call("target = np.column_stack([", targets, "])"), "n_rows = len(target)"]


def _classes(facts: Facts) -> list[str]:
    (target,) = facts.model.schema.targets
    first, name = target.levels[0], literal(target.name)
    if isinstance(first, bool):
        return [f"classes, label = [False, True], truths({name})", "n_rows = len(label)"]
    if isinstance(first, str):
        read = f"words({name})"
    else:
        read = f"{'comma_numbers' if target.decimal == ',' else 'numbers'}({name})"
    return [
        f"classes, label = np.unique({read}, return_inverse=True)  # label: index of the class",
        "n_rows = len(label)",
    ]


def scaling_lines(facts: Facts) -> list[str]:
    """The main lines that make ``y``, the target as it is trained on."""
    settings = facts.settings
    if facts.classed:
        return []
    rows, taught = "target", "target[training]"
    lines = list[str]()
    if settings.target_transform != "none":
        rows, taught = "bent", "bent[training]"
        lines.append(f"bent = np.{settings.target_transform}(target)  # errors count as shares")
    weights = ", weights=weight[training]" if facts.row_weighted else ""
    axis = ", axis=0" if facts.n_targets > 1 else ""
    if facts.row_weighted:
        mean = f"np.average({taught}{axis}{weights})"
        deviation = f"np.sqrt(np.average(({taught} - mean) ** 2{axis}{weights}))"
    else:
        inner = axis.removeprefix(", ")
        mean, deviation = f"{taught}.mean({inner})", f"{taught}.std({inner})"
    if settings.target_scaling == "standardize":
        lines.append("# Numbers of mean 0 and standard deviation 1 are learnt most easily.")
        lines += [f"mean = {mean}", f"deviation = {deviation}", f"y = ({rows} - mean) / deviation"]
    elif settings.target_scaling == "unit_mean":
        lines += [f"mean = {mean}", f"y = {rows} / mean"]
    else:
        lines.append(f"y = {rows}")
    return lines


def unscaled(facts: Facts, outputs: str) -> str:
    """The way back: an expression in the table's units."""
    settings = facts.settings
    found = {
        "standardize": f"{outputs} * deviation + mean",
        "unit_mean": f"{outputs} * mean",
    }.get(settings.target_scaling, outputs)
    inverse = {"log": "np.exp", "log1p": "np.expm1"}.get(settings.target_transform)
    return f"{inverse}({found})" if inverse else found
