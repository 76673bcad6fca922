"""What a program says of itself at its top: how it is run, and in which order it draws numbers."""

from __future__ import annotations

from collections.abc import Iterator

from goodfit.model.script.facts import Facts

PLAIN = "Fits a network to a table with PyTorch: python train.py TABLE.csv"
TITLE = """Trains a network on a table with PyTorch alone: python train.py TABLE.csv

The same table gives the same result, for chance is drawn as it was when the model was fitted:
from a generator for each purpose, whose seed is made of SEED and the purpose's name. In order:

{drawn}
"""
#: Uses of chance, in the order in which a program comes to them, and what each is for.
PURPOSES = {
    "split": "which rows train, which watch the training and which test it",
    "sample": "which of them are learnt from",
    "folds": "which rows each fold is kept from",
    "initialization": "the start of the parameters; here the seed is SEED itself",
    "shuffling": "the order in which an epoch sees its rows",
    "input_noise": "the noise on the inputs of each step",
    "dropout": "what the network switches off in each step",
}
WIDTH = max(map(len, PURPOSES))


def title_of(facts: Facts, *, plain: bool) -> str:
    """The docstring of a program."""
    drawn = [f"  {purpose:{WIDTH}}  {PURPOSES[purpose]}" for purpose in _drawn(facts)]
    if plain or not drawn:
        return PLAIN
    return TITLE.format(drawn="\n".join(drawn))


def _drawn(facts: Facts) -> Iterator[str]:
    """Each use of chance, in the order in which a program comes to it."""
    settings = facts.settings
    if facts.divided and facts.ratios is not None and settings.time is None:
        yield "split"
    if settings.sample is not None:
        yield "sample"
    if facts.bagged:
        yield "folds"
    if not facts.exact:
        yield "initialization"
    if facts.n_batches > 1:
        yield "shuffling"
    if settings.input_noise:
        yield "input_noise"
    if facts.chance:
        yield "dropout"
