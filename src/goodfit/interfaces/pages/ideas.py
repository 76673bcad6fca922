"""Ideas explained where they are met: two sentences, folded away, and where to read on."""

from __future__ import annotations

from goodfit.core.concepts import CATALOG, concept
from goodfit.core.words import language, say
from goodfit.interfaces.pages.elements import Html, h
from goodfit.interfaces.pages.frame import folded
from goodfit.interfaces.typed import command

#: Which ideas stand beside a part of the report, or beside a picture.
IDEAS: dict[str, tuple[str, ...]] = {
    "data": ("dataframe", "standardization", "one-hot"),
    "parts": ("training-validation-test",),
    "layers": ("layer", "parameter"),
    "training": ("loss", "learning-rate", "early-stopping", "overfitting"),
    "metric": ("epoch",),
    "coverage": ("prediction-interval",),
    "calibration": ("calibration",),
    "fit": ("function-approximation",),
    "settings": ("optimizer", "regularization"),
}


def ideas(place: str) -> Html | None:
    """What is to be explained at a place of the report; None where nothing is."""
    found = [idea(name) for name in IDEAS.get(place, ()) if name in CATALOG]
    return h.div(found, class_="ideas") if found else None


def idea(name: str) -> Html:
    """One idea: a question that opens its answer.

    >>> idea("gradient").startswith('<details class="idea"><summary>')
    True
    """
    found = concept(name, language())
    read_on = say("page.read_on", {"command": command("concepts", name)})
    return folded(
        say("page.what_is", {"idea": found.title}),
        h.div(
            [h.p("".join(span.text for span in block.spans)) for block in found.answer],
            h.p(read_on, class_="note"),
        ),
        class_="idea",
    )
