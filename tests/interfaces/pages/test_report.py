"""What stands on a report, whatever the table holds."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

import goodfit
from goodfit.core.words import LANGUAGES, speaking
from goodfit.interfaces.pages.choices import again_card, settings_card
from goodfit.interfaces.pages.numbers import tables_of
from goodfit.interfaces.pages.pictures import PLACES
from goodfit.model.again import divided_again
from goodfit.model.chosen import choices_of, settings_again
from goodfit.model.columns import Histogram, LevelCounts, columns_report
from goodfit.model.plots import PLOTS
from helpers import raises
from markup import Parsed
from tables_made import PENGUINS, TARGETS, for_task, mixed_table

NASTY = (
    "</script><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(2)>'",
    "a\u202eb\u200f",
    "x" * 10_000,
    "$\\alpha$ {name} %s",
)


def hostile_table():
    """A table whose names, levels and cells are as bad as they can be."""
    levels = [NASTY[row % len(NASTY)] for row in range(60)]
    table = {f"{name[:200]}{place}": levels for place, name in enumerate(NASTY)}
    table["n<b>"] = [float(row % 7) for row in range(60)]
    table["<i>target</i>\u202e"] = [NASTY[row % 2] for row in range(60)]
    return table, "<i>target</i>\u202e"


@pytest.fixture(scope="module")
def fitted():
    """A model of each task, its table, and its report."""
    found = {}
    for task, target in TARGETS.items():
        table = for_task(mixed_table(150), task)
        found[task] = goodfit.fit(table, target=target, epochs=2), table
    return found


@pytest.fixture(scope="module")
def pages(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    return {
        task: goodfit.write_report(model, folder / f"{task}.html", table).read_text("utf-8")
        for task, (model, table) in fitted.items()
    }


@pytest.mark.parametrize("task", TARGETS)
def test_a_report_is_one_whole_page(pages, task):
    text, parsed = pages[task], Parsed(pages[task])
    assert len(text) < 2_000_000
    names = [tag for tag, _ in parsed.tags]
    assert not {"script", "link", "iframe", "object", "form"} & set(names)
    assert not [attrs for _, attrs in parsed.tags if any(name[:2] == "on" for name in attrs)]
    assert not [attrs for _, attrs in parsed.tags if "src" in attrs]
    assert all(attrs["href"].startswith("#") for tag, attrs in parsed.tags if tag == "a")
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert names.count("table") == names.count("caption") > 5
    pictures = [attrs for tag, attrs in parsed.tags if tag == "svg"]
    assert len(pictures) > 5
    assert all(attrs.get("aria-label") for attrs in pictures)
    assert 'class="failed"' not in text


@pytest.mark.parametrize("task", TARGETS)
def test_headings_go_down_one_by_one(pages, task):
    levels = [int(tag[1]) for tag, _ in Parsed(pages[task]).tags if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_sentence_that_matters_is_the_first(pages):
    said = Parsed(pages["regression"]).texts
    text = "".join(said)
    assert "On 30 rows that it had never seen, the model's predictions of price are off by" in text
    assert text.index("Always predicting the mean") < text.index("missing")
    assert "gets grade right for" in "".join(Parsed(pages["multiclass"]).texts)


def test_without_the_table_it_says_what_is_missing(fitted, tmp_path):
    model, _ = fitted["binary"]
    text = goodfit.write_report(model, tmp_path / "alone.html").read_text("utf-8")
    assert text.count('class="histogram"') == 0
    assert "A model holds no rows" in text
    needing = [plot for plot in PLOTS.values() if plot.needs_rows and plot.applies(model)]
    absent = text.count("This picture needs rows")
    assert absent == len([plot for plot in needing if plot.name not in PLACES["more_data"]])


def test_another_table_is_told_from_that_of_the_fit(fitted, tmp_path):
    model, table = fitted["regression"]
    other = {name: cells[:100] for name, cells in table.items()}
    text = goodfit.write_report(model, tmp_path / "other.html", other).read_text("utf-8")
    assert "This is not the table that the model was fitted to" in text
    with raises("data.columns_missing"):
        goodfit.write_report(model, tmp_path / "bad.html", {"size": [1.0]})
    assert not (tmp_path / "bad.html").exists()


def test_nothing_of_a_table_becomes_markup(tmp_path):
    table, target = hostile_table()
    model = goodfit.fit(table, target=target, epochs=1)
    text = goodfit.write_report(model, tmp_path / "nasty.html", table).read_text("utf-8")
    parsed = Parsed(text)
    assert not {"script", "img", "i"} & {tag for tag, _ in parsed.tags}
    assert not [attrs for _, attrs in parsed.tags if any(name[:2] == "on" for name in attrs)]
    assert "\u202e" not in text
    assert "\u200f" not in text
    assert "x" * 1000 not in text
    assert 'class="failed"' not in text
    assert len(text) < 2_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_speaks_the_language_of_the_context(fitted, tmp_path, language):
    model, table = fitted["binary"]
    with speaking(language):
        text = goodfit.write_report(model, tmp_path / "a.html", table).read_text("utf-8")
    assert f'<html lang="{language}">' in text
    assert ("How good it is" in text) == (language == "en")


class TestParts:
    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"split": "7:1:2", "seed": 3},
            {"network": "mlp", "folds": 3},
            {"group": "word"},
            {"sample": 50, "network": "mlp"},
            {"split": "none"},
            {"weight": "size", "network": "linear"},
        ],
        ids=str,
    )
    def test_a_table_is_divided_again_as_its_fit_did(self, settings):
        from goodfit.core.settings import make_settings
        from goodfit.model.fit import start

        table = for_task(mixed_table(120), "regression")
        table["word"] = [f"g{row % 9}" for row in range(120)]
        run = start(table, target="price", settings=make_settings(epochs=1, **settings))
        for _ in run.events():
            pass
        again = divided_again(run.finish(), table)
        assert again.parts == "same"
        final = run.plan.final
        wanted = {"training": final.training, "validation": final.validation, "test": run.plan.test}
        found = {name: rows.tolist() for name, rows in again.places.items()}
        assert found == {name: rows.tolist() for name, rows in wanted.items() if len(rows)}

    def test_few_rows_and_rows_without_a_target(self):
        table = for_task(mixed_table(40), "binary")
        target = TARGETS["binary"]
        table[target] = [None, *table[target][1:]]
        model = goodfit.fit(table, target=target, epochs=1)
        again = divided_again(model, table)
        assert (again.parts, again.table.n_rows) == ("same", 39)

    def test_another_order_is_another_table(self, fitted):
        model, table = fitted["regression"]
        turned = {name: cells[::-1] for name, cells in table.items()}
        assert divided_again(model, turned).parts == "other_table"

    def test_parts_that_cannot_be_found_again_are_not_guessed(self, fitted):
        model, table = fitted["regression"]
        before = model.provenance
        try:
            model.provenance = msgspec.structs.replace(before, test_rows="0" * 64)
            again = divided_again(model, table)
        finally:
            model.provenance = before
        assert (again.parts, again.places) == ("unknown", {})


class TestSettings:
    @pytest.mark.parametrize(
        "chosen",
        [
            {},
            {"epochs": 2},
            {"network": "linear", "optimizer": "exact"},
            {"widths": (8, 4), "activation": "tanh", "epochs": 2},
            {"network": "mlp", "schedule": "step", "learning_rate": 0.012345678, "epochs": 3},
            {"network": "mlp", "folds": 3, "seed": 5},
            {"bag": 2, "members": 3, "epochs": 2},
            {"drop": ("age",), "column": {"size": "robust"}, "epochs": 1},
        ],
        ids=str,
    )
    def test_what_a_person_chose_is_found_and_fits_the_same_again(self, chosen, tmp_path):
        table = for_task(mixed_table(80), "regression")
        model = goodfit.fit(table, target="price", **chosen)
        found = settings_again(model)
        assert found == chosen
        again = goodfit.fit(table, target="price", **found)
        one, other = (m.save(tmp_path / f"{n}.goodfit") for n, m in enumerate((model, again)))
        assert one.read_bytes() == other.read_bytes()
        whose = {choice.name: choice.whose for choice in choices_of(model)}
        assert {name for name, by in whose.items() if by == "person"} == set(chosen)

    def test_what_few_rows_decide_is_no_choice_of_a_person(self):
        table = for_task(mixed_table(40), "regression")
        model = goodfit.fit(table, target="price", epochs=1)
        assert settings_again(model) == {"epochs": 1}

    def test_a_threshold_that_was_found_was_asked_for(self):
        table = for_task(mixed_table(80), "binary")
        model = goodfit.fit(
            table, target=TARGETS["binary"], threshold="best", metric="f1", epochs=2
        )
        assert settings_again(model) == {"threshold": "best", "metric": "f1", "epochs": 2}

    def test_the_command_is_quoted_for_a_shell(self):
        model = goodfit.fit(
            {"a b": [1.0, 2.0, 3.0, 4.0], "y'": [3.0, 5.0, 7.0, 9.0]},
            target="y'", network="linear", optimizer="exact", split="none",
        )  # fmt: skip
        card = "".join(Parsed(again_card(model, ["my table.csv"])).texts)
        assert """goodfit fit 'my table.csv' --target 'y'"'"''""" in card
        assert "You chose nothing" not in settings_card(model)

    def test_what_no_command_can_make_is_said(self):
        import torch

        table = {"x": [float(n) for n in range(30)], "y": [3.0 * n for n in range(30)]}
        model = goodfit.fit(table, target="y", epochs=1, split="none", activation=torch.tanh)
        assert "an object of your own" in again_card(model, None)
        going = goodfit.fit(table, target="y", epochs=1, network="mlp", split="none")
        going = goodfit.fit(table, start_from=going, epochs=1, split="none")
        assert "went on from an earlier one" in again_card(going, None)


class TestColumns:
    def test_numbers_and_levels_are_counted(self):
        model = goodfit.fit(str(PENGUINS), target="species", epochs=1)
        table = divided_again(model, str(PENGUINS)).table
        found = {card.name: card for card in columns_report(model, table).columns}
        mass, island = found["body_mass_g"], found["island"]
        assert isinstance(mass.cells, Histogram)
        assert isinstance(island.cells, LevelCounts)
        assert sum(mass.cells.counts) + mass.missing == 344
        assert mass.missing == 2
        assert mass.cells.quartiles == (2700.0, 3550.0, 4050.0, 4750.0, 6300.0)
        assert dict(zip(island.cells.names, island.cells.counts, strict=True)) == {
            "Biscoe": 168,
            "Dream": 124,
            "Torgersen": 52,
        }
        assert found["species"].role == "target"
        alone = {card.name: card for card in columns_report(model, None).columns}
        assert alone["body_mass_g"].cells is None
        assert alone["body_mass_g"].range is not None

    def test_a_far_cell_does_not_flatten_all(self):
        table = {"x": [*range(299), 10**6], "y": [float(n) for n in range(300)]}
        model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        cells = columns_report(model, divided_again(model, table).table).columns[1].cells
        assert isinstance(cells, Histogram)
        assert cells.edges[-1] < 1000
        assert cells.quartiles[-1] == 10**6
        assert sum(cells.counts) == 300


def test_every_number_of_a_report_has_its_place():
    class Inner(msgspec.Struct):
        name: str
        score: float

    class Whole(msgspec.Struct):
        count: int
        x: tuple[float, ...]
        y: tuple[float, ...]
        inner: tuple[Inner, ...]
        matrix: tuple[tuple[int, ...], ...]
        one: Inner

    whole = Whole(3, (1.0, 2.0), (3.0, 4.0), (Inner("a", 0.5), Inner("b", 0.6)), ((1, 2), (3, 4)),
                  Inner("c", 0.7))  # fmt: skip
    found = {table.name: table.lines for table in tables_of(whole) if table.name}
    assert found == {
        "inner": (("a", 0.5), ("b", 0.6)),
        "matrix": ((1, 2), (3, 4)),
        "one": (("name", "c"), ("score", 0.7)),
    }
    first, second = [table.lines for table in tables_of(whole) if not table.name]
    assert (first, second) == ((("count", 3),), ((1.0, 3.0), (2.0, 4.0)))
