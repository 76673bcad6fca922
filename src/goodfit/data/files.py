"""Files given as a table: found, uncompressed while they are read, known by their content."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import glob
import io
import lzma
import os
import re
import shutil
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyarrow as pa

from goodfit.core.errors import GoodfitError

Compression = Literal["gzip", "bz2", "zstd", "lz4", "xz", "zip"]

STANDARD_INPUT = "-"
#: What a shell names a pipe that it opened itself: its writer is there.
OPENED_PIPE = re.compile(r"/dev/(stdin|fd/\d+)|/proc/self/fd/\d+")
# Enough to know what a file is; a tar's mark stands at byte 257.
HEAD_BYTES = 4096
BLOCK_BYTES = 1 << 20
COMPRESSIONS: Mapping[bytes, Compression] = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"\xfd7zXZ\0": "xz",
}
ZIP = b"PK\x03\x04"
# What Python says of an archive whose bytes ask for a method or version that there is not.
BROKEN_ZIP = (zipfile.BadZipFile, NotImplementedError, struct.error, UnicodeDecodeError)
#: What files begin with that are often taken for tables, and their word (``data.foreign_*``).
FOREIGN: Mapping[bytes, str] = {
    b"\x89HDF": "hdf5",
    b"%PDF": "pdf",
    b"\x80\x04\x95": "pickle",
    b"\x93NUMPY": "numpy",
    b"FEA1": "feather",
    b"ORC": "orc",
    b"Obj\x01": "avro",
    b"7z\xbc\xaf\x27\x1c": "archive",
    b"Rar!": "archive",
    b"<!DOCTYPE": "markup",
    b"<!doctype": "markup",
    b"<html": "markup",
    b"<?xml": "markup",
}
TAR_MARK = slice(257, 262)
#: Endings of files that a folder's parts may have.
PART_SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".parquet", ".pq", ".jsonl", ".ndjson", ".json"}
    | {".arrow", ".feather", ".ipc"}
)
_COMPRESSED_SUFFIXES = frozenset({".gz", ".bz2", ".zst", ".lz4", ".xz", ".zip"})


@dataclass(frozen=True)
class File:
    """A file that holds a table.

    Args:
        path: where its bytes are.
        name: how messages call it.
        compression: how its bytes are packed; None if they are plain.
    """

    path: Path
    name: str
    compression: Compression | None = None

    @property
    def suffix(self) -> str:
        """The ending of its name in lower case, without that of a compression."""
        name = Path(self.name)
        if name.suffix.lower() in _COMPRESSED_SUFFIXES:
            name = Path(name.stem)
        return name.suffix.lower()

    def open(self) -> BinaryIO:
        """Its bytes from the beginning, uncompressed piece by piece."""
        if self.compression is None:
            return self.path.open("rb")
        if self.compression == "xz":
            return io.BufferedReader(lzma.open(self.path))  # pyright: ignore[reportArgumentType]
        if self.compression == "zip":
            archive = zipfile.ZipFile(self.path)
            return io.BufferedReader(archive.open(archive.infolist()[0]))  # pyright: ignore[reportArgumentType]
        return io.BufferedReader(self.arrow())

    def arrow(self) -> pa.NativeFile:
        """The same for pyarrow."""
        if self.compression is None:
            return pa.OSFile(str(self.path))
        if self.compression in {"xz", "zip"}:
            return pa.PythonFile(self.open(), mode="r")
        return pa.CompressedInputStream(pa.OSFile(str(self.path)), self.compression)

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """Its first bytes, uncompressed."""
        blocks: list[bytes] = []
        with self.open() as file:
            while size and (block := file.read(min(size, BLOCK_BYTES))):
                blocks.append(block)
                size -= len(block)
        return b"".join(blocks)

    def tail(self, size: int) -> bytes:
        """Its last bytes, uncompressed."""
        with self.open() as file:
            if self.compression is None:
                file.seek(-min(self.path.stat().st_size, size), os.SEEK_END)
                return file.read()
            last = b""
            while block := file.read(BLOCK_BYTES):
                last = (last + block)[-size:]
            return last


@contextmanager
def opened_files(source: Any) -> Generator[tuple[File, ...]]:
    """The files that are meant by a path, a pattern, a folder of parts, or several of them.

    Args:
        source: ``-`` is the standard input, which is kept in a temporary file meanwhile, as
            is an open file.

    Raises:
        GoodfitError: if there is no such file, or one holds no table for sure.
    """
    with ExitStack() as stack:
        given = source if isinstance(source, (list, tuple)) else [source]
        if sum(_is_standard_input(item) for item in given) > 1:
            raise GoodfitError("data.file_twice", file="<stdin>")
        files = tuple(file for item in given for file in _files(item, stack))
        _check_once(files)
        yield files


def _check_once(files: Sequence[File]) -> None:
    """Refuse a file that is given twice: its rows would be learnt from and judged by."""
    seen: dict[Path, str] = {}
    for file in files:
        path = file.path.resolve()
        if path in seen:
            raise GoodfitError("data.file_twice", file=file.name)
        seen[path] = file.name


@contextmanager
def guarded(file: File) -> Generator[None]:
    """Say what befell a file while it was read."""
    try:
        yield
    except FileNotFoundError as error:
        raise GoodfitError("data.file_missing", path=file.path) from error
    except (OSError, EOFError, lzma.LZMAError, zlib.error, *BROKEN_ZIP) as error:
        if file.compression is None:
            raise unreadable(file.path, error) from error
        raise damaged(file, file.compression, error) from error


def damaged(file: File, form: str, error: Exception) -> GoodfitError:
    """The error for a file that cannot be read as what it begins as."""
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return GoodfitError("data.file_damaged", file=file.name, format=form, reason=reason)


def unreadable(path: Path, error: Exception) -> GoodfitError:
    """The error for a file that cannot be opened."""
    return GoodfitError("data.file_unreadable", path=path, reason=str(error))


def _files(item: Any, stack: ExitStack) -> list[File]:
    if hasattr(item, "read"):
        return [_kept(item, "<file>", stack)]
    if _is_standard_input(item):
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] (closed by the shell)
            raise GoodfitError("data.input_closed")
        return [_kept(sys.stdin.buffer, "<stdin>", stack)]
    try:
        paths = _paths(item)
        return [_file(path, stack) for path in paths]
    except (OSError, ValueError) as error:
        if isinstance(error, GoodfitError):
            raise
        raise unreadable(Path(item), error) from error


def _is_standard_input(item: Any) -> bool:
    return isinstance(item, (str, Path)) and str(item) == STANDARD_INPUT


def _paths(item: str | Path) -> list[Path]:
    """The paths that one path, folder or pattern stands for."""
    path = Path(item)
    str(path).encode()
    if path.is_dir():
        return _parts(path)
    pattern = str(item)
    if path.exists() or not glob.has_magic(pattern):
        return [path]
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 (of any root)
    files = [path for path in found if path.is_file()]
    if not files:
        raise GoodfitError("data.pattern_empty", pattern=pattern)
    return files


def _parts(folder: Path) -> list[Path]:
    """The files of a folder that holds one table in parts, and nothing else."""
    shown = sorted(path for path in folder.iterdir() if path.name[:1] not in {".", "_"})
    endings = {File(path, path.name).suffix for path in shown}
    within = [path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    if not shown or len(endings) != 1 or not endings <= PART_SUFFIXES or within:
        raise GoodfitError("data.is_directory", path=folder)
    return shown


def _file(path: Path, stack: ExitStack) -> File:
    try:
        path.stat()
    except FileNotFoundError as error:
        raise GoodfitError("data.file_missing", path=path) from error
    if OPENED_PIPE.fullmatch(str(path)) and not path.is_file():
        with path.open("rb") as pipe:
            return _kept(pipe, str(path), stack)
    if not path.is_file():
        raise GoodfitError("data.not_a_file", path=path)
    return _known(File(path, path.name))


def _kept(stream: Any, name: str, stack: ExitStack) -> File:
    """What a stream holds, in a temporary file: a table is looked at before it is read."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="goodfit-"))
    path = Path(folder) / "table"
    try:
        with path.open("wb") as file:
            if isinstance(stream, io.TextIOBase):
                stream = io.BytesIO(stream.read().encode())
            shutil.copyfileobj(stream, file)
    except (OSError, ValueError) as error:
        raise unreadable(Path(name), error) from error
    return _known(File(path, name))


def _known(file: File) -> File:
    """The same file with its compression; one that surely holds no table is refused."""
    with guarded(file):
        head = file.head()
    if not head:
        raise GoodfitError("data.file_empty", file=file.name)
    packed: Compression | None
    packed = next((kind for mark, kind in COMPRESSIONS.items() if head.startswith(mark)), None)
    if head.startswith(ZIP) and not is_workbook(file):
        packed = _checked_archive(file)
    if packed:
        file = File(file.path, file.name, packed)
        with guarded(file):
            head = file.head()
        if not head:
            raise GoodfitError("data.file_empty", file=file.name)
    _refuse_foreign(head, file)
    return file


def _refuse_foreign(head: bytes, file: File) -> None:
    if head[TAR_MARK] == b"ustar":
        raise GoodfitError("data.foreign_archive", file=file.name)
    for mark, word in FOREIGN.items():
        if head.startswith(mark):
            raise GoodfitError(f"data.foreign_{word}", file=file.name)


def _checked_archive(file: File) -> Compression:
    """A ZIP archive is a compressed file if it holds a single one."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            members = archive.infolist()
    except (*BROKEN_ZIP, OSError, ValueError) as error:
        raise damaged(file, "ZIP", error) from error
    if len(members) != 1 or members[0].filename.endswith("/"):  # it may have no name at all
        names = [member.filename for member in members]
        raise GoodfitError("data.archive_of_several", file=file.name, members=names)
    if members[0].flag_bits & 1:
        raise GoodfitError("data.file_locked", file=file.name)
    return "zip"


def is_workbook(file: File) -> bool:
    """Whether a file is a workbook of Excel or OpenDocument, by its content."""
    head = file.head(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return True
    if not head.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = set(archive.namelist())
    except (*BROKEN_ZIP, OSError, ValueError):
        return file.suffix in {".xlsx", ".xlsm", ".xlsb", ".ods"}
    return bool({"[Content_Types].xml", "content.xml"} & names)
