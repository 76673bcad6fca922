"""Nothing happens that nobody asked for: no network, no program, no file outside the folder.

Python tells of every file that it opens, every connection and every program that it starts
(audit events); what a library in C does beside it shows in the folders afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tables_made import every_kind, for_task, mixed_table, write_csv

PROGRAM = """
import json, os, sys
told = {"network": [], "programs": [], "written": []}
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod",
           "os.truncate"}
def hook(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        # Sockets are disabled: whoever makes one fails, and is told if it hides the failure.
        told["network"].append(event)
        raise OSError("no network here")
    elif event in {"os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen"}:
        told["programs"].append(f"{event} {args[0]!r}")
    elif event == "open" and isinstance(args[0], (str, bytes)):
        flags = args[2] if isinstance(args[2], int) else 0
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            told["written"].append(os.path.realpath(os.fsdecode(args[0])))
    elif event in CHANGES and isinstance(args[0], (str, bytes)):
        told["written"].append(os.path.realpath(os.fsdecode(args[0])))
sys.addaudithook(hook)
CODE
print(json.dumps(told), file=sys.stderr)
"""
COMMANDS = """
from goodfit.interfaces import cli
codes = [cli.run(command) for command in json.loads(sys.argv[1])]
told["codes"] = codes
"""
LIBRARY = """
import goodfit
table = json.loads(sys.argv[1])
model = goodfit.fit(table, target="price", epochs=2)
goodfit.load(model.save("model.goodfit")).predict(table)
model.evaluate(table)
goodfit.Regressor(epochs=2).fit([[1.0], [2.0], [3.0], [5.0]] * 9, [1.0, 2.0, 3.0, 4.0] * 9)
told["codes"] = [0]
"""


def run(code, given, tmp_path):
    """What a program does: what it told, and the files that there are then by their folder."""
    for name in ("work", "home", "tmp"):
        (tmp_path / name).mkdir(exist_ok=True)
    environment = os.environ | {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
    }
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("CODE", code), json.dumps(given)],
        cwd=tmp_path / "work",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stderr.splitlines()[-1])
    files = {
        name: sorted(
            path.relative_to(tmp_path / name).as_posix()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        )
        for name in ("work", "home", "tmp")
    }
    return told, files


def check_no_surprise(told, files, tmp_path):
    """But for matplotlib, which asks the system for its fonts (fc-list) and caches their names."""
    assert told["network"] == []
    assert [program for program in told["programs"] if "fc-list" not in program] == []
    allowed = tuple(
        f"{os.path.realpath(folder)}{os.sep}"
        for folder in (
            tmp_path / "work",
            tmp_path / "home" / ".cache",
            tmp_path / "home" / ".config",  # where matplotlib looks for a configuration
            tmp_path / "tmp",
        )
    )
    elsewhere = [path for path in told["written"] if not f"{path}{os.sep}".startswith(allowed)]
    assert [path for path in elsewhere if path != os.devnull] == []
    assert files["tmp"] == []  # whatever was there for a while is gone
    assert [path for path in files["home"] if not path.startswith(".cache/")] == []


def test_commands_touch_no_network_and_no_file_but_their_own(tmp_path):
    (tmp_path / "work").mkdir()
    write_csv(every_kind(), tmp_path / "work" / "table.csv")
    commands = [
        ["fit", "table.csv", "--target", "price", "--epochs", "2", "--out", "m.goodfit"],
        ["fit", "table.csv", "--target", "price", "--epochs", "2", "--network", "linear",
         "--from", "m.goodfit", "--out", "n.goodfit", "--dry-run"],
        ["predict", "m.goodfit", "table.csv", "--out", "predicted.csv"],
        ["predict", "m.goodfit", "table.csv", "--out", "predicted.parquet"],
        ["report", "m.goodfit", "table.csv"],
        ["evaluate", "m.goodfit", "table.csv"],
        ["inspect", "m.goodfit", "--history"],
        ["inspect", "m.goodfit", "--privacy", "--json"],
        ["compare", "m.goodfit", "m.goodfit"],
        ["demo", "--epochs", "20", "--out", "demo.goodfit"],
        ["example", "penguins"],
    ]  # fmt: skip
    told, files = run(COMMANDS, commands, tmp_path)
    assert [code for code in told["codes"] if code] == [2]  # the linear network cannot go on
    check_no_surprise(told, files, tmp_path)
    assert files["work"] == [
        "demo.goodfit", "demo.png", "m.goodfit", "m.html", "penguins.csv", "predicted.csv",
        "predicted.parquet", "table.csv",
    ]  # fmt: skip


def test_the_library_touches_no_network_and_no_file_but_its_own(tmp_path):
    told, files = run(LIBRARY, for_task(mixed_table(), "regression"), tmp_path)
    check_no_surprise(told, files, tmp_path)
    assert files["work"] == ["model.goodfit"]


@pytest.mark.parametrize(
    "command",
    [
        ["predict", "m.goodfit", "late.csv", "--out", "p.csv"],
        ["predict", "m.goodfit", "late.csv", "--out", "p.parquet"],
        ["fit", "late.csv", "--target", "price", "--number", "size", "--out", "n.goodfit"],
    ],
    ids=["predictions as text", "predictions as parquet", "fit"],
)
def test_a_command_that_fails_leaves_nothing_behind(tmp_path, command):
    (tmp_path / "work").mkdir()
    table = for_task(mixed_table(), "regression")
    write_csv(table, tmp_path / "work" / "table.csv")
    late = {name: cells * 60 for name, cells in table.items()}
    late["size"] = [*late["size"][:-1], "oops"]
    write_csv(late, tmp_path / "work" / "late.csv")
    fit = ["fit", "table.csv", "--target", "price", "--epochs", "1", "--out", "m.goodfit"]
    fit.append("--no-report")
    told, files = run(COMMANDS, [fit, command], tmp_path)
    assert told["codes"] == [0, 2]
    check_no_surprise(told, files, tmp_path)
    assert files["work"] == ["late.csv", "m.goodfit", "table.csv"]


def test_the_watch_sees_what_it_is_to_see(tmp_path):
    """Else the tests above could not fail."""
    code = """
import pathlib, socket, subprocess
pathlib.Path(sys.argv[1].strip('"')).write_text("x")
subprocess.run(["true"])
try:
    socket.socket()
except OSError:
    pass
try:
    socket.getaddrinfo("localhost", 80)
except OSError:
    pass
"""
    outside = tmp_path / "outside.txt"
    told, _ = run(code, str(outside), tmp_path)
    assert told["written"] == [os.path.realpath(outside)]
    assert told["programs"]
    assert {"socket.__new__", "socket.getaddrinfo"} == set(told["network"])
    with pytest.raises(AssertionError):
        check_no_surprise(told | {"network": [], "programs": []}, {"tmp": [], "home": []}, tmp_path)
