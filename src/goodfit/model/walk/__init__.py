"""One row's way through a fitted model and back: every number of one training step."""

from goodfit.model.walk.records import Walk
from goodfit.model.walk.taken import walk

__all__ = ["Walk", "walk"]
