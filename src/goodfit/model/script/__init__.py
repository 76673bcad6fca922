"""A model's training as a program of plain PyTorch, which its reader can run and change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.model.script.blending import blend_helpers
from goodfit.model.script.code import Program, literal
from goodfit.model.script.ensemble import add_ensemble, ensemble_constants, ensemble_helpers
from goodfit.model.script.exact import exact_helpers
from goodfit.model.script.facts import Facts
from goodfit.model.script.inputs import input_constants, input_helpers
from goodfit.model.script.losses import loss_constants, loss_helpers
from goodfit.model.script.metrics import metric_helpers
from goodfit.model.script.networks import network_helpers
from goodfit.model.script.optimizers import optimizer_helpers
from goodfit.model.script.parts import row_helpers
from goodfit.model.script.plain import add_plain, is_plain
from goodfit.model.script.reading import reading_constants, reading_helpers
from goodfit.model.script.refused import check_scriptable
from goodfit.model.script.schedules import rate_helpers
from goodfit.model.script.single import add_single, predicted_helper
from goodfit.model.script.titles import title_of
from goodfit.model.script.training import training_helpers

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

__all__ = ["script_of"]


def script_of(model: FittedModel) -> str:
    """The program that trains the same network on the same table.

    Args:
        model: fitted.

    Raises:
        GoodfitError: where something cannot be written as a program, such as a person's own
            network; it says what, and what to do instead.
    """
    facts = Facts(model)
    check_scriptable(facts)
    program = Program(_helpers(facts), _constants(facts))
    plain = is_plain(facts)
    add = add_plain if plain else add_ensemble if facts.ensemble else add_single
    add(program, facts)
    return program.text(title_of(facts, plain=plain))


def _helpers(facts: Facts) -> dict[str, str]:
    return {
        **reading_helpers(facts),
        **row_helpers(facts),
        **input_helpers(facts),
        **loss_helpers(facts),
        **network_helpers(facts),
        **optimizer_helpers(facts),
        **rate_helpers(facts),
        "predicted": predicted_helper(facts),
        **metric_helpers(facts),
        **training_helpers(facts),
        **ensemble_helpers(facts),
        **blend_helpers(facts),
        **exact_helpers(facts),
    }


def _constants(facts: Facts) -> dict[str, str]:
    settings = facts.settings
    return {
        "SEED": f"SEED = {literal(settings.seed)}",
        "EPOCHS": f"EPOCHS = {literal(settings.epochs)}",
        **ensemble_constants(facts),
        **reading_constants(facts),
        **input_constants(),
        **loss_constants(facts),
    }
