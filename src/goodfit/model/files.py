"""Files that appear under their name only once they are whole."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed anyway
    fcntl = None

#: The ending of a file that is being written.
PART = ".part"
# What a full disk, a quota and a limit of the shell say.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


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
        if is_special(path):
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


@contextmanager
def alone(path: str | Path) -> Generator[None]:
    """Be the only process that works on this file while the block runs.

    It holds a lock on a hidden file beside it, which the system lets go of when a process is
    killed; where a file system knows no locks, nothing is held.

    Raises:
        GoodfitError: if another process is at work on it, or the place cannot be written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model.goodfit"
    >>> with alone(path):
    ...     with alone(path):
    ...         pass
    Traceback (most recent call last):
    goodfit.core.errors.GoodfitError: ...
    """
    path = Path(os.path.realpath(path))
    lock = path.with_name(f".{path.name}.lock")
    try:
        handle = _locked(lock)
    except OSError as error:
        raise _cannot_write(path, error) from error
    if handle is None:
        raise GoodfitError("model.file_in_use", path=path)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)  # while it is held: nobody else has it
        os.close(handle)


def remove_leftovers(path: str | Path) -> None:
    """Remove what a killed process left behind that was writing this file."""
    path = Path(os.path.realpath(path))
    for part in path.parent.glob(f".{_plain(path.name)}.*{PART}"):
        with suppress(OSError):
            handle = os.open(part, os.O_RDWR)
            try:
                if _lock(handle):  # else somebody is writing it
                    part.unlink()
            finally:
                os.close(handle)


def _plain(name: str) -> str:
    """A name as a pattern that means itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _locked(lock: Path) -> int | None:
    """A lock file, open and held; None if another process holds it."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(handle):
            os.close(handle)
            return None
        # Its holder may have removed it between the two lines.
        if lock.exists() and os.path.samestat(os.fstat(handle), lock.stat()):
            return handle
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock an open file for this process; False if another has."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def check_writable(path: str | Path) -> None:
    """Make sure now that a file can be written there later; nothing is left behind.

    Raises:
        GoodfitError: if the folder is missing or closed, or the name is a folder's.
    """
    path = Path(path)
    try:
        if is_special(path):
            return
        handle, temporary = _temporary(path)
        os.close(handle)
        temporary.unlink()
    except OSError as error:
        raise _cannot_write(path, error) from error


def is_special(path: Path) -> bool:
    """Whether it is a device or a pipe: put in its place, a file would be no device any more."""
    return "\0" not in str(path) and path.exists() and not (path.is_file() or path.is_dir())


def _temporary(path: Path) -> tuple[int, Path]:
    if "\0" in str(path):
        raise OSError(None, say("model.why_null", {}))
    if path.is_dir():
        raise IsADirectoryError(None, say("model.why_folder", {}))
    real = Path(os.path.realpath(path))
    while True:
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=PART)
        # Held while it is written, so that nobody takes it for a leftover; another process
        # may have done so before it was.
        if _lock(handle) and os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)


def _cannot_write(path: Path, error: OSError) -> GoodfitError:
    reason = error.strerror or str(error)
    if error.errno in FULL:
        return GoodfitError("model.disk_full", path=path, reason=reason)
    return GoodfitError("model.cannot_write", path=path, reason=reason)
