"""The palette: contrast, colour blindness, and the same colours on pages."""

from __future__ import annotations

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest
from matplotlib.figure import Figure

from goodfit.model.plots import style
from goodfit.model.plots.style import PALETTE

#: Linear RGB as someone sees it who lacks one kind of cone wholly (Machado, Oliveira and
#: Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
#: severity 1.0).
BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def linear(color):
    rgb = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(color):
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def lab(rgb):
    """CIE L*a*b* of linear RGB under D65."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colors_stand_out_from_their_ground(ground):
    card = luminance(getattr(PALETTE["card"], ground))
    for name, pair in PALETTE.items():
        if name not in {"card", "line"}:
            light, dark = sorted([luminance(getattr(pair, ground)), card], reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_training_validation_and_test_differ_for_everyone(ground, blindness):
    names = ("training", "validation", "third")
    seen = [lab(np.array(BLINDNESS[blindness]) @ linear(getattr(PALETTE[n], ground)))
            for n in names]  # fmt: skip
    for one, other in itertools.combinations(seen[:2] if blindness != "tritan" else seen, 2):
        assert np.linalg.norm(one - other) > 20


def test_lines_of_the_parts_differ_without_color():
    lines = [str(line["linestyle"]) for line in style.PART_LINES.values()]
    assert len(set(lines)) == len(lines)


def test_pages_have_the_same_colors():
    css = (files("goodfit.interfaces.pages") / "style.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in css.split(":root {")[1:3]
    )
    for name, pair in PALETTE.items():
        for found, color in ((light, pair.light), (dark, pair.dark)):
            full = found[name]
            full = "#" + "".join(2 * letter for letter in full[1:]) if len(full) == 4 else full
            assert full == color, name


def test_a_legend_is_no_wider_than_its_axes():
    figure = Figure(figsize=(4, 3))
    axes = figure.add_axes((0.2, 0.2, 0.7, 0.5))
    for place in range(5):
        axes.plot([0, 1], [0, place], label=f"a fairly long name {place}")
    legend = style.legend(axes)
    figure.draw_without_rendering()
    assert legend.get_window_extent().width <= axes.get_window_extent().width * 1.1
