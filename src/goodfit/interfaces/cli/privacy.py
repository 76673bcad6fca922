"""What ``goodfit inspect --privacy`` shows: what of the table a model file holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.core.words import listed, printable, say, together
from goodfit.interfaces.cli.output import paragraph, table
from goodfit.interfaces.phrases import short

if TYPE_CHECKING:
    from goodfit.model.privacy import Contents, Single

# Levels or terms of a column that the text names; --json names all.
SHOWN_WORDS = 200
# Of fewer training rows means and deviations tell of single ones too.
FEW_ROWS = 20


def privacy_json(found: Contents) -> dict[str, Any]:
    """All that was found, every level and term among it."""
    return {
        "bytes": found.n_bytes,
        "training_rows": found.n_training,
        "pieces": {
            piece.name: {"values": piece.n_values, "bytes": piece.n_bytes} for piece in found.pieces
        },
        "of_single_rows": [
            {"column": one.column, "what": one.what, "values": msgspec.to_builtins(one.values)}
            for one in found.singles
        ],
        "classes": found.classes,
        "levels": found.levels,
        "level_rows_at_least": found.least_rows,
        "terms": found.terms,
        "term_rows_at_least": found.least_term_rows,
        "quoting": [remark.text() for remark in found.quoting],
    }


def privacy_lines(found: Contents, *, path: Path) -> list[str]:
    """The same in words."""
    sizes = table(
        [
            ["", "values", "bytes"],
            *([f"  {one.name}", f"{one.n_values:,}", f"{one.n_bytes:,}"] for one in found.pieces),
        ]
    )
    holds = ["", *(_holds(piece.holds, found) for piece in found.pieces)]
    singles = [[f"  {printable(one.column)}", _value(one), _what(one)] for one in found.singles]
    return [
        say("cli.privacy_title", {"path": path, "n_bytes": found.n_bytes}),
        *(f"{size}   {text}".rstrip() for size, text in zip(sizes, holds, strict=True)),
        "",
        *paragraph(say("cli.privacy_no_row", {})),
        "",
        *paragraph(say("cli.privacy_parameters", {})),
        "",
        *([say("cli.privacy_singles_title", {})] if singles else []),
        *(table(singles, left=3) if singles else paragraph(say("cli.privacy_no_singles", {}))),
        *_few_lines(found),
        *_word_lines(found),
        *_quoting_lines(found),
    ]


def _few_lines(found: Contents) -> list[str]:
    """That means of few rows tell of single ones."""
    if found.n_training >= FEW_ROWS:
        return []
    return ["", *paragraph(say("cli.privacy_few_rows", {"n_training": found.n_training}))]


def _holds(code: str, found: Contents) -> str:
    return say(f"cli.privacy_holds_{code}", {"n_training": found.n_training})


def _what(single: Single) -> str:
    return say(f"cli.privacy_{single.what}", {"n_values": len(single.values)})


def _value(single: Single) -> str:
    """One stored value, or from which to which."""
    shown = [
        short(value) if isinstance(value, float) else str(value)
        for value in (single.values[0], single.values[-1])
    ]
    return shown[0] if len(single.values) == 1 else " … ".join(shown)


def _word_lines(found: Contents) -> list[str]:
    """Every stored class, level and term, and how a rare one is left out."""
    lines: list[str] = []
    for column, words in found.classes.items():
        lines += _listed("cli.privacy_classes_title", column, words, {"n_levels": len(words)})
    for column, words in found.levels.items():
        params = {"n_levels": len(words), "least": found.least_rows}
        code = "cli.privacy_all_levels" if found.least_rows == 1 else "cli.privacy_levels_title"
        lines += _listed(code, column, words, params)
    for column, words in found.terms.items():
        params = {"n_terms": len(words), "least": found.least_term_rows}
        lines += _listed("cli.privacy_terms_title", column, words, params)
    if found.levels and found.least_rows == 1:
        lines += ["", *paragraph(say("cli.privacy_rare", {}))]
    return lines


def _listed(code: str, column: str, words: Sequence[object], params: dict[str, Any]) -> list[str]:
    """A title and the words, of very many the first."""
    shown = listed(printable(str(word)) for word in words[:SHOWN_WORDS])
    left = len(words) - SHOWN_WORDS
    more = say("cli.privacy_more", {"count": left}) if left > 0 else ""
    return [
        "",
        say(code, params | {"column": column}),
        *paragraph("  " + together([shown, more]), indent="  "),
    ]


def _quoting_lines(found: Contents) -> list[str]:
    """The remarks that quote cells or name rows."""
    said = [line for one in found.quoting for line in paragraph(f"  {one.text()}", indent="    ")]
    return ["", say("cli.privacy_quoted_title", {}), *said] if said else []
