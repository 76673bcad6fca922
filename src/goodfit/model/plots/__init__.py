"""Pictures: numbers that a model gives (reports), and how they are drawn.

``PLOTS`` holds every one by name. matplotlib is loaded when the first is drawn.
"""

from goodfit.model.plots.demo import draw_learning_rates, draw_line
from goodfit.model.plots.numbers import to_csv, to_json
from goodfit.model.plots.plot import Margins, Plot, Rows
from goodfit.model.plots.registry import (
    PLOTS,
    about,
    check_name,
    numbers_of,
    picture,
    plots_of,
    title_of,
)
from goodfit.model.plots.svg import figure_svg

__all__ = [
    "PLOTS",
    "Margins",
    "Plot",
    "Rows",
    "about",
    "check_name",
    "draw_learning_rates",
    "draw_line",
    "figure_svg",
    "numbers_of",
    "picture",
    "plots_of",
    "title_of",
    "to_csv",
    "to_json",
]
