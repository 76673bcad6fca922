"""The report of a fit: one page that opens offline, from the sentence that matters to the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.core.remarks import Remark
from goodfit.core.words import language, say
from goodfit.interfaces.pages.choices import again_card, settings_card
from goodfit.interfaces.pages.columns import column_table
from goodfit.interfaces.pages.elements import Child, Html, h
from goodfit.interfaces.pages.findings import finding_list
from goodfit.interfaces.pages.frame import Section, folded, page, table
from goodfit.interfaces.pages.ideas import ideas
from goodfit.interfaces.pages.opening import headline, masthead, scores
from goodfit.interfaces.pages.parts import split_card
from goodfit.interfaces.pages.pictures import FURTHER, PLACES, pictures
from goodfit.interfaces.phrases import course_words, network_words
from goodfit.model.again import divided_again
from goodfit.model.columns import columns_report
from goodfit.model.files import new_file
from goodfit.model.plots import Rows
from goodfit.model.report import Structure, Summary, summarize
from goodfit.model.reports.rows import rows_of_run

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run

#: Findings of the training; all others are of the data.
OF_TRAINING = "T"
# Layers that are listed one by one.
MOST_LAYERS = 40


def write_report(
    model: FittedModel,
    path: str | Path,
    table: Any = None,
    *,
    more_data: bool = False,
    tell: Callable[[Remark], None] | None = None,
    **reading: Any,
) -> Path:
    """Write a report on a model: one HTML file that opens offline and needs no script.

    Args:
        model: fitted.
        path: file to write, whole or not at all.
        table: what it was fitted to, or another table with its columns and target, for what no
            model holds: histograms, predictions, what matters. Of the table of the fit the test
            rows are found again. Without one the report says what is missing.
        more_data: also ask whether more rows would help, which trains several times more.
        tell: called with each remark on the table.
        **reading: settings that say how it is written (see :meth:`goodfit.FittedModel.predict`).

    Returns:
        The path.

    Raises:
        GoodfitError: if the table cannot be read or lacks columns, or the place not be written.

    >>> import goodfit
    >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
    >>> model = goodfit.fit(table, target="y", epochs=2)
    >>> goodfit.write_report(model, "line.html", table).read_text()[:15]
    '<!doctype html>'
    """
    rows = None if table is None else divided_again(model, table, tell=tell, **reading)
    source = [Path(table).name] if isinstance(table, (str, Path)) else None
    content = report_page(model, rows, source=source, more_data=more_data)
    return written(content, path)


def written(content: bytes, path: str | Path) -> Path:
    """Write a page to its place, whole or not at all."""
    with new_file(path) as file:
        file.write(content)
    return Path(path)


def report_of_run(run: Run, model: FittedModel, *, source: Sequence[str]) -> bytes:
    """The report of a fit that has just ended, from its own rows.

    Args:
        run: that has ended.
        model: of it.
        source: the table as one would type it.
    """
    return report_page(model, rows_of_run(run), source=source)


def report_page(
    model: FittedModel,
    rows: Rows | None,
    *,
    source: Sequence[str] | None,
    more_data: bool = False,
) -> bytes:
    """The whole page.

    Args:
        model: fitted.
        rows: of its table; None where none is at hand.
        source: the table as one would type it; None where nobody knows.
        more_data: whether pictures that take long are wanted.
    """
    found = summarize(model)
    drawn = pictures(model, rows, more_data=more_data)
    name = rows.table.name if rows else None
    sections = [
        Section("result", say("page.section_result", {}), (headline(found), scores(model, found))),
        _data(model, found, rows),
        Section("rows", say("page.section_rows", {}), (split_card(model, found), ideas("parts"))),
        _network(model, found, drawn),
        _training(found, drawn),
        *(
            Section(place, say(f"page.section_{place}", {}), _shown(drawn[place], place))
            for place in (*list(PLACES)[2:], FURTHER)
            if place in drawn
        ),
        *([] if more_data else [_more_data()]),
        _settings(model, source),
    ]
    targets = ", ".join(target.name for target in found.targets)
    return page(
        title=say("page.tab", {"target": targets}),
        masthead=masthead(model, found, name),
        sections=sections,
        language=language(),
        closing=h.p(say("page.closing" if rows else "page.closing_without_rows", {})),
    )


def _data(model: FittedModel, found: Summary, rows: Rows | None) -> Section:
    """The columns, and the findings about them."""
    report = columns_report(model, rows.table if rows else None)
    said = None
    if rows is not None and rows.parts != "same":
        said = h.p(say(f"page.parts_{rows.parts}", {}), class_="card note")
    data = [remark for remark in found.remarks if not _of_training(remark)]
    children: tuple[Child, ...] = (
        said,
        h.div(column_table(model, report), class_="card long"),
        ideas("data"),
        h.div(h.h3(say("page.findings", {})), finding_list(data), class_="card long"),
    )
    return Section("data", say("page.section_data", {}), children)


def _of_training(remark: Remark) -> bool:
    from goodfit.core.findings import code_of

    return code_of(remark).startswith(OF_TRAINING)


def _network(model: FittedModel, found: Summary, drawn: Mapping[str, list[Html]]) -> Section:
    """The network in a phrase, as a picture, and its parameters."""
    lead = h.p(network_words(found.structure, model), class_="lead")
    children = (lead, _shown(drawn.get("network", []), "network"), _layers(found.structure))
    return Section("network", say("page.section_network", {}), (*children, ideas("layers")))


def _layers(structure: Structure) -> Html:
    """The parameters by name, with their shapes."""
    heads = [say(f"page.layer_{name}", {}) for name in ("name", "shape", "count")]
    lines = [
        [h.code(name), " × ".join(f"{size:,}" for size in shape), f"{_product(shape):,}"]
        for name, shape in structure.parameters[:MOST_LAYERS]
    ]
    caption = say("page.layers", {"count": structure.n_parameters})
    return folded(caption, table(caption, heads, lines, class_="figures"))


def _product(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _training(found: Summary, drawn: Mapping[str, list[Html]]) -> Section:
    """How the training went, its pictures, and the findings about it."""
    training = [remark for remark in found.remarks if _of_training(remark)]
    findings = h.div(h.h3(say("page.findings", {})), finding_list(training), class_="card")
    return Section(
        "training",
        say("page.section_training", {}),
        (
            h.p(course_words(found), class_="lead"),
            _shown(drawn.get("training", []), "training"),
            findings if training else None,
            ideas("training"),
        ),
    )


def _shown(drawn: list[Html], place: str) -> tuple[Child, ...]:
    return (h.div(drawn, class_="pictures"),) if drawn else ()


def _more_data() -> Section:
    """That one may ask whether more rows would help."""
    return Section(
        "more_data",
        say("page.section_more_data", {}),
        (h.p(say("page.more_data_on_request", {}), class_="card note"),),
    )


def _settings(model: FittedModel, source: Sequence[str] | None) -> Section:
    children = (settings_card(model), ideas("settings"), again_card(model, source))
    return Section("settings", say("page.section_settings", {}), children)
