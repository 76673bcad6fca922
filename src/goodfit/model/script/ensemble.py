"""The program of the default: networks of several folds and members, computed together."""

from __future__ import annotations

from itertools import pairwise

from goodfit.core.settings import decided
from goodfit.model.begin import SCALED_ROWS
from goodfit.model.script.blending import blend_lines, mixes
from goodfit.model.script.code import Program, block, literal
from goodfit.model.script.facts import Facts
from goodfit.model.script.inputs import input_lines
from goodfit.model.script.metrics import cost_lines
from goodfit.model.script.networks import n_outputs_of
from goodfit.model.script.parts import part_lines
from goodfit.model.script.reading import read_lines
from goodfit.model.script.rows import kept_lines, scaling_lines, target_lines
from goodfit.model.script.single import add_twice, score_lines, tensor_lines
from goodfit.model.script.training import begin_lines, decision_lines, loop_lines

ENSEMBLE = '''
    class Ensemble(nn.Module):
        """Small networks, computed together: FOLDS that share nothing, each of MEMBERS.

        Members of a fold share their hidden layers; each has a first and a last layer of its
        own. Every tensor has the fold first.
        """

        def __init__(self, ‹given›n_outputs):
            super().__init__()

            ‹start›

        def forward(self, ‹rows›):
            """Outputs of each member, (fold, member, row, output), of rows (fold, row, input)."""
            x = torch.asinh((x - center) * factor)  # far numbers stay apart, but not so far
            ‹inputs›
            a = ‹seen› @ self.first + self.first_bias
            a = a.unflatten(2, (MEMBERS, -1)).transpose(1, 2)  # (fold, member, row, neuron)
            ‹hidden›return torch.relu(a) @ self.last + self.last_bias
'''
NORMAL = """
    def normal(*shape, deviation):
        return nn.Parameter(torch.empty(FOLDS, *shape).normal_(0.0, deviation))

"""
WAVES = """
    # Beside each number 7 mixtures of 16 waves of it, slow and quick ones.
    count, quickness = len(waved), torch.logspace(-math.log10(40), 0, 16) * ‹frequency›
    self.frequency = nn.Parameter(torch.randn(FOLDS, count, 1, 16) * quickness)
    self.phase = nn.Parameter(torch.rand(FOLDS, count, 1, 16) - 0.5)
    self.mix = nn.Parameter((2 * torch.rand(FOLDS, count, 16, 7) - 1) / 4)
    self.mix_bias = nn.Parameter((2 * torch.rand(FOLDS, count, 1, 7) - 1) / 4)
"""
TABLES = """
    # A few numbers for each code; those of an unseen and a missing level start at 0.
    tables = [torch.randn(FOLDS, count, width_of(count)) for count in n_codes]
    for table in tables:
        table[:, :2] = 0.0
    self.tables = nn.ParameterList(tables)
"""
WAVES_SEEN = """
    number = x[:, :, waved].transpose(1, 2)[..., None]  # (fold, number, row, 1)
    waves = torch.cos(math.tau * (number * self.frequency + self.phase))
    waves = waves @ self.mix + self.mix_bias
    seen.append(waves.transpose(1, 2).flatten(2))
"""
TABLES_SEEN = """
    for place, table in enumerate(self.tables):
        code = codes[:, :, place, None].expand(-1, -1, table.shape[2])
        seen.append(table.gather(1, code))
"""
HIDDEN = """
    for weight, bias in zip(self.hidden, self.hidden_bias, strict=True):
        a = torch.relu(a) @ weight[:, None] + bias[:, None]
"""
SCALE_OF = '''
    def scale_of(columns):
        """Median and 1 / interquartile range of each column; what hardly varies is made small."""
        low, center, high = np.quantile(columns, [0.25, 0.5, 0.75], axis=0)
        factor = np.zeros(len(center))
        for place in range(len(center)):
            if high[place] > low[place]:
                factor[place] = 1 / (high[place] - low[place])
                continue
            apart = np.abs(columns[:, place] - center[place])
            apart = apart[apart > 0]
            if len(apart):
                seldom = len(apart)‹times›
                factor[place] = 2 / np.median(apart) * seldom / (seldom + 10)
        return center, factor
'''
SHUFFLED = '''
    def shuffled(rows):
        """Rows in a new order; some of them twice where another fold has more."""
        drawn = torch.from_numpy(rows)[torch.randperm(len(rows), generator=shuffling)]
        return drawn.repeat(-(-longest // len(rows)))[:longest]
'''
EACH_MEMBER = '''
    def each_member(of_rows):
        """What belongs to rows, (fold, row, …), once for each member, all below each other."""
        return of_rows[:, None].expand(-1, MEMBERS, *of_rows.shape[1:]).flatten(0, 2)
'''
MEAN_OUTPUTS = '''
    def mean_outputs(model):
        """The mean of all networks for every row, (row, output)."""
        found = []
        with torch.no_grad():
            for rows in torch.arange(n_rows).split(4096):
                inputs = ‹inputs›
                found.append(model(‹given›).mean(dim=(0, 1)))
        return torch.cat(found).double()
'''


def add_ensemble(program: Program, facts: Facts) -> None:
    """Everything below the imports."""
    program.add(*read_lines(facts), *kept_lines(facts))
    program.add(*target_lines(facts), *cost_lines(facts))
    program.add(*part_lines(facts))
    pieces = [fold_lines(facts), input_lines(facts), scaling_lines(facts), tensor_lines(facts)]
    pieces += [scale_lines(facts), model_lines(facts), begin_lines(facts), watch_lines(facts)]
    pieces += [loop_lines(facts), blend_lines(facts), decision_lines(facts), result_lines(facts)]
    add_twice(program, facts, pieces)


def ensemble_helpers(facts: Facts) -> dict[str, str]:
    """The network and what it needs."""
    if not facts.ensemble:
        return {}
    step = -(-facts.model.provenance.n_training // SCALED_ROWS)
    inputs, given = "x[rows].expand(FOLDS, -1, -1)", "inputs"
    if facts.coded:
        given = "inputs, codes[rows].expand(FOLDS, -1, -1)"
    return {
        "Ensemble": _network(facts),
        "scale_of": block(SCALE_OF, times=f" * {step}" if step > 1 else ""),
        "shuffled": block(SHUFFLED),
        "each_member": block(EACH_MEMBER),
        "mean_outputs": block(MEAN_OUTPUTS, inputs=inputs, given=given),
    }


def ensemble_constants(facts: Facts) -> dict[str, str]:
    """Lines above all."""
    settings = facts.settings
    return {
        "FOLDS": f"FOLDS = {literal(settings.bag or 1)}",
        "MEMBERS": f"MEMBERS = {literal(settings.members or 1)}",
    }


def _waved(facts: Facts) -> bool:
    return bool(facts.model.preprocessing.layout.numbers)


def _inner(text: str, depth: int, **values: str) -> str:
    """Lines at a depth, in the place of one."""
    return block(text, **values).replace("\n", "\n" + " " * depth).replace(" " * depth + "\n", "\n")


def _network(facts: Facts) -> str:
    widths = list(facts.settings.widths or ())
    waved, coded = _waved(facts), facts.coded
    n_inputs = ["x.shape[1]"] + ["7 * count"] * waved
    n_inputs += ["sum(table.shape[2] for table in tables)"] * coded
    start = [_inner(NORMAL, 8) + "\n"]
    if waved:
        frequency = literal(decided(facts.settings.wave_frequency))
        start.append(_inner(WAVES, 8, frequency=frequency))
    if coded:
        start.append(_inner(TABLES, 8))
    first = widths[0]
    start += [
        f"n_inputs = {' + '.join(n_inputs)}",
        "# As He et al. 2015 have it; the last layer predicts nearly nothing at first.",
        f"self.first = normal(n_inputs, MEMBERS * {first}, deviation=(2 / n_inputs) ** 0.5)",
        f"self.first_bias = normal(1, MEMBERS * {first}, deviation=0.5)",
    ]
    pairs = list(pairwise(widths))
    if len(pairs) == 1:
        ((a, b),) = pairs
        start += [
            f"self.hidden = nn.ParameterList([normal({a}, {b}, deviation=(2 / {a}) ** 0.5)])",
            f"self.hidden_bias = nn.ParameterList([torch.zeros(FOLDS, 1, {b})])",
        ]
    elif pairs:
        start += [
            f"sizes = {literal(pairs)}",
            "hidden = [normal(a, b, deviation=(2 / a) ** 0.5) for a, b in sizes]",
            "self.hidden = nn.ParameterList(hidden)",
            "self.hidden_bias = nn.ParameterList(torch.zeros(FOLDS, 1, b) for _, b in sizes)",
        ]
    last = widths[-1]
    start += [
        f"self.last = normal(MEMBERS, {last}, n_outputs, deviation=0.5 / {last}**0.5)",
        "self.last_bias = nn.Parameter(torch.zeros(FOLDS, MEMBERS, 1, n_outputs))",
    ]
    several = waved or coded
    inputs = ["seen = [x]"] * several
    if waved:
        inputs.append(_inner(WAVES_SEEN, 8))
    if coded:
        inputs.append(_inner(TABLES_SEEN, 8))
    return block(
        ENSEMBLE,
        given="n_codes, " if coded else "",
        start="\n        ".join(start).replace("\n        \n", "\n\n"),
        rows="x, codes" if coded else "x",
        inputs="\n        ".join(inputs),
        seen="torch.cat(seen, dim=2)" if several else "x",
        hidden=_inner(HIDDEN, 8) + "\n        " if pairs else "",
    ).replace("\n        \n", "\n")


def fold_lines(facts: Facts) -> list[str]:
    """The main lines that make ``folds``: for each the rows that train it and that watch it."""
    if not facts.bagged:
        watching = "validation" if facts.watched else "training[:0]"
        return [f"folds = [(training, {watching})]"]
    lines = list[str]()
    if facts.model.provenance.n_training and _both(facts):
        lines.append("# Folds share out all rows that are no test rows; each watches the others.")
        once = ["if not final:", "    "] if facts.refitted is not None else ["", ""]
        lines += [once[0]] if once[0] else []
        lines.append(f"{once[1]}training = np.sort(np.concatenate([training, validation]))")
    lines.append('random = np.random.default_rng(seed_for("folds"))')
    if facts.settings.group:
        own = "label[training], " if facts.classed else ""
        if not facts.divided:
            name = literal(facts.settings.group)
            lines.append(f"groups = np.unique(words({name}), return_inverse=True)[1]")
        lines += [
            "own = np.unique(groups[training], return_inverse=True)[1]",
            f"place = apart(own, {own}np.full(FOLDS, 1 / FOLDS), random)[own]",
        ]
    else:
        lines.append("place = dealt(training, FOLDS, random)")
    lines.append(
        "folds = [(training[place != fold], training[place == fold]) for fold in range(FOLDS)]"
    )
    return lines


def _both(facts: Facts) -> bool:
    """Whether there are validation rows that folds share out, too."""
    if facts.settings.part:
        return True
    return facts.ratios is not None and facts.ratios[1] > 0


def scale_lines(facts: Facts) -> list[str]:
    """The main lines that let each fold scale its inputs by its own rows."""
    lines = list[str]()
    if _waved(facts):
        lines += [
            "# Numbers get waves beside them; marks, which are true or false, need none.",
            'waved = [np.full(one[0].size, one.dtype.kind == "f") for one in inputs]',
            "waved = np.flatnonzero(np.concatenate(waved))",
        ]
    step = -(-facts.model.provenance.n_training // SCALED_ROWS)
    rows = "rows"
    if step > 1:
        lines.append(f"some = training[::{step}]  # as many rows as are needed to know quartiles")
        rows = "np.intersect1d(rows, some)"
    kind = "torch.float64" if facts.double else "torch.float32"
    return [
        *lines,
        "# Each fold scales the inputs by the rows that it learns from.",
        f"scales = [scale_of(dense[{rows}]) for rows, _ in folds]",
        f"center, factor = torch.tensor(np.array(scales), dtype={kind})[:, :, None].unbind(1)",
    ]


def model_lines(facts: Facts) -> list[str]:
    """The main lines that make the network, in which chance gives each parameter its start."""
    lines = ["torch.manual_seed(SEED)  # the start of the parameters is drawn by chance"]
    given = n_outputs_of(facts)
    if facts.coded:
        lines.append("n_codes = (codes[training].max(dim=0).values + 1).tolist()")
        given = f"n_codes, {given}"
    double = ".double()" if facts.double else ""
    return [*lines, f"model = Ensemble({given}){double}"]


def watch_lines(facts: Facts) -> list[str]:
    """The main lines before the loop: how the rows of all folds stand beside each other."""
    lines = ["longest = max(len(rows) for rows, _ in folds)"]
    if facts.n_batches == 1:
        lines += [
            "again = [np.resize(rows, longest) for rows, _ in folds]",
            "every = torch.from_numpy(np.stack(again))  # (fold, row)",
        ]
    if facts.bagged or facts.watched:
        lines += [
            "# The rows that watch, fold after fold, and as a block (fold, row) with its filling.",
            "watching = np.concatenate([rows for _, rows in folds])",
            "sizes = np.array([len(rows) for _, rows in folds])",
            'padded = [np.pad(rows, (0, sizes.max() - len(rows)), "edge") for _, rows in folds]',
            "padded = np.stack(padded)",
            "there = torch.from_numpy(np.arange(sizes.max()) < sizes[:, None])",
        ]
    return lines


def result_lines(facts: Facts) -> list[str]:
    """The main lines at the end."""
    found = "probability" if facts.classed else "prediction"
    if facts.classed and not facts.loss.link.probabilities:
        found = "margin"
    outputs = "mean_outputs(model)"
    if mixes(facts):
        outputs = "mixed(mean_outputs(model), x.double())"
    return [f"{found} = predicted({outputs})", *score_lines(facts, found)]
