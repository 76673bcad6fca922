"""Files that are hostile, damaged, endless, or gone."""

from __future__ import annotations

import gzip
import lzma
import random
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import make_settings
from goodfit.data import read as reading
from goodfit.data.formats import format_of
from goodfit.data.read import read_chunks, read_table
from helpers import check_sentence, raises, sample


def read(path, **how):
    return read_table(path, settings=make_settings(**how))[0]


def drain(path, **how):
    for _ in read_chunks(path, settings=make_settings(**how)):
        pass


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_bomb_of_zeros_is_refused(tmp_path, pack):
    (tmp_path / "t.csv").write_bytes(pack(bytes(1 << 26)))
    with raises("data.encoding_not_found"):
        drain(tmp_path / "t.csv")


def test_a_bomb_of_one_endless_line_is_refused(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a," * (1 << 25), 1))
    with raises("data.row_long"):
        drain(tmp_path / "t.csv.gz")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems measure memory otherwise")
def test_a_bomb_of_rows_goes_through_in_little_memory(tmp_path):
    """160 MB of rows, about 400 MB as a whole; 76 MB is what Python takes with pyarrow."""
    path = tmp_path / "t.csv.gz"
    line = b"1.25,abcdefgh\n"
    path.write_bytes(gzip.compress(b"x,y\n") + gzip.compress(line * 280_000, 1) * 40)
    code = f"""
import re
from pathlib import Path
from goodfit.core.settings import make_settings
from goodfit.data.read import read_chunks
how = make_settings(encoding="utf-8")
n = sum(chunk.n_rows for chunk in read_chunks({str(path)!r}, settings=how))
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(n, int(peak) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n_rows, megabytes = map(int, done.stdout.split())
    assert n_rows == 11_200_000
    assert megabytes < 330


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.db"])
def test_a_file_that_vanishes_is_said_to_be_missing(tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.write_bytes(
        {"t.csv": b"a,b\n1,2\n", "t.jsonl": b'{"a": 1}\n'}.get(name, b"SQLite format 3\0")
    )

    def and_gone(place, **how):
        found = format_of(place, **how)
        path.unlink()
        return found

    monkeypatch.setattr(reading, "format_of", and_gone)
    code = "data.database_failed" if name == "t.db" else "data.file_missing"
    with raises(code):
        read(path)


@pytest.mark.parametrize("content", [b"a,b\n1,\0\n", b"a\0,b\n1,2\n" * 40])
def test_zero_bytes_are_no_text(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with raises("data.encoding_not_found"):
        read(tmp_path / "t.csv")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")

    def closed(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    with raises("data.file_unreadable", path=tmp_path / "t.csv"):
        read(tmp_path / "t.csv")


def test_an_archive_writes_nowhere(tmp_path):
    """Its members are read by their place, whatever path they claim."""
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("../../evil.csv", "a,b\n1,2\n")
    assert list(read(tmp_path / "t.zip").columns) == ["a", "b"]
    assert [path.name for path in tmp_path.iterdir()] == ["t.zip"]


def test_a_workbook_whose_entities_explode(tmp_path):
    each = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'<!DOCTYPE b [<!ENTITY a0 "aaaaaaaaaa">{each}]><workbook>&a11;</workbook>'
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", bomb)
        archive.writestr("xl/_rels/workbook.xml.rels", "<Relationships/>")
    with raises("data.file_damaged", format="Excel"):
        read(tmp_path / "t.xlsx")


def test_a_row_nested_without_end(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"x": ' * 50_000)
    with raises("data.json_invalid"):
        read(path)
    path.write_text('[{"x": ' * 50_000)
    with raises("data.json_invalid"):
        read(path)


BEGINNINGS = [
    b"a,b\n1,2\n", b'{"a": 1}\n', b'[{"a": 1}, ', b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff",
    b"SQLite format 3\0", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0", b"\x04\x22\x4d\x18", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"",
]  # fmt: skip


@settings(max_examples=sample(150, whole=50_000), deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_read_or_a_sentence_says_why_not(tmp_path, beginning, rest):
    path = tmp_path / "file"
    path.write_bytes(beginning + rest)
    for attempt in (read, drain):
        try:
            attempt(path)
        except GoodfitError as error:
            check_sentence(error.params, str(error))
    path.unlink()


def test_an_archive_of_an_unknown_method_is_damaged(tmp_path):
    """As bits that turned may claim; found among damaged files."""
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", "a,b\n1,2\n")
    content = (tmp_path / "t.zip").read_bytes()
    method = content.index(b"PK\x01\x02") + 10
    (tmp_path / "t.zip").write_bytes(content[:method] + b"\x63" + content[method + 1 :])
    for attempt in (read, drain):
        with raises("data.file_damaged", format="zip"):
            attempt(tmp_path / "t.zip")


def test_an_archive_s_member_needs_no_name(tmp_path):
    """Found among damaged files."""
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), "a,b\n1,2\n")
    assert list(read(tmp_path / "t.zip").columns) == ["a", "b"]


def test_names_in_no_encoding_are_damaged(tmp_path):
    """Found among damaged files, as are all of this kind."""
    feather.write_feather(pa.table({"abcdefgh": [1, 2]}), tmp_path / "t.arrow", "uncompressed")
    with closing(sqlite3.connect(tmp_path / "t.db")) as database:
        database.execute("create table t (abcdefgh int, y int)")
        database.execute("insert into t values (1, 2)")
        database.commit()
    for name, form in {"t.arrow": "Arrow", "t.db": "SQLite"}.items():
        path = tmp_path / name
        path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abc\xffefgh"))
        for attempt in (read, drain):
            with raises("data.file_damaged", format=form):
                attempt(path)


def test_a_workbook_s_part_with_a_name_in_no_encoding_is_damaged(tmp_path):
    """Found among damaged files: the archive's list says UTF-8 and is none."""
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/größe.xml", "<a/>")
    path.write_bytes(path.read_bytes().replace("ö".encode(), b"\xff\xf9"))
    for attempt in (read, drain):
        with raises("data.file_damaged", format="Excel"):
            attempt(path)


def written(folder):
    """A table in every format that is read, as small files."""
    frame = pd.DataFrame({"x": [1.5, 2.5, None], "c": ["a", "é", None], "n": [1, 2, 3]})
    frame.to_csv(folder / "t.csv", index=False)
    frame.to_csv(folder / "t16.csv", index=False, encoding="utf-16")
    frame.to_json(folder / "t.jsonl", orient="records", lines=True)
    frame.to_json(folder / "t.json", orient="records")
    frame.to_parquet(folder / "t.parquet", compression="snappy")
    frame.to_feather(folder / "t.arrow")
    frame.to_excel(folder / "t.xlsx", index=False)
    with closing(sqlite3.connect(folder / "t.db")) as database:
        frame.to_sql("t", database, index=False)
    plain = (folder / "t.csv").read_bytes()
    (folder / "t.csv.gz").write_bytes(gzip.compress(plain))
    (folder / "t.csv.xz").write_bytes(lzma.compress(plain))
    with zipfile.ZipFile(folder / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", plain)
    return sorted(folder.iterdir())


def damaged(content, chance):
    """The same with bits turned, a piece gone, doubled or put elsewhere, or cut off."""
    found = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8])):
        place, other = (chance.randrange(len(found) + 1) for _ in "ab")
        n_bytes = chance.choice([1, 1, 2, 4, 8, 64])
        match chance.randrange(6):
            case 0:
                del found[place:]
            case 1:
                del found[place : place + n_bytes]
            case 2:
                found[place:place] = found[other : other + n_bytes]
            case 3:
                found[place : place + n_bytes] = chance.randbytes(n_bytes)
            case 4:
                numbers = [b"\xff" * n_bytes, bytes(n_bytes), b"\x7f" * n_bytes]
                found[place : place + n_bytes] = chance.choice(numbers)
            case _ if found:
                found[place % len(found)] ^= 1 << chance.randrange(8)
    return bytes(found)


@pytest.mark.slow
def test_damaged_files_of_every_format_are_read_or_refused(tmp_path, record_property):
    """In quick time and little memory, whatever lengths they claim."""
    files, chance = written(tmp_path), random.Random(0)
    n_each = sample(25, whole=4_000)
    for file in files:
        content = file.read_bytes()
        for number in range(n_each):
            file.write_bytes(damaged(content, chance))
            for attempt in (read, drain):
                try:
                    attempt(file)
                except GoodfitError as error:
                    check_sentence(error.params, str(error))
                except Exception as error:
                    kept = Path(tempfile.gettempdir()) / f"damaged-{number}-{file.name}"
                    kept.write_bytes(file.read_bytes())
                    raise AssertionError(f"{kept} is no error of ours") from error
    record_property("damaged tables read", len(files) * n_each)
