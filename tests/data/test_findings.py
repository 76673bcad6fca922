"""What is found in tables: each finding is raised by one table, and not by one that is like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from goodfit.core.findings import FINDINGS
from goodfit.core.remarks import Remark
from goodfit.core.settings import make_settings
from goodfit.data.findings import of_learning_rows, of_test_rows
from goodfit.data.findings.leaks import SERIOUS, SUSPICIOUS
from goodfit.data.kinds import infer_schema, infer_targets
from goodfit.data.parse import read_targets
from goodfit.data.read import read_table
from helpers import has_remark, lacks_remark

N = 400


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def numbers_table(n_rows: int = N, **more: Any) -> dict[str, Any]:
    """Two numbers and a target that they tell halfway."""
    draw = random()
    a, b = draw.normal(size=n_rows), draw.normal(size=n_rows)
    return {"a": a, "b": b, "y": a + b + draw.normal(size=n_rows), **more}


def classes_table(n_rows: int = N, **more: Any) -> dict[str, Any]:
    """The same with two classes."""
    table = numbers_table(n_rows)
    return table | {"y": np.where(table["y"] > 0, "yes", "no"), **more}


def found(cells: dict[str, Any], **chosen: Any) -> tuple[Remark, ...]:
    """What is said of a table whose every row is learnt from."""
    return looked_at(cells, np.arange(len(cells["y"])), **chosen)


def looked_at(
    cells: dict[str, Any], learning: np.ndarray, test: np.ndarray | None = None, **chosen: Any
) -> tuple[Remark, ...]:
    """What is said of the rows that are learnt from; of the test rows if they are given."""
    settings = make_settings(**chosen)
    table, _ = read_table(cells, settings=settings)
    targets, _ = infer_targets(table, names=["y"], settings=settings)
    schema, _ = infer_schema(table, targets=targets, settings=settings, rows=learning)
    values = read_targets(table, targets)
    if test is None:
        return of_learning_rows(table, schema, values, learning, settings=settings)
    rows = {"learning": learning, "test": test}
    return of_test_rows(table, schema, values, **rows, time=settings.time)


def test_nothing_is_found_in_an_honest_table() -> None:
    for cells in (numbers_table(), classes_table()):
        assert found(cells) == ()
        assert looked_at(cells, np.arange(300), np.arange(300, N)) == ()


def test_an_id_that_does_not_count_is_learnt_from_as_a_number() -> None:
    ids = random().permutation(N) + 1_000
    has_remark(found(numbers_table(customer_id=ids)), "data.id_number", column="customer_id")
    lacks_remark(found(numbers_table(height=ids)), "data.id_number")
    lacks_remark(found(numbers_table(customer_id=ids // 2)), "data.id_number")
    lacks_remark(found(numbers_table(customer_id=ids), number=["customer_id"]), "data.id_number")


# --- what gives the target away


def test_a_copy_of_the_target_is_found() -> None:
    numbers, classes = numbers_table(), classes_table()
    for cells in (numbers, classes):
        said = has_remark(found(cells | {"c": cells["y"]}), "data.target_copy", column="c")
        assert said.params["count"] == N
        one_other = np.array(cells["y"])
        one_other[7] = one_other[8] if one_other[7] != one_other[8] else one_other[9]
        lacks_remark(found(cells | {"c": one_other}), "data.target_copy")


def test_numbers_that_are_the_classes_are_a_copy() -> None:
    cells = classes_table()
    cells["y"] = (np.array(cells["y"]) == "yes").astype(int)
    has_remark(found(cells | {"c": cells["y"] * 1.0}), "data.target_copy", column="c")


def test_classes_in_other_words_are_found() -> None:
    cells = classes_table()
    coded = np.where(cells["y"] == "yes", "B", "A")
    said = has_remark(found(cells | {"c": coded}), "data.target_recoded", column="c")
    assert said.params["n_values"] == 2
    as_numbers = np.where(cells["y"] == "yes", 7, 3)
    has_remark(found(cells | {"c": as_numbers}), "data.target_recoded", column="c")
    thirds = np.where(cells["y"] == "yes", np.where(cells["a"] > 0, "B", "C"), "A")
    lacks_remark(found(cells | {"c": thirds}), "data.target_recoded")


def test_numbers_in_another_unit_are_found() -> None:
    cells = numbers_table()
    said = found(cells | {"fahrenheit": 1.8 * cells["y"] + 32})
    has_remark(said, "data.target_rescaled", column="fahrenheit")
    noisy = 1.8 * cells["y"] + 32 + random(1).normal(size=N)
    lacks_remark(found(cells | {"fahrenheit": noisy}), "data.target_rescaled")


def test_the_only_column_may_tell_all_but_be_the_target() -> None:
    """A law of nature is learnt from one column: that is no leak."""
    x = random().normal(size=N)
    assert found({"x": x, "y": 2 * x + 1}) == ()
    has_remark(found({"x": x, "y": x}), "data.target_copy", column="x")


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_class_that_is_nearly_given_away_is_found(kind: str) -> None:
    cells = classes_table()
    wrong = random(2).random(N) < 0.004
    told = (np.array(cells["y"]) == "yes") ^ wrong
    codes = np.where(told, random(3).integers(5, 9, N), random(3).integers(0, 4, N))
    given = codes * 1.5 if kind == "number" else np.array([f"k{code}" for code in codes])
    said = has_remark(found(cells | {"c": given}), "data.gives_class_away", column="c")
    assert said.params["percent"] < 1
    assert said.params["usual"] > 45
    honest = (np.array(cells["y"]) == "yes") ^ (random(2).random(N) < 0.1)
    lacks_remark(found(cells | {"c": honest * 1.0}), "data.gives_class_away")


def test_that_a_cell_is_filled_at_all_may_give_the_class_away() -> None:
    cells = classes_table()
    boat = [f"boat {n % 9}" if y == "yes" else None for n, y in enumerate(cells["y"])]
    has_remark(found(cells | {"boat": boat}), "data.gives_class_away", column="boat")
    some = [boat[n] if n % 3 else f"boat {n % 9}" for n in range(N)]
    lacks_remark(found(cells | {"boat": some}), "data.gives_class_away")


def test_a_number_that_is_nearly_given_away_is_found() -> None:
    cells = numbers_table()
    later = np.exp(cells["y"]) + 1e-4 * random(1).normal(size=N)
    has_remark(found(cells | {"later": later}), "data.gives_number_away", column="later")
    honest = cells["y"] + 0.3 * random(1).normal(size=N)
    lacks_remark(found(cells | {"honest": honest}), "data.gives_number_away")


def test_a_column_that_stands_out_is_asked_about() -> None:
    classes = classes_table()
    told = (np.array(classes["y"]) == "yes") ^ (random(2).random(N) < 0.03)
    said = found(classes | {"c": np.where(told, "p", "q")})
    has_remark(said, "data.tells_class_alone", column="c")
    weaker = (np.array(classes["y"]) == "yes") ^ (random(2).random(N) < 0.12)
    lacks_remark(found(classes | {"c": np.where(weaker, "p", "q")}), "data.tells_class_alone")
    numbers = numbers_table()
    near = numbers["y"] + 0.1 * random(1).normal(size=N)
    has_remark(found(numbers | {"near": near}), "data.tells_number_alone", column="near")
    far = numbers["y"] + 0.5 * random(1).normal(size=N)
    lacks_remark(found(numbers | {"far": far}), "data.tells_number_alone")


def test_columns_that_all_tell_much_do_not_stand_out() -> None:
    cells = numbers_table()
    alike = {f"c{k}": cells["y"] + 0.1 * random(k).normal(size=N) for k in range(5)}
    lacks_remark(found({**alike, "y": cells["y"]}), "data.tells_number_alone")


def test_few_rows_are_not_said_to_leak() -> None:
    cells = numbers_table(15)
    assert found(cells | {"c": cells["y"]}) == ()
    cells = numbers_table(30)
    assert found(cells | {"c": np.exp(cells["y"])}) == ()
    has_remark(found(cells | {"c": cells["y"]}), "data.target_copy", count=30)


def test_the_thresholds_leave_room_for_honest_columns() -> None:
    assert all(SERIOUS[task] < SUSPICIOUS[task] < 0.25 for task in SERIOUS)


# --- copies


def test_copies_of_rows_are_counted() -> None:
    cells = numbers_table()
    for name in cells:
        cells[name][:20] = cells[name][100:120]
    said = has_remark(found(cells), "data.copies", count=20, n_rows=N)
    assert said.params["percent"] == 5
    cells["a"] = random(5).normal(size=N)
    lacks_remark(found(cells), "data.copies")


def test_copies_that_chance_brings_are_none() -> None:
    draw = random()
    cells = {"a": draw.integers(0, 3, N), "b": draw.choice(["x", "y"], N)}
    cells["y"] = draw.choice(["no", "yes"], N)
    lacks_remark(found(cells, category=["a"]), "data.copies")
    every = looked_at(cells, np.arange(300), np.arange(300, N), category=["a"])
    lacks_remark(every, "data.copies_across_parts")


def test_copies_across_the_parts_are_found_among_test_rows() -> None:
    cells, test = numbers_table(), np.arange(300, N)
    for name in cells:
        cells[name][300:310] = cells[name][:10]
    said = looked_at(cells, np.arange(300), test)
    has_remark(said, "data.copies_across_parts", count=10, n_rows=100, percent=10.0)
    cells["y"] = random(5).normal(size=N)
    lacks_remark(looked_at(cells, np.arange(300), test), "data.copies_across_parts")


# --- cells of columns


def test_a_column_that_is_mostly_missing_is_named() -> None:
    gaps = [n * 1.5 if n % 5 == 0 else None for n in range(N)]
    said = has_remark(found(numbers_table(gaps=gaps)), "data.mostly_missing")
    assert said.params["columns"] == ["gaps (80 %)"]
    fewer = [None if n % 5 == 0 else n * 1.5 for n in range(N)]
    lacks_remark(found(numbers_table(gaps=fewer)), "data.mostly_missing")


def test_a_category_of_many_levels_is_named() -> None:
    levels = [f"street {n % 60}" for n in range(N)]
    said = has_remark(found(numbers_table(s=levels)), "data.high_cardinality")
    assert said.params["columns"] == ["s (60)"]
    fewer = [f"street {n % 12}" for n in range(N)]
    lacks_remark(found(numbers_table(s=fewer)), "data.high_cardinality")


def test_words_and_numbers_in_one_column_are_named() -> None:
    words = [["12", "7", "none", "C"][n % 4] for n in range(N)]
    said = has_remark(found(numbers_table(c=words)), "data.mixed_types")
    assert said.params["columns"] == ["c (50 %)"]
    lacks_remark(found(numbers_table(c=words), category=["c"]), "data.mixed_types")
    all_words = [["many", "few", "none", "C"][n % 4] for n in range(N)]
    lacks_remark(found(numbers_table(c=all_words)), "data.mixed_types")


# --- the target


def test_a_rare_class_is_named() -> None:
    grades = np.array(["low", "mid", "top"])[np.arange(N) % 3]
    rare = grades.copy()
    rare[:4] = "odd"
    said = has_remark(found(numbers_table() | {"y": rare}), "data.rare_classes", least=10)
    assert said.params["levels"] == ["odd (4)"]
    lacks_remark(found(numbers_table() | {"y": grades}), "data.rare_classes")


def test_classes_that_are_nearly_all_one_are_found() -> None:
    rare = np.where(np.arange(N) % 20 == 0, "bad", "good")
    said = found(numbers_table() | {"y": rare})
    has_remark(said, "data.imbalanced", percent=95.0, level="good")
    rarer = np.where(np.arange(N) % 7 == 0, "bad", "good")
    lacks_remark(found(numbers_table() | {"y": rarer}), "data.imbalanced")


@pytest.mark.parametrize(
    "chosen",
    [{"metric": "roc_auc"}, {"class_weight": "balanced"}, {"threshold": "best"}],
    ids=lambda chosen: next(iter(chosen)),
)
def test_who_deals_with_rare_classes_is_not_told_of_them(chosen: dict[str, Any]) -> None:
    rare = np.where(np.arange(N) % 20 == 0, "bad", "good")
    lacks_remark(found(numbers_table() | {"y": rare}, **chosen), "data.imbalanced")


def test_targets_far_out_are_found_by_their_rows() -> None:
    cells = numbers_table()
    cells["y"][[3, 77]] = 500.0
    said = has_remark(found(cells), "data.target_outliers", column="y", count=2, rows=[4, 78])
    assert said.params["percent"] > 90
    lacks_remark(found(cells, loss="huber"), "data.target_outliers")
    cells["y"][[3, 77]] = 12.0
    lacks_remark(found(cells), "data.target_outliers")
    tail = numbers_table() | {"y": np.exp(1.5 * random(3).normal(size=N))}
    lacks_remark(found(tail), "data.target_outliers")
    tail["y"][5] = 1e30
    assert 6 in has_remark(found(tail), "data.target_outliers").params["rows"]


# --- rows and parts


def test_few_rows_for_many_columns_are_said_to_be_few() -> None:
    many = {f"x{k}": random(k).normal(size=N) for k in range(90)}
    said = found({**many, "y": random().normal(size=N)})
    has_remark(said, "data.few_rows_for_columns", n_rows=N, n_columns=90)
    fewer = {f"x{k}": many[f"x{k}"] for k in range(70)}
    lacks_remark(found({**fewer, "y": random().normal(size=N)}), "data.few_rows_for_columns")


def days(n_rows: int = N) -> list[str]:
    return [str(day) for day in np.datetime64("2023-01-01") + np.arange(n_rows)]


def test_a_target_that_goes_on_from_day_to_day_suggests_a_division_by_time() -> None:
    walk = np.cumsum(random(1).normal(size=N))
    cells = numbers_table(day=days()) | {"y": walk}
    said = has_remark(found(cells), "data.dates_suggest_time", column="day")
    assert said.params["correlation"] > 0.9
    lacks_remark(found(cells, time="day"), "data.dates_suggest_time")
    lacks_remark(found(numbers_table(day=days())), "data.dates_suggest_time")


def test_classes_that_go_on_from_day_to_day_do_so_too() -> None:
    seasons = np.array(["dry", "wet"])[np.arange(N) // 40 % 2]
    cells = numbers_table(day=days()) | {"y": seasons}
    has_remark(found(cells), "data.dates_suggest_time", column="day")
    drawn = numbers_table(day=days()) | {"y": random(1).permutation(seasons)}
    lacks_remark(found(drawn), "data.dates_suggest_time")


@pytest.mark.parametrize("name", ["patient_id", "field"])
def test_things_with_several_rows_suggest_a_division_by_them(name: str) -> None:
    thing = np.arange(N) % 40
    codes = thing if name == "patient_id" else np.array([f"F{number:02}" for number in thing])
    own = random(1).normal(size=40)[thing] + 0.3 * random(2).normal(size=N)
    cells = numbers_table(**{name: codes}) | {"y": own}
    said = has_remark(found(cells), "data.groups_suggest_group", column=name, n_groups=40)
    assert said.params["size"] == 10
    lacks_remark(found(cells, group=name), "data.groups_suggest_group")
    lacks_remark(found(numbers_table(**{name: codes})), "data.groups_suggest_group")


def test_a_category_of_words_is_no_group_of_things() -> None:
    """That houses of a quarter cost alike is what the quarter is learnt for."""
    words = [a + b for a in ("north", "south", "west", "east") for b in ("end", "side", "gate")]
    place = np.arange(N) % 12
    own = random(1).normal(size=12)[place] + 0.3 * random(2).normal(size=N)
    cells = numbers_table(quarter=np.array(words)[place]) | {"y": own}
    lacks_remark(found(cells), "data.groups_suggest_group")


# --- test rows


def test_numbers_that_drift_are_named_the_most_first() -> None:
    cells, learning, test = numbers_table(), np.arange(200), np.arange(200, N)
    lacks_remark(looked_at(cells, learning, test), "data.numbers_drift")
    cells["a"][test] += 3
    cells["b"][test] += 1
    said = has_remark(looked_at(cells, learning, test), "data.numbers_drift")
    assert [name.split()[0] for name in said.params["columns"]] == ["a", "b"]


def test_that_later_rows_are_later_is_no_drift() -> None:
    cells, learning, test = numbers_table(when=np.arange(N)), np.arange(200), np.arange(200, N)
    has_remark(looked_at(cells, learning, test), "data.numbers_drift")
    lacks_remark(
        looked_at(cells, learning, test, time="when", number=["when"]), "data.numbers_drift"
    )


def test_that_more_is_missing_is_a_drift() -> None:
    cells, learning, test = numbers_table(), np.arange(200), np.arange(200, N)
    cells["a"][test[:100]] = np.nan
    has_remark(looked_at(cells, learning, test), "data.numbers_drift")


def test_levels_that_drift_are_named() -> None:
    colours = random(4).choice(["red", "green", "blue"], N)
    learning, test = np.arange(200), np.arange(200, N)
    cells = numbers_table(colour=colours)
    lacks_remark(looked_at(cells, learning, test), "data.levels_drift")
    cells["colour"] = np.where((np.arange(N) >= 200) & (colours == "red"), "blue", colours)
    said = has_remark(looked_at(cells, learning, test), "data.levels_drift")
    assert said.params["columns"][0].startswith("colour (")


def test_a_few_unlike_test_rows_are_no_drift() -> None:
    cells = numbers_table()
    cells["a"][390:] += 1
    assert looked_at(cells, np.arange(390), np.arange(390, N)) == ()


def test_cells_of_test_rows_that_cannot_be_read_are_not_judged_here() -> None:
    cells = numbers_table(c=[f"{n / 7}" for n in range(N)])
    settings = make_settings()
    table, _ = read_table(cells, settings=settings)
    targets, _ = infer_targets(table, names=["y"], settings=settings)
    schema, _ = infer_schema(table, targets=targets, settings=settings)
    spoilt, _ = read_table(cells | {"c": ["?!"] * N}, settings=settings)
    values = read_targets(table, targets)
    rows = {"learning": np.arange(300), "test": np.arange(300, N)}
    assert of_test_rows(spoilt, schema, values, **rows) == ()


def test_a_finding_is_as_severe_as_its_kind() -> None:
    cells = numbers_table()
    said = found(cells | {"c": cells["y"]})
    assert [remark.severity for remark in said] == [FINDINGS["data.target_copy"].severity]
