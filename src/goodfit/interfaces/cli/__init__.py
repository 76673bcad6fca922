"""The command line: ``goodfit COMMAND …``."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goodfit import __version__
from goodfit.core.errors import GoodfitError
from goodfit.core.words import say, speaking
from goodfit.interfaces.cli import languages, spoken
from goodfit.interfaces.cli.compare import compare_command
from goodfit.interfaces.cli.concepts import concepts_command
from goodfit.interfaces.cli.demo import demo_command
from goodfit.interfaces.cli.evaluate import evaluate_command
from goodfit.interfaces.cli.example import example_command
from goodfit.interfaces.cli.fit import fit_command
from goodfit.interfaces.cli.inspect import inspect_command
from goodfit.interfaces.cli.output import reading_on
from goodfit.interfaces.cli.plot import plot_command
from goodfit.interfaces.cli.predict import predict_command
from goodfit.interfaces.cli.progress import live
from goodfit.interfaces.cli.report import report_command
from goodfit.interfaces.cli.script import script_command
from goodfit.interfaces.cli.usage import complaint

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["main", "run"]

USER_ERROR = 2
INTERRUPTED = 130
# What a shell says of a program whose reader went away (128 + SIGPIPE).
READER_GONE = 141


commands = spoken.Group(
    "goodfit",
    help="cli.help",
    epilog="cli.help_epilog",
    context_settings={"help_option_names": ["-h", "--help"]},
    commands=[
        fit_command,
        predict_command,
        evaluate_command,
        inspect_command,
        plot_command,
        report_command,
        compare_command,
        script_command,
        demo_command,
        example_command,
        concepts_command,
    ],
)
click.version_option(
    __version__,
    "--version",
    message="goodfit %(version)s",
    cls=spoken.Option,
    help="cli.help_version",
)(commands)
for _command in (commands, *commands.commands.values()):
    _command.params.append(languages.option())


def main() -> None:
    """Run the command line and leave with its exit code (the ``goodfit`` program)."""
    # Python has no such stream where the shell closed it (>&-).
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 (open to the end)
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A column's name that the terminal cannot show must not end the program.
            stream.reconfigure(errors="backslashreplace")
    sys.meta_path.insert(0, _WithoutPandas())
    # Threads that wait for each other sleep and do not spin: where another program has one of the
    # cores, a fit of 7 CPU seconds took 120 of them and five minutes (LOG.md, 2026-11-25).
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.exit(run(sys.argv[1:]))


class _WithoutPandas(MetaPathFinder, Loader):
    """Hides pandas, which pyarrow loads merely to ask whether a value is a DataFrame.

    That would cost more than most fits, and a command reads files: it never meets one.
    """

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Called by Python for every module that is not loaded yet."""
        # Not refused before it is loaded: PyTorch's optimizers only ask whether there is one.
        return ModuleSpec(name, self) if name == "pandas" else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Called by Python to load it."""
        raise ModuleNotFoundError(name=spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Never called."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; what its user can mend is said in a sentence, without traceback.

    Returns:
        0 done, 2 the user can mend it, 130 interrupted.
    """
    try:
        with speaking(languages.chosen(languages.asked(arguments))):
            return _run_spoken(arguments)
    except GoodfitError as error:  # a language that there is not
        return _complain(str(error))


def _run_spoken(arguments: Sequence[str]) -> int:
    try:
        return _run(arguments)
    except GoodfitError as error:
        sentences = (str(error), *getattr(error, "__notes__", ()), reading_on(error.code))
        return _complain(*filter(None, sentences))
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 0
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        usage = [context.get_usage(), ""] if isinstance(context, click.Context) else []
        print(*usage, sep="\n", end="", file=sys.stderr)
        return _complain(*complaint(error))
    except (KeyboardInterrupt, click.Abort) as error:
        live("")
        # click makes an error of its own of Ctrl-C.
        notes = getattr(error.__cause__ or error, "__notes__", ())
        print("\n" + say("cli.aborted", {}), *notes, file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _close_output()
        return READER_GONE
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        _close_output()
        return _complain(say("cli.output_full", {"reason": error.strerror}))


def _run(arguments: Sequence[str]) -> int:
    code = int(commands.main(list(arguments), "goodfit", standalone_mode=False) or 0)
    sys.stdout.flush()  # a full disk is met here, not when Python ends
    return code


def _close_output() -> None:
    """Lead the output nowhere, or Python would complain once more when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(*sentences: str) -> int:
    live("")
    print("goodfit:", *sentences, file=sys.stderr)
    return USER_ERROR
