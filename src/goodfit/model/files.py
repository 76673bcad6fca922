"""Files that appear under their name only once they are whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from goodfit.core.errors import GoodfitError


@contextmanager
def new_file(path: str | Path) -> Generator[BinaryIO]:
    """Open a file that takes its name, or another's place, when the block ends well.

    Whatever ends the block otherwise (an error, Ctrl-C) leaves nothing behind. A link is
    followed; a device or a pipe (``/dev/null``, ``/dev/stdout``) is written to as it is.

    Raises:
        GoodfitError: if the place cannot be written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "words.txt"
    >>> with new_file(path) as file:
    ...     _ = file.write(b"whole")
    ...     path.exists()
    False
    >>> path.read_bytes()
    b'whole'
    """
    path = Path(path)
    try:
        if _is_special(path):
            with path.open("wb") as file:
                yield file
            return
        handle, temporary = _temporary(path)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            # mkstemp gives a file that only its owner may read; a result is as any new file.
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            temporary.replace(os.path.realpath(path))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _cannot_write(path, error) from error


def check_writable(path: str | Path) -> None:
    """Make sure now that a file can be written there later; nothing is left behind.

    Raises:
        GoodfitError: if the folder is missing or closed, or the name is a folder's.
    """
    path = Path(path)
    try:
        if _is_special(path):
            return
        handle, temporary = _temporary(path)
        os.close(handle)
        temporary.unlink()
    except OSError as error:
        raise _cannot_write(path, error) from error


def _is_special(path: Path) -> bool:
    """Whether it is a device or a pipe: put in its place, a file would be no device any more."""
    return "\0" not in str(path) and path.exists() and not (path.is_file() or path.is_dir())


def _temporary(path: Path) -> tuple[int, Path]:
    if "\0" in str(path):
        raise OSError(None, "its name holds a null character")
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    folder = Path(os.path.realpath(path)).parent
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.", suffix=".part")
    return handle, Path(name)


def _cannot_write(path: Path, error: OSError) -> GoodfitError:
    reason = error.strerror or str(error)
    return GoodfitError("model.cannot_write", path=path, reason=reason)
