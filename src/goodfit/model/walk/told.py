"""A walk in words: sections of sentences and a table each, for a terminal or a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from goodfit.core.words import in_words, listed, printable, say
from goodfit.core.wrapping import columns, padded
from goodfit.model.walk.records import Encoded, Layer, Parameter, Walk

# Numbers of a layer that a table shows; the rest is counted.
SHOWN = 6
# A network with more numbers to check is told parameter by parameter.
ONE_BY_ONE = 32
# What a kind of layer is called; an activation has a name of its own.
KINDS = {
    "Dense": "walk.kind_dense",
    "Lookup": "walk.kind_lookup",
    "EnsembleInputs": "walk.kind_inputs",
    "Residual": "walk.kind_residual",
    "BatchNormalization": "walk.kind_batch",
    "LayerNormalization": "walk.kind_layer",
    "Dropout": "walk.kind_dropout",
}


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a walk in words.

    Args:
        name: that stays in every language: row, inputs, forward, answer, loss, gradient, step.
        title: its heading.
        sentences: what it says, one after the other.
        head: of its table; empty without one.
        rows: of the table, cells as text; names and cells of a person's table among them.
    """

    name: str
    title: str
    sentences: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def sections_of(walk: Walk) -> tuple[Section, ...]:
    """A walk as sections, in the language of the context.

    >>> import goodfit
    >>> from goodfit.model.walk import walk
    >>> table = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 10]}
    >>> model = goodfit.fit(table, target="y", network="linear", epochs=5, split="none")
    >>> [section.name for section in sections_of(walk(model, table))]
    ['row', 'inputs', 'forward', 'answer', 'loss', 'gradient', 'step']
    """
    found = [_row(walk), _inputs(walk), _forward(walk), _answer(walk)]
    if walk.loss is not None:
        found += [_loss(walk), _gradient(walk)]
    if walk.step is not None:
        found.append(_step(walk))
    if walk.remarks:
        said = tuple(remark.text() for remark in walk.remarks)
        missing = Section(name="missing", title=say("walk.title_missing", {}), sentences=said)
        found.append(missing)
    return tuple(found)


def lines_of(walk: Walk) -> list[str]:
    r"""A walk as lines of a terminal, unwrapped; nothing in them can steer it.

    >>> import goodfit
    >>> from goodfit.model.walk import walk
    >>> table = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 10]}
    >>> model = goodfit.fit(table, target="y", network="linear", epochs=5, split="none")
    >>> print("\n".join(lines_of(walk(model, table, row=2))[:4]))
    Row 2 as the table has it
      column  kind    cell
      x       number  2     seen by the network
      y       number  5     to predict
    """
    lines: list[str] = []
    for section in sections_of(walk):
        lines += ["", section.title, *(f"  {sentence}" for sentence in section.sentences)]
        if section.rows:
            lines += [f"  {line}" for line in _columns([section.head, *section.rows])]
    return lines[1:]


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(columns(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (padded(cell, width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _row(walk: Walk) -> Section:
    rows = tuple(
        (
            in_words(cell.column),
            say(f"cli.kind_{cell.kind}", {}) if cell.kind else "",
            say("walk.missing_cell", {}) if cell.value in (None, "") else in_words(cell.value),
            say(f"walk.role_{cell.role}", {}),
        )
        for cell in walk.cells
    )
    head = (say("walk.head_column", {}), say("walk.head_kind", {}), say("walk.head_cell", {}), "")
    return Section(name="row", title=say("walk.title_row", {"row": walk.row}), head=head, rows=rows)


def _inputs(walk: Walk) -> Section:
    rows = tuple((in_words(one.column), *_encoded(one)) for one in walk.encoded)
    head = (say("walk.head_column", {}), say("walk.head_how", {}), say("walk.head_seen_as", {}))
    return Section(name="inputs", title=say("walk.title_inputs", {}), head=head, rows=rows)


def _encoded(one: Encoded) -> tuple[str, str]:
    """How a cell became inputs, and those that are not 0."""
    if one.encoding == "number":
        how = _scaled(one)
    elif one.raw is None:
        how = say("walk.missing_cell", {})
    else:
        code = "walk.as_it_is" if one.known else "walk.never_seen"
        how = say(code, {"cell": in_words(one.raw), "encoding": one.encoding})
    if one.code is not None:
        return how, say("walk.code", {"code": one.code, "count": one.n_codes})
    there = [one for one in one.inputs if one.value]
    if not there:
        return how, say("walk.all_zero", {})
    shown = [f"{in_words(one.name)}: {short(one.value)}" for one in there[:SHOWN]]
    if len(there) > SHOWN:
        shown.append(say("walk.more", {"count": len(there) - SHOWN}))
    if len(there) < len(one.inputs):
        shown.append(say("walk.zeros", {}))
    return how, listed(shown)


def _scaled(one: Encoded) -> str:
    """The formula of a scaled number, with its numbers."""
    value = one.fill if one.raw is None else float(one.raw)
    params = {"value": short(value), "center": short(one.center), "scale": short(one.scale)}
    affine = one.scaling in ("standardize", "normalize", "max_abs")
    if one.scaling == "none":
        formula = params["value"]
    elif not one.scale:
        formula = say("walk.constant", {})
    else:
        formula = "({value} - {center}) / {scale}".format(**params)
        formula = formula if affine else say("walk.bent", {"formula": formula, "way": one.scaling})
    return say("walk.filled", {"formula": formula}) if one.raw is None else formula


def _forward(walk: Walk) -> Section:
    rows = tuple(
        (
            in_words(layer.name),
            kind_of(layer),
            f"{len(layer.inputs)} → {len(layer.outputs)}",
            numbers_of(layer.outputs),
        )
        for layer in walk.layers
    )
    head = tuple(say(f"walk.head_{name}", {}) for name in ("layer", "what", "size", "outputs"))
    said: list[str] = []
    if walk.mixture is not None:
        mix = walk.mixture
        params = {"fold": mix.fold, "n_folds": mix.n_folds, "member": mix.member}
        said.append(say("walk.of_member", {**params, "n_members": mix.n_members}))
    title = say("walk.title_forward", {})
    return Section(name="forward", title=title, sentences=tuple(said), head=head, rows=rows)


def kind_of(layer: Layer) -> str:
    """What a layer does, in words; an activation or a person's own part by its name."""
    return say(KINDS[layer.kind], {}) if layer.kind in KINDS else printable(layer.kind)


def numbers_of(values: Iterable[float]) -> str:
    """The first few numbers, and how many more there are."""
    values = list(values)
    shown = ", ".join(map(short, values[:SHOWN]))
    left = len(values) - SHOWN
    return listed([shown, say("walk.more", {"count": left})]) if left > 0 else shown


def _answer(walk: Walk) -> Section:
    answer, said = walk.answer, list[str]()
    if walk.mixture is not None:
        mix = walk.mixture
        params = {"one": numbers_of(mix.member_outputs), "mean": numbers_of(mix.mean)}
        count = mix.n_folds * mix.n_members
        params |= {"count": str(count), "share": short(mix.share), "line": numbers_of(mix.line)}
        said.append(say("walk.mixed", params))
    linked = {"outputs": numbers_of(answer.outputs), "linked": numbers_of(answer.linked)}
    code = "walk.unlinked" if answer.link == "identity" else "walk.linked"
    said.append(say(code, {**linked, "link": answer.link}))
    shown = ", ".join(map(cell_of, answer.prediction))
    if answer.scale is not None:
        params = {"scale": short(answer.scale), "center": short(answer.center)}
        code = "walk.unscaled" if answer.transform == "none" else "walk.unscaled_curve"
        if len(answer.prediction) > 1:
            code = "walk.unscaled_each"
        said.append(say(code, {**params, "transform": answer.transform, "prediction": shown}))
    else:
        said.append(say("walk.class", {"prediction": shown}))
    model_says = ", ".join(map(cell_of, answer.model_says))
    code = "walk.same" if answer.same else "walk.not_same"
    said.append(say(code, {"prediction": model_says, "difference": short(answer.difference)}))
    pairs = zip(answer.levels, answer.probabilities, strict=False)
    rows = tuple((cell_of(level), short(share)) for level, share in pairs)
    head = (say("walk.head_class_name", {}), say("walk.head_probability", {})) if rows else ()
    title = say("walk.title_answer", {})
    return Section(name="answer", title=title, sentences=tuple(said), head=head, rows=rows)


def _loss(walk: Walk) -> Section:
    loss = walk.loss
    assert loss is not None
    params = {
        "loss": loss.loss,
        "target": ", ".join(map(cell_of, loss.target)),
        "trained_on": numbers_of(loss.trained_on),
        "value": short(loss.value),
    }
    said = [say("walk.row_loss", params)]
    if walk.mixture is not None:
        said.append(say("walk.loss_of_fold", {"fold": walk.mixture.fold}))
    return Section(name="loss", title=say("walk.title_loss", {}), sentences=tuple(said))


def _gradient(walk: Walk) -> Section:
    whole = walk.n_checked == walk.n_parameters
    code = "walk.checked_all" if whole else "walk.checked"
    said = [say(code, {"checked": walk.n_checked, "count": walk.n_parameters})]
    if walk.largest_difference is not None:
        said.append(say("walk.difference", {"difference": f"{walk.largest_difference:.1e}"}))
    if walk.n_kinks:
        said.append(say("walk.kinks", {"count": walk.n_kinks}))
    if walk.resting:
        said.append(say("walk.resting", {"names": list(walk.resting)}))
    if whole and walk.n_checked <= ONE_BY_ONE:
        names = ("parameter", "value", "back", "finite", "after")
        rows = tuple(row for parameter in walk.parameters for row in _each(parameter))
    else:
        names = ("parameter", "shape", "gradient_length", "relative_difference", "step_length")
        rows = tuple(_whole(parameter) for parameter in walk.parameters)
    head = tuple(say(f"walk.head_{name}", {}) for name in names)
    title = say("walk.title_gradient", {})
    return Section(name="gradient", title=title, sentences=tuple(said), head=head, rows=rows)


def _each(parameter: Parameter) -> Iterator[tuple[str, ...]]:
    for number in parameter.numbers:
        place = ", ".join(str(one + 1) for one in number.place)
        name = in_words(parameter.name) + (f"[{place}]" if parameter.n_numbers > 1 else "")
        values = (number.value, number.back, number.finite, number.after)
        yield (name, *map(short, values))


def _whole(parameter: Parameter) -> tuple[str, ...]:
    largest = parameter.largest_difference
    return (
        in_words(parameter.name),
        " × ".join(map(str, parameter.shape)) or "1",
        short(parameter.gradient_length),
        "–" if largest is None else f"{largest:.1e}",
        short(parameter.step_length),
    )


def _step(walk: Walk) -> Section:
    step = walk.step
    assert step is not None
    params = {"optimizer": step.optimizer, "rate": short(step.learning_rate)}
    said = [say("walk.stepped", params), say("walk.fresh", {"schedule": step.schedule})]
    if step.also:
        also = [f"{name} {short(value)}" for name, value in step.also.items()]
        said.append(say("walk.also", {"names": also}))
    losses = {"before": short(step.loss_before), "after": short(step.loss_after)}
    code = "walk.loss_fell" if step.loss_after < step.loss_before else "walk.loss_rose"
    if step.loss_after == step.loss_before:
        code = "walk.loss_stayed"
    said.append(say(code, losses))
    return Section(name="step", title=say("walk.title_step", {}), sentences=tuple(said))


def cell_of(value: object) -> str:
    """A cell or prediction as text: numbers short, words cut and made safe."""
    return short(value) if isinstance(value, float) else in_words(value)


def short(value: float | None) -> str:
    """A number with four digits, large ones with six.

    >>> short(0.123456), short(-3.0), short(2008.03), short(None)
    ('0.1235', '-3', '2008.03', '–')
    """
    if value is None:
        return "–"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.6g}"
