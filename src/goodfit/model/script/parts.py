"""Pieces that divide rows: which train, which watch the training, which test it."""

from __future__ import annotations

from goodfit.core.settings import decided
from goodfit.data.parts import PART_WORDS
from goodfit.model.script.code import block, call, literal
from goodfit.model.script.facts import Facts

SEED_FOR = '''
    def seed_for(purpose):
        """A seed for each use of chance, so that none disturbs another."""
        digest = hashlib.sha256(f"{SEED}/{purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "little") >> 1
'''


SIZES = '''
    def sizes_of(n_rows, shares):
        """Rows of each part: whole numbers near the shares, the largest remainders rounded up."""
        wish = n_rows * np.array(shares)
        sizes = np.floor(wish + 1e-9).astype(int)
        first = np.argsort(sizes - wish, kind="stable")
        sizes[first[: n_rows - sizes.sum()]] += 1
        ‹least›return sizes
'''


LEAST = """
    while ((sizes == 0) & (wish > 0)).any():  # a part that is wanted has a row
        sizes[sizes.argmax()] -= 1
        sizes[((sizes == 0) & (wish > 0)).argmax()] += 1
"""


DIVIDED = '''
    def divided(counts, sizes):
        """Rows of each class in each part, (class, part): each part has its share of a class."""
        wish = np.outer(counts, sizes / sizes.sum())
        given = np.floor(wish + 1e-9).astype(int)
        given[:, 0] = np.maximum(given[:, 0], 1)  # what was never seen cannot be learnt
        while given[:, 0].sum() > sizes[0] and given[:, 0].max() > 1:
            given[given[:, 0].argmax(), 0] -= 1
        left, room = counts - given.sum(axis=1), np.maximum(sizes - given.sum(axis=0), 0)
        order = np.argsort(given - wish, axis=None, kind="stable")  # largest remainders first
        for most in (1, counts.max()):
            for place in order:
                row, part = np.unravel_index(place, given.shape)
                moved = min(left[row], room[part], most)
                given[row, part] += moved
                left[row] -= moved
                room[part] -= moved
        return given
'''


APART = '''
    def apart(groups, ‹labels›shares, random):
        """Part of each group, (group,): the largest first, where most of what it brings lacks."""
        n_groups, n_parts = groups.max() + 1, len(shares)
        ‹classes›
        counts = np.zeros((n_groups, ‹n_classes›))
        np.add.at(counts, (groups, label), 1)
        brought = np.column_stack([counts.sum(axis=1), counts])
        brought /= np.maximum(brought.sum(axis=0), 1)
        lacking = np.ones((brought.shape[1], n_parts))
        place, empty = np.empty(n_groups, dtype=int), set(range(n_parts))
        order = np.lexsort((random.permutation(n_groups), -brought.max(axis=1)))
        for done, group in enumerate(order):
            gain = brought[group] @ lacking - brought[group] @ brought[group] / (2 * shares)
            if n_groups - done <= len(empty):  # the last groups go where none is yet
                gain[[part for part in range(n_parts) if part not in empty]] = -np.inf
            place[group] = gain.argmax()
            lacking[:, place[group]] -= brought[group] / shares[place[group]]
            empty.discard(int(place[group]))
        return place
'''


IN_ORDER = '''
    def in_order(times, shares):
        """Part of each row, (row,), in the order of time; rows of one time stay together."""
        inverse, counts = np.unique(times, return_inverse=True, return_counts=True)[1:]
        before, wish = np.cumsum(counts), np.cumsum(shares) * len(times)
        cuts, end = [], len(counts)
        for part in reversed(range(len(shares) - 1)):
            end = part + 1 + int(np.abs(before[part : end - 1] - wish[part]).argmin())
            cuts.append(end)
        return np.searchsorted(cuts[::-1], np.arange(len(counts)), side="right")[inverse]
'''


DEALT = '''
    def dealt(rows, count, random):
        """Fold of each row, (row,): dealt like cards‹classes›."""
        drawn = random.permutation(len(rows))
        ‹ordered›place = np.empty(len(rows), dtype=int)
        place[drawn] = np.arange(len(rows)) % count
        return place
'''


SAMPLED = '''
    def sampled(rows, share, random):
        """A share of some rows, drawn by chance."""
        order = random.permutation(len(rows))
        ‹first›return np.sort(rows[order[: math.ceil(share * len(rows))]])
'''


FIRST_OF_CLASS = """
    first = np.unique(label[rows][order], return_index=True)[1]
    order = np.concatenate([order[first], np.delete(order, first)])  # a row of each class
"""


def row_helpers(facts: Facts) -> dict[str, str]:
    """The functions that divide rows."""
    ratios, n_rows = facts.ratios, facts.model.provenance.n_rows
    short = ratios is not None and any(0 < share * n_rows < 1 for share in ratios)
    return {
        "seed_for": block(SEED_FOR),
        "sizes_of": block(SIZES, least=_inner(LEAST) if short else ""),
        "divided": block(DIVIDED),
        "apart": block(
            APART,
            labels="label, " if facts.classed else "",
            classes="" if facts.classed else "label = np.zeros(len(groups), dtype=int)",
            n_classes="label.max() + 1" if facts.classed else "1",
        ).replace("\n    \n", "\n"),
        "in_order": block(IN_ORDER),
        "dealt": block(
            DEALT,
            classes=", so that each has its share of every class" if facts.classed else "",
            ordered='drawn = drawn[np.argsort(label[rows][drawn], kind="stable")]\n    '
            if facts.classed
            else "",
        ),
        "sampled": block(SAMPLED, first=_inner(FIRST_OF_CLASS) if facts.classed else ""),
    }


def _inner(text: str) -> str:
    """Lines in the body of a function, in the place of the line that follows."""
    return block(text).replace("\n", "\n    ") + "\n    "


def part_lines(facts: Facts) -> list[str]:
    """The main lines that make ``training``, ``validation`` and ``test``, rows by their places."""
    settings, lines = facts.settings, list[str]()
    ratios = facts.ratios
    if not facts.divided and not facts.bagged:
        return ["training = np.arange(n_rows)  # every row trains"]
    if settings.part:
        lines += _named_lines(facts)
    elif ratios is None:
        lines += ["training = np.arange(n_rows)  # none is kept for a test"]
    elif settings.group:
        lines += _group_lines(facts, ratios)
    elif settings.time:
        lines += _time_lines(facts, ratios)
    else:
        lines += _chance_lines(facts, ratios)
    lines += _sample_lines(facts)
    if facts.folded and not facts.bagged and ratios is not None and ratios[1]:
        lines += [
            "# Folds of these have said how many epochs are enough: now all of them train.",
            "training = np.sort(np.concatenate([training, validation]))",
        ]
    return lines


def _names(ratios: tuple[float, float, float]) -> list[str]:
    names = ("training", "validation", "test")
    return [name for name, share in zip(names, ratios, strict=True) if share > 0]


def _chance_lines(facts: Facts, ratios: tuple[float, float, float]) -> list[str]:
    lines = [
        f"# {_said(ratios)}",
        'random = np.random.default_rng(seed_for("split"))',
        f"sizes = sizes_of(n_rows, {literal(list(ratios))})",
    ]
    if facts.classed:
        return [
            *lines,
            "part = np.empty(n_rows, dtype=int)",
            "for index, shares in enumerate(divided(np.bincount(label), sizes)):",
            "    rows = random.permutation(np.flatnonzero(label == index))",
            "    part[rows] = np.repeat([0, 1, 2], shares)",
            *_of_parts(ratios),
        ]
    return [
        *lines,
        "parts = np.split(random.permutation(n_rows), np.cumsum(sizes)[:-1])",
        f"{', '.join(_three(ratios))} = (np.sort(part) for part in parts)",
    ]


def _three(ratios: tuple[float, float, float]) -> list[str]:
    names = ("training", "validation", "test")
    return [name if share else "_" for name, share in zip(names, ratios, strict=True)]


def _of_parts(ratios: tuple[float, float, float]) -> list[str]:
    """Lines that take the rows of each part from ``part``, (row,)."""
    names = ("training", "validation", "test")
    return [
        f"{name} = np.flatnonzero(part == {place})"
        for place, (name, share) in enumerate(zip(names, ratios, strict=True))
        if share
    ]


def _said(ratios: tuple[float, float, float]) -> str:
    training, validation, test = (f"{100 * share:.3g} %" for share in ratios)
    said = [f"{training} of the rows train"]
    if ratios[1]:
        said.append(f"{validation} watch the training")
    if ratios[2]:
        said.append(f"{test} test it at the end")
    return (", ".join(said[:-1]) + " and " + said[-1] if len(said) > 1 else said[0]) + "."


def _named_lines(facts: Facts) -> list[str]:
    lines = [
        "# A column says which part each row belongs to.",
        call("names = {", [f"{literal(w)}: {part}" for w, part in PART_WORDS.items()], "}"),
        f"part = [names[word.lower()] for word in words({literal(facts.settings.part)})]",
        "part = np.array(part)",
    ]
    watching = facts.model.provenance.n_validation > 0
    return [*lines, *_of_parts((1, float(watching), float(facts.tested)))]


def _group_lines(facts: Facts, ratios: tuple[float, float, float]) -> list[str]:
    wanted = [share for share in ratios if share]
    labels = "label, " if facts.classed else ""
    return [
        f"# {_said(ratios)}",
        "# Rows of one group stay together.",
        f"groups = np.unique(words({literal(facts.settings.group)}), return_inverse=True)[1]",
        'random = np.random.default_rng(seed_for("split"))',
        f"part = apart(groups, {labels}np.array({literal(wanted)}), random)[groups]",
        *_places(ratios),
    ]


def _time_lines(facts: Facts, ratios: tuple[float, float, float]) -> list[str]:
    wanted = [share for share in ratios if share]
    return [
        f"# {_said(ratios)}",
        "# They are taken in the order of time: what tests comes last.",
        f"times = {_times(facts)}",
        f"part = in_order(times, {literal(wanted)})",
        *_places(ratios),
    ]


def _times(facts: Facts) -> str:
    name = literal(decided(facts.settings.time))
    column = next(c for c in facts.model.schema.columns if c.name == facts.settings.time)
    if column.kind == "date":
        return f"{'universal_' if column.zoned else ''}moments({name})"
    return f"numbers({name})"


def _places(ratios: tuple[float, float, float]) -> list[str]:
    return [
        f"{name} = np.flatnonzero(part == {place})" for place, name in enumerate(_names(ratios))
    ]


def _sample_lines(facts: Facts) -> list[str]:
    count = facts.settings.sample
    if count is None:
        return []
    lines = [
        "# Only some of the rows, drawn by chance, are learnt from.",
        'random = np.random.default_rng(seed_for("sample"))',
        f"share = min({count} / len(training), 1)",
        "training = sampled(training, share, random)",
    ]
    if facts.watched or facts.bagged:
        lines.append("validation = sampled(validation, share, random)")
    return lines
