"""What the wheel holds. That it works alone is `make wheel-test`, which installs PyTorch again."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest
from source import ROOT, SOURCE

import goodfit


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel):
    ours = {
        f"goodfit/{path.relative_to(SOURCE).as_posix()}"
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == ours
    assert {"goodfit/core/words/en/data.json", "goodfit/py.typed"} <= packed


def test_the_wheel_says_what_it_is(wheel):
    files = {name.partition(".dist-info/")[2]: name for name in wheel.namelist()}
    metadata = wheel.read(files["METADATA"]).decode()
    assert f"\nVersion: {goodfit.__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "goodfit = goodfit.interfaces.cli:main" in wheel.read(files["entry_points.txt"]).decode()
    assert b"Apache License" in wheel.read(files["licenses/LICENSE"])
