"""The data card of a report: each column with its kind, gaps and histogram, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from goodfit.core.words import say
from goodfit.interfaces.pages.elements import Child, Html, h, named, sentence
from goodfit.interfaces.pages.frame import folded, scrolling, table
from goodfit.interfaces.phrases import done_words, left_out_because, short
from goodfit.model.columns import ColumnCard, ColumnsReport, Histogram, LevelCounts

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Columns that are shown at once, and those that are shown folded away; of more it is said.
SHOWN, MOST = 24, 400
# Units of the pictures: their width, their height, and the gap between bars.
WIDTH, HEIGHT, GAP = 120, 32, 1


def column_table(model: FittedModel, report: ColumnsReport) -> list[Html]:
    """Every column of the table, the first ones at once and the others folded."""
    done = done_words(model.preprocessing)
    left_out = {column.name: left_out_because(column) for column in model.schema.columns}
    cards = report.columns
    found = [
        _table(say("page.columns", {"count": len(cards)}), cards[:SHOWN], report, done, left_out)
    ]
    if more := cards[SHOWN:MOST]:
        title = say("page.more_columns", {"count": len(more)})
        found.append(folded(title, _table(title, more, report, done, left_out)))
    if len(cards) > MOST:
        found.append(h.p(say("page.columns_left", {"count": len(cards) - MOST}), class_="note"))
    if report.n_rows < report.of_rows:
        found.append(h.p(say("page.columns_sampled", {"n_rows": report.n_rows}), class_="note"))
    found.append(numbers_of_columns(cards[:MOST]) if report.n_rows else _without_table())
    return found


def _without_table() -> Html:
    return h.p(say("page.columns_without_table", {}), class_="note")


def _table(
    caption: str,
    cards: Sequence[ColumnCard],
    report: ColumnsReport,
    done: dict[str, str],
    left_out: dict[str, str],
) -> Html:
    heads = [
        say(f"page.column_{name}", {}) for name in ("name", "kind", "missing", "cells", "done")
    ]
    # Roles are said, because a narrow screen shows rows as blocks.
    rows = [_row(card, report, heads, done, left_out) for card in cards]
    head = h.tr((h.th(one, scope="col", role="columnheader") for one in heads), role="row")
    inner = h.table(
        h.caption(caption),
        h.thead(head, role="rowgroup"),
        h.tbody(rows, role="rowgroup"),
        class_="columns",
        role="table",
    )
    return scrolling(inner, caption)


def _row(
    card: ColumnCard,
    report: ColumnsReport,
    heads: Sequence[str],
    done: dict[str, str],
    left_out: dict[str, str],
) -> Html:
    kind = say(f"cli.kind_{card.kind}", {})
    if card.role == "target":
        kind, what = say("page.kind_target", {"kind": kind}), sentence(card.reason.text())
    elif card.role == "left_out":
        kind, what = left_out[card.name], card.reason.text()
    else:
        what = done.get(card.name, "")
    look = {"target": "kind target", "left_out": "kind out"}.get(card.role, "kind")
    return h.tr(
        h.th(named(card.name, 60), scope="row", role="rowheader"),
        h.td(h.span(kind, class_=look), role="cell"),
        h.td(_missing(card, report), role="cell", data_label=heads[2], class_="gaps"),
        h.td(_picture(card), role="cell", class_="drawn"),
        h.td(what, role="cell", class_="what"),
        role="row",
    )


def _missing(card: ColumnCard, report: ColumnsReport) -> str:
    """How many cells are missing, as a share."""
    if card.missing is None or not report.n_rows:
        return ""
    if not card.missing:
        return say("page.none", {})
    share = 100 * card.missing / report.n_rows
    shown = "< 0.1" if share < 0.1 else f"{share:.1f}" if share < 10 else f"{share:.0f}"
    return say("page.share", {"percent": shown})


def _picture(card: ColumnCard) -> Child:
    """The cells of a column as bars; without them from where to where they go."""
    if isinstance(card.cells, Histogram):
        least, _, median, _, most = (number_words(n, card.cells) for n in card.cells.quartiles)
        params = {"least": least, "median": median, "most": most}
        ends = h.span(h.span(least), h.span(most), class_="ends")
        return [_bars(card.cells.counts, say("page.histogram", params)), ends]
    if isinstance(card.cells, LevelCounts):
        first = card.cells.names[0]
        params = {"count": card.cells.n_levels, "level": first, "times": card.cells.counts[0]}
        counts = [*card.cells.counts, *([card.cells.n_others] if card.cells.n_others else [])]
        words = say("page.levels", {"count": card.cells.n_levels})
        return [_bars(counts, say("page.level_counts", params)), h.span(words, class_="ends")]
    if card.range is not None:
        low, high = (_plain(n, dates=card.kind == "date") for n in card.range)
        return say("page.range", {"low": low, "high": high})
    return None


def number_words(value: float, cells: Histogram) -> str:
    """A number, or the day that it stands for."""
    return _plain(value, dates=cells.dates)


def _plain(value: float, *, dates: bool) -> str:
    """A number as one reads it; a day for one of days since 1970.

    >>> _plain(0.5, dates=False), _plain(365.0, dates=True)
    ('0.5', '1971-01-01')
    """
    if not dates:
        return short(value)
    try:
        day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=value)
    except OverflowError:
        return short(value)
    return day.date().isoformat() if value % 1 == 0 else f"{day:%Y-%m-%d %H:%M}"


def _bars(counts: Sequence[int], said: str) -> Html:
    """Bars side by side, the highest as high as the picture."""
    step, most = WIDTH / max(len(counts), 6), max(counts)
    bars = [
        h.rect(
            x=f"{place * step:.1f}",
            y=f"{HEIGHT - _height(count, most):.1f}",
            width=f"{step - GAP:.1f}",
            height=f"{_height(count, most):.1f}",
        )
        for place, count in enumerate(counts)
        if count
    ]
    base = h.rect(class_="base", x=0, y=HEIGHT, width=WIDTH, height=1)
    return h.svg(
        base,
        bars,
        class_="histogram",
        viewBox=f"0 0 {WIDTH} {HEIGHT + 1}",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )


def _height(count: int, most: int) -> float:
    return max(HEIGHT * count / most, 1.0)


def numbers_of_columns(cards: Sequence[ColumnCard]) -> Html:
    """The numbers of the histograms as two tables, folded away."""
    numbers = [
        [named(card.name, 60), *(number_words(n, card.cells) for n in card.cells.quartiles)]
        for card in cards
        if isinstance(card.cells, Histogram)
    ]
    levels = [
        [named(card.name, 60), f"{card.cells.n_levels:,}", _level_list(card.cells)]
        for card in cards
        if isinstance(card.cells, LevelCounts)
    ]
    names = ("name", "least", "lower", "median", "upper", "most")
    heads = [say(f"page.column_{name}", {}) for name in names]
    level_heads = [say(f"page.column_{name}", {}) for name in ("name", "n_levels", "levels")]
    title = say("page.numbers_of_columns", {})
    found: list[Html] = []
    if numbers:
        found.append(table(say("page.quartiles", {}), heads, numbers))
    if levels:
        found.append(table(say("page.frequent_levels", {}), level_heads, levels, numbers=(1,)))
    return folded(title, found)


def _level_list(cells: LevelCounts) -> list[Html]:
    pairs = zip(cells.names, cells.counts, strict=True)
    return [h.span(named(name, 40), f" {count:,}", class_="level") for name, count in pairs]
