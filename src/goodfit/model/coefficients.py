"""A linear model's coefficients in the table's units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel


def coefficients_of(model: FittedModel) -> dict[str, Any] | None:
    """See :meth:`goodfit.FittedModel.coefficients`."""
    if model.settings.network != "linear":
        return None
    parameters = model.network.state_dict()
    state = {name: value.cpu().double().numpy() for name, value in parameters.items()}
    tables = [state[f"tables.{i}"] for i in range(len(model.preprocessing.layout.codes))]
    rows = {
        name: model.preprocessing.coefficients(
            state["weight"][output],
            [table[:, output] for table in tables],
            state["bias"][output],
            place=place,
            logarithm=model.objective.loss.link.name == "log",
        )
        for name, output, place in _linear_outputs(model)
    }
    first = next(iter(rows.values()))
    return first if first is None or len(rows) == 1 else rows


def _linear_outputs(model: FittedModel) -> list[tuple[str, int, int]]:
    """The outputs that coefficients say something of: name, place, place of the target."""
    if model.schema.target.task != "regression":
        n_outputs, names = model.objective.n_outputs, model.levels.tolist()
        return [(str(names[output]), output, 0) for output in range(n_outputs)]
    loss = model.objective.loss
    numbers = [extra for extra in loss.further if not extra.spread]
    each = [(extra.name, extra.place) for extra in numbers] or [("prediction", loss.point)]
    found: list[tuple[str, int, int]] = []
    for place, target in enumerate(model.schema.targets):
        for name, output in each:
            several = len(model.schema.targets) > 1
            full = (
                name if not several else target.name if len(each) == 1 else f"{name}_{target.name}"
            )
            found.append((full, place * loss.outputs_per_target + output, place))
    return found
