"""Install a wheel alone in an empty environment, and use it there from an empty folder.

    python tests/wheel_alone.py dist/goodfit-0.1.0-py3-none-any.whl

What the package needs must stand in its dependencies, and what it reads must lie in the
wheel: neither the source tree nor an extra is there to help. Run by ``make wheel-test``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
USE = """
import goodfit
model = goodfit.load("houses.goodfit")
assert "site-packages" in goodfit.__file__, goodfit.__file__
print(model.predict({"size": [50.0], "place": ["town"]}))
"""
# What would lead Python to another environment than the new one.
PRIVATE = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def main(wheel: Path) -> None:
    """Make the environment, install, use."""
    with tempfile.TemporaryDirectory(prefix="goodfit-wheel-") as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        programs = folder / "venv" / "bin"
        work = folder / "work"
        work.mkdir()

        def run(*command: str) -> str:
            environment = {key: text for key, text in os.environ.items() if key not in PRIVATE}
            done = subprocess.run(
                [programs / command[0], *command[1:]],
                cwd=work,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            if done.returncode:
                sys.exit(f"wheel alone: {' '.join(command)} ended with {done.returncode}")
            return done.stdout

        # Compiling all of PyTorch to bytecode would take longer than using it.
        quiet = ("--quiet", "--no-compile", "--disable-pip-version-check")
        run("python", "-m", "pip", "install", *quiet, "-c", str(CONSTRAINTS), str(wheel.resolve()))
        run("goodfit", "--help")
        lines = run("goodfit", "demo", "--json", "--epochs", "3").splitlines()
        assert "slope" in json.loads(lines[-1]), lines[-1]
        rows = (f"{size},{place},{3 * size}" for size in range(40, 80) for place in ("town", "sea"))
        (work / "houses.csv").write_text("\n".join(["size,place,price", *rows]), "utf-8")
        fitted = json.loads(run("goodfit", "fit", "houses.csv", "--target", "price", "--json"))
        assert fitted["test"]["r2"] > 0, fitted
        run("goodfit", "predict", "houses.goodfit", "houses.csv", "--out", "predictions.csv")
        assert len((work / "predictions.csv").read_text("utf-8").splitlines()) == 81
        run("python", "-c", USE)
    sys.stdout.write(f"wheel alone: {wheel.name} installs and works\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
