"""In which encoding a text file is written."""

from __future__ import annotations

import codecs

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.files import File

BLOCK_BYTES = 1 << 20
# Non-ASCII text that an unknown encoding is guessed from.
GUESS_BYTES = 1 << 16
# The encodings that tables in the wild come in; a wider choice only confuses the guess.
GUESSED_ENCODINGS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "koi8_r",
)  # fmt: skip
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(file: File, asked: str | None) -> tuple[str, tuple[Remark, ...]]:
    """Byte order mark, then strict UTF-8, then a guess, which is said aloud."""
    known = known_encoding(file, asked)
    if known is not None:
        return known, ()
    if _is_utf8(file):
        return "utf-8", ()
    encoding = _guess(file)
    if encoding is None:
        raise GoodfitError("data.encoding_not_found", file=file.name)
    return encoding, (finding("data.encoding_guessed", {"file": file.name, "encoding": encoding}),)


def known_encoding(file: File, asked: str | None) -> str | None:
    """The encoding that was asked for or that a byte order mark states; None without either.

    Raises:
        GoodfitError: if Python knows no such encoding of text.
    """
    if asked is not None:
        try:
            "a".encode(asked)  # Python also knows encodings of bytes as bytes, such as hex
        except (LookupError, ValueError) as error:
            raise GoodfitError("data.encoding_unknown", encoding=asked) from error
        return asked
    head = file.head(4)
    return next((found for mark, found in BYTE_ORDER_MARKS if head.startswith(mark)), None)


def _is_utf8(file: File) -> bool:
    """Whether the whole file is UTF-8 without the zero bytes that UTF-16 or a binary file has."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open() as stream:
        while block := stream.read(BLOCK_BYTES):
            if b"\0" in block:
                return False
            if block.isascii() and not decoder.getstate()[0]:
                continue  # a look several times as quick
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guess(file: File) -> str | None:
    """Encoding that charset-normalizer finds in the lines that are not plain ASCII."""
    from charset_normalizer import from_bytes

    lines, size = [], 0
    with file.open() as stream:
        while line := stream.readline(BLOCK_BYTES):
            if b"\0" in line:
                return _guess_wide(file)
            if not line.isascii():
                lines.append(line)
                size += len(line)
            if size > GUESS_BYTES:
                break
    sample = b"".join(lines)
    best = from_bytes(sample, cp_isolation=list(GUESSED_ENCODINGS)).best()
    if best is None:
        return None
    # Related encodings often say the same of these lines: then the commonest is named.
    return next(e for e in GUESSED_ENCODINGS if sample.decode(e, "replace") == str(best))


def _guess_wide(file: File) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    head = file.head(GUESS_BYTES)
    zeros = [head[place::2].count(0) / max(1, len(head) // 2) for place in (0, 1)]
    if max(zeros) < 0.3 or min(zeros) > 0.05:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def not_in(encoding: str, file: File, error: Exception) -> GoodfitError:
    """The error for a file that is not written in an encoding."""
    return GoodfitError("data.encoding_wrong", file=file.name, encoding=encoding, reason=str(error))
