"""Findings as the command line shows them: the most severe, without drowning the summary."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tables_made import write_csv

LINE = ("--network", "linear", "--optimizer", "exact")


@pytest.fixture
def leaky(tmp_path):
    """A table with a copy of the target, ids of two kinds and gaps in four columns."""
    random = np.random.default_rng(0)
    n_rows = 200
    a, b = random.normal(size=n_rows), random.normal(size=n_rows)
    y = a + 0.2 * b + 0.2 * random.normal(size=n_rows)
    gaps = {
        f"gap{k}": [None if n % 7 == k else float(a[n] * (k + 1)) for n in range(n_rows)]
        for k in range(4)
    }
    table = {
        "row_id": list(range(1, n_rows + 1)),
        "customer_id": (random.permutation(n_rows) + 1000).tolist(),
        "account_id": (random.permutation(n_rows) + 5000).tolist(),
        "a": a.tolist(),
        "copy": y.tolist(),
        **gaps,
        "y": y.tolist(),
    }
    write_csv(table, tmp_path / "leaky.csv")
    return "leaky.csv"


def lines_of(output: str, label: str) -> str:
    """The lines beside a label, as one."""
    found, within = [], False
    for line in output.splitlines():
        within = line.startswith(label) or (within and line.startswith(" " * 11))
        if within:
            found.append(line[11:].strip())
    return " ".join(found)


def test_the_summary_shows_the_most_severe_and_counts_the_others(goodfit_, leaky):
    code, output, _ = goodfit_("fit", leaky, "--target", "y", *LINE)
    assert code == 0
    said = lines_of(output, "findings")
    assert said.startswith("D010 serious: Column 'copy' is the target 'y' itself")
    assert "D005 warning: Column 'customer_id' has a whole number of its own" in said
    assert "And 1 more of this code." in said
    assert "account_id" not in said
    assert "Also 5 notes: goodfit inspect leaky.goodfit" in said


def test_a_summary_without_anything_severe_only_counts(goodfit_, tmp_path):
    rows = {"x": [float(n % 7) if n % 9 else None for n in range(90)]}
    write_csv(rows | {"y": [n % 7 + n % 5 for n in range(90)]}, tmp_path / "t.csv")
    _, output, _ = goodfit_("fit", "t.csv", "--target", "y", *LINE)
    assert lines_of(output, "findings") == "1 note: goodfit inspect t.goodfit"


def test_inspect_shows_all_of_them_the_most_severe_first(goodfit_, leaky):
    goodfit_("fit", leaky, "--target", "y", *LINE)
    _, output, _ = goodfit_("inspect", "leaky.goodfit")
    start = output.index("Findings (8):")
    codes = [line.split()[0] for line in output[start:].splitlines() if line.startswith("  D")]
    assert codes[:3] == ["D010", "D005", "D005"]
    assert len(codes) == 8
    assert "D003 note: Column 'row_id' counts the rows. It is left out" in output[start:]


def test_findings_are_data_for_scripts(goodfit_, leaky):
    _, output, _ = goodfit_("fit", leaky, "--target", "y", *LINE, "--json")
    findings = json.loads(output.splitlines()[-1])["findings"]
    assert findings[0] == {
        "code": "D010",
        "severity": "serious",
        "name": "data.target_copy",
        "params": {"column": "copy", "target": "y", "count": 160},
        "reason": findings[0]["text"].split(" It is learnt")[0],
        "done": "It is learnt from all the same, so that the scores say nothing.",
        "advice": "If it is not known when a prediction is wanted, leave it out (setting 'drop').",
        "text": findings[0]["text"],
    }
    _, output, _ = goodfit_("inspect", "leaky.goodfit", "--json")
    assert json.loads(output)["findings"] == findings


def test_a_dry_run_shows_what_is_found_before_the_training(goodfit_, leaky):
    _, output, _ = goodfit_("fit", leaky, "--target", "y", *LINE, "--dry-run")
    assert "D010 serious: Column 'copy'" in output


def test_strict_ends_with_2_before_the_training_and_writes_nothing(goodfit_, leaky, tmp_path):
    code, output, error = goodfit_("fit", leaky, "--target", "y", *LINE, "--strict")
    assert (code, output) == (2, "")
    assert "Setting 'strict' makes errors of warnings (3). D010: " in error
    assert "D005: Column 'account_id'" in error
    assert not list(tmp_path.glob("*.goodfit"))


def test_strict_ends_with_2_after_a_training_that_went_wrong_and_writes_nothing(
    goodfit_, leaky, tmp_path
):
    chosen = ("--drop", "copy", "--drop", "customer_id", "--drop", "account_id", "--strict")
    short = ("--network", "mlp", "--epochs", "6", "--learning-rate", "1e-7")
    code, output, error = goodfit_("fit", leaky, "--target", "y", *chosen, *short)
    assert (code, output) == (2, "")
    assert "T017: The network misses what a straight line finds" in error
    assert "epoch 6/6" in error  # it was trained
    assert not list(tmp_path.glob("*.goodfit"))
    code, _, _ = goodfit_("fit", leaky, "--target", "y", *chosen, *LINE)
    assert code == 0
