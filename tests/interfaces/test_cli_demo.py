"""The smallest case: fifteen points, one line, and the lesson in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import goodfit
from goodfit.core.words import catalog
from goodfit.interfaces import cli
from goodfit.interfaces.cli.demo import PRESET
from goodfit.interfaces.typed import as_options

TABLE = Path(goodfit.__file__).parent / "data" / "tables" / "linear15.csv"
X, Y = np.loadtxt(TABLE, delimiter=",", skiprows=1).T


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def demo(capsys):
    """Run the demo: its exit code, standard output and standard error."""

    def run(*arguments):
        code = cli.run(["demo", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def plain_losses(epochs=100, rate=0.01, seed=1):
    """Losses of a plain PyTorch loop, each before its step, and the line it ends with."""
    torch.manual_seed(seed)
    model = torch.nn.Linear(1, 1)
    x, y = (torch.tensor(values, dtype=torch.float32).view(-1, 1) for values in (X, Y))
    losses = []
    for _ in range(epochs):
        loss = torch.nn.functional.mse_loss(model(x), y)
        model.zero_grad()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.sub_(rate * parameter.grad)
    return losses, model.weight.item(), model.bias.item()


def here(folder="."):
    """Names of the files in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def said(text):
    """A text without its line breaks."""
    return " ".join(text.split())


def test_each_epoch_is_that_of_a_plain_loop(demo):
    code, out, _ = demo()
    assert code == 0
    losses, slope, intercept = plain_losses()
    lines = [f"[{n}/100] loss:{loss:.4f}" for n, loss in enumerate(losses, 1)]
    assert out.splitlines()[:100] == lines
    found = goodfit.load("linear15.goodfit").coefficients()
    assert found["x"] == pytest.approx(slope, rel=1e-5)
    assert found["intercept"] == pytest.approx(intercept, rel=1e-5)


def test_the_lesson_is_told_with_figures_of_this_table(demo):
    out = demo()[1]
    text = said(out.split("[100/100]")[1])
    for figure in ("0.25999", "0.74767", "0.16892", "0.28193", "0.0231", "270 epochs", "67 %"):
        assert figure in text, figure
    for command in (
        "goodfit demo --epochs 1400",
        "goodfit demo --preprocessing standardize --learning-rate 0.1",
        "goodfit demo --optimizer exact",
    ):
        assert command in text
    assert len(out.splitlines()) <= 100 + 24
    assert max(len(line) for line in out.splitlines()) <= 80


@pytest.mark.parametrize("seed", ["1", "7"])
def test_every_command_that_the_lesson_proposes_keeps_its_word(demo, seed):
    """Each brings the error to within a thousandth of the least."""
    out = demo("--seed", seed)[1]
    proposed = re.findall(r"goodfit demo (--.*)", out)
    assert len(proposed) == 3
    for arguments in proposed:
        *_, last = demo(*arguments.split(), "--json")[1].splitlines()
        assert json.loads(last)["loss"] < 1.001 * 0.168915256


def test_json_is_one_object_a_line(demo):
    code, out, err = demo("--json", "--epochs", "5")
    first, *epochs, last = (json.loads(line) for line in out.splitlines())
    assert (code, err) == (0, "")
    torch.manual_seed(1)
    start = torch.nn.Linear(1, 1)
    assert first == {
        "slope": pytest.approx(start.weight.item()),
        "intercept": pytest.approx(start.bias.item()),
    }
    losses, _, _ = plain_losses(6)
    assert epochs == [{"epoch": n, "loss": pytest.approx(losses[n - 1])} for n in range(1, 6)]
    assert set(last) == {"slope", "intercept", "loss"}
    assert last["loss"] == pytest.approx(losses[5])
    assert Path("linear15.goodfit").exists()
    assert Path("linear15.png").exists()


def test_it_is_a_preset_of_fit(demo):
    """`goodfit fit` with the preset spelled out writes the same file."""
    demo("--quiet")
    fit = ["fit", str(TABLE), "--target", "y", "--out", "fit.goodfit", *as_options(PRESET)]
    assert cli.run(fit) == 0
    assert Path("fit.goodfit").read_bytes() == Path("linear15.goodfit").read_bytes()


def test_a_diverging_rate_stops_with_its_reason(demo):
    code, out, err = demo("--learning-rate", "0.03")
    assert code == 2
    lines = out.splitlines()
    assert 80 < len(lines) < 100
    assert all(np.isfinite(float(line.partition("loss:")[2])) for line in lines)
    assert err.startswith("goodfit: ")
    assert "0.03" in err
    assert "0.0231" in err
    assert here() == []


def test_a_rate_that_diverges_slowly_is_called_so(demo):
    out = demo("--learning-rate", "0.024")[1]
    assert "every epoch leads further away" in said(out)
    assert "goodfit demo --epochs" not in out


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (["--optimizer", "exact"], ["cli.demo_solved"]),
        (["--learning-rate", "0.1", "--preprocessing", "standardize"], ["cli.demo_reached"]),
        (["--epochs", "2000"], ["cli.demo_reached"]),
    ],
    ids=str,
)
def test_what_reached_the_best_line_says_so_and_proposes_nothing(demo, arguments, codes):
    code, out, _ = demo(*arguments)
    assert code == 0
    for name in codes:
        assert catalog()[name] in said(out)
    assert "goodfit demo" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--optimizer", "adam"],
        ["--momentum", "0.5"],
        ["--batch-size", "5"],
        ["--loss", "mae"],
        ["--l2", "0.1"],
        ["--schedule", "cosine"],
        ["--seed", "7"],
        ["--split", "6:2:2"],
    ],
    ids=str,
)
def test_what_is_foreseen_only_for_plain_descent_is_not_said_of_others(demo, arguments):
    code, out, _ = demo(*arguments, "--epochs", "20")
    assert code == 0
    assert "goodfit demo --optimizer exact" in out
    assert ("halves every" in said(out)) == (arguments == ["--seed", "7"])


def test_a_curve_has_no_slope(demo):
    arguments = ["--network", "mlp", "--widths", "8", "--optimizer", "adam"]
    code, out, _ = demo(*arguments)
    assert code == 0
    assert "curve" in out
    first, *_, last = (json.loads(line) for line in demo(*arguments, "--json")[1].splitlines())
    assert first == {"slope": None, "intercept": None}
    assert (last["slope"], last["intercept"]) == (None, None)
    assert last["loss"] > 0


def test_out_moves_the_model_and_its_picture(demo):
    Path("folder").mkdir()
    demo("--out", "folder/line.goodfit", "--quiet")
    assert here("folder") == ["line.goodfit", "line.png"]
    assert here() == ["folder"]


def test_the_picture_is_a_picture(demo):
    """Red dots, a blue line; drawing leaves nothing of matplotlib's global state behind."""
    from matplotlib.image import imread

    demo("--quiet")
    pixels = imread("linear15.png")[..., :3].reshape(-1, 3)
    assert (pixels == [1, 0, 0]).all(axis=1).sum() > 500
    assert (pixels == [0, 0, 1]).all(axis=1).sum() > 500


def test_the_whole_process_loads_nothing_needless():
    """What PyTorch and matplotlib load beyond need costs more than the fit itself."""
    needless = [
        "matplotlib.pyplot",
        "pandas",
        "scipy",
        "sklearn",
        "sympy",
        "torch._dynamo",
        "torch._inductor",
    ]
    code = f"""
import sys
from goodfit.interfaces.cli import main
sys.argv = ["goodfit", "demo", "--quiet"]
try:
    main()
except SystemExit as end:
    assert end.code == 0
print([name for name in {needless} if sys.modules.get(name)], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
