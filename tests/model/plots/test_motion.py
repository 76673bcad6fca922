"""The moving picture: frames, files, and those who want no motion."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

import goodfit
from goodfit.model.again import divided_again
from goodfit.model.plots import PLOTS
from goodfit.model.plots.figures import write_picture
from goodfit.model.plots.motion import moving_svg
from goodfit.model.plots.registry import numbers_of
from helpers import raises
from plotted import HOSTILE, TARGET

TABLE = {HOSTILE: [float(i) for i in range(12)], TARGET: [2.0 * i + i % 3 for i in range(12)]}


@pytest.fixture(scope="module")
def model():
    return goodfit.fit(TABLE, target=TARGET, network="linear", epochs=5, split="none")


@pytest.fixture(scope="module")
def report(model):
    return numbers_of(model, "animation", divided_again(model, TABLE))


def test_a_gif_has_a_frame_for_each_stage(report, tmp_path):
    written = [
        write_picture(PLOTS["animation"], report, tmp_path / name).read_bytes()
        for name in ("a.gif", "b.gif")
    ]
    assert written[0] == written[1]
    with Image.open(io.BytesIO(written[0])) as image:
        assert image.n_frames == len(report.epoch)
        frames = []
        for place in range(image.n_frames):
            image.seek(place)
            frames.append(image.convert("RGB").tobytes())
    assert len(set(frames)) == len(frames)


def test_the_svg_is_xml_and_moves_without_script(report):
    text = moving_svg(report)
    root = ET.fromstring(text)
    assert text == moving_svg(report)
    assert "<script" not in text
    moves = [element for element in root.iter() if element.tag.endswith("animate")]
    for move in moves:
        values, times = move.get("values").split(";"), move.get("keyTimes").split(";")
        assert len(values) == len(times)
        numbers = [float(time) for time in times]
        assert numbers == sorted(numbers)
        assert numbers[0] == 0
        assert move.get("calcMode") == "discrete" or numbers[-1] == 1
    assert {"d", "cx", "cy", "stroke-dashoffset", "visibility"} == {
        move.get("attributeName") for move in moves
    }
    captions = re.findall(r">(epoch \d+, loss [^<]*)<", text)
    assert captions[:-1] == [
        f"epoch {epoch}, loss {loss:.3g}"
        for epoch, loss in zip(report.epoch, report.losses, strict=True)
    ]
    assert "<style" not in text  # which a page's policy would not let through
    assert "prefers-reduced-motion" in moving_svg(report, alone=True)
    assert captions[-1] == captions[-2]


def test_only_what_moves_is_a_gif(report, model, tmp_path):
    with raises("plots.ending"):
        write_picture(PLOTS["loss"], numbers_of(model, "loss"), tmp_path / "loss.gif")
    path = write_picture(PLOTS["animation"], report, tmp_path / "still.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "<animate" in write_picture(PLOTS["animation"], report, tmp_path / "m.svg").read_text()


def test_the_method_gives_a_figure_and_writes_the_file(model, tmp_path):
    figure = model.plot.animation(TABLE, out=tmp_path / "line.gif")
    assert figure.get_label() == "How the line found its place"
    assert (tmp_path / "line.gif").exists()
