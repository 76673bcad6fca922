"""The whole program where little is asked: numbers alone, every row trains, each step sees all."""

from __future__ import annotations

from goodfit.core.settings import decided
from goodfit.model.script.code import Program, call, literal
from goodfit.model.script.facts import Facts
from goodfit.model.script.losses import torch_loss
from goodfit.model.script.networks import network_lines
from goodfit.model.script.optimizers import NAMES, optimizer_lines
from goodfit.model.script.reading import delimiter_of, encoding_of
from goodfit.preprocessing.numbers import NumberColumn

#: Settings that ask for pieces which the plain program has not, and what they are without.
UNASKED = {
    "weight": None,
    "sample": None,
    "refit": False,
    "target_transform": "none",
    "l1": 0.0,
    "l2": 0.0,
    "gradient_clip": None,
    "schedule": "constant",
    "steps": None,
    "input_noise": 0.0,
    "missing": (),
    "header": True,
    "skip_rows": 0,
    "initialization": "torch_default",
}
#: What must be nothing or off, whichever of the two.
EMPTY = ("warmup", "weight_average", "weight_decay", "dropout")
SCALINGS = frozenset({"none", "standardize"})
#: Optimizers whose loop is the plain one.
STEPPING = frozenset(NAMES) - {"asgd", "lbfgs", "muon"}


def is_plain(facts: Facts) -> bool:
    """Whether the plain program does all that was asked."""
    settings, schema = facts.settings, facts.model.schema
    if facts.classed or facts.n_targets > 1 or facts.divided or facts.weighted:
        return False
    simple = settings.network in {"linear", "mlp"} and settings.optimizer in STEPPING
    simple = simple and facts.full_batch and bool(torch_loss(facts))
    simple = simple and settings.normalization in {None, "none"} and not facts.chance
    simple = simple and settings.target_scaling in SCALINGS
    simple = simple and all(getattr(settings, name) == value for name, value in UNASKED.items())
    simple = simple and not any(getattr(settings, name) for name in EMPTY)
    simple = simple and "model.rows_without_target" not in facts.remarks
    columns = facts.model.preprocessing.columns
    same = len({c.scaling for c in columns if isinstance(c, NumberColumn)}) == 1
    return simple and same and schema.target.decimal == "." and all(map(_is_plain, columns))


def _is_plain(column: object) -> bool:
    if not isinstance(column, NumberColumn):
        return False
    read = column.decimal == "." and not column.indicator
    return read and column.scaling in SCALINGS and column.scale != 0


def add_plain(program: Program, facts: Facts) -> None:
    """Everything below the imports."""
    program.add(*_read_lines(facts))
    program.add(*_tensor_lines(facts))
    if _scaled(facts):
        program.add(*_scale_lines(facts))
    program.add(*_network_lines(facts), *_rule_lines(facts))
    program.add(*_loop_lines(facts))
    program.add(*_result_lines(facts))


def _read_lines(facts: Facts) -> list[str]:
    delimiter, encoding = delimiter_of(facts), literal(encoding_of(facts))
    given = "file" if delimiter == "," else f"file, delimiter={literal(delimiter)}"
    names = [literal(column.name) for column in facts.model.preprocessing.columns]
    target = literal(facts.model.schema.target.name)
    known = f"COLUMNS + [{target}]"
    return [
        *([call("COLUMNS = [", names, "]")] if len(names) > 1 else []),
        f'with open(sys.argv[1], newline="", encoding={encoding}) as file:',
        f"    rows = list(csv.DictReader({given}))",
        call("needed = {", [*names, target], "}") if len(names) == 1 else f"needed = {{*{known}}}",
        "if not rows or not needed <= rows[0].keys():",
        '    sys.exit(f"The table needs rows and the columns {sorted(needed)}.")',
    ]


def _tensor_lines(facts: Facts) -> list[str]:
    columns = facts.model.preprocessing.columns
    kind = ", dtype=torch.float64" if facts.double or _scaled(facts) else ""
    row = f"[float(row[{literal(columns[0].name)}])]"
    if len(columns) > 1:
        row = "[float(row[name]) for name in COLUMNS]"
    target = f"[float(row[{literal(facts.model.schema.target.name)}])]"
    return [
        "# What is known, and what is to be predicted: a row of each for every row of the table.",
        f"x = torch.tensor([{row} for row in rows]{kind})",
        f"y = torch.tensor([{target} for row in rows]{kind})",
    ]


def _scaled(facts: Facts) -> bool:
    return _inputs_scaled(facts) or facts.settings.target_scaling == "standardize"


def _inputs_scaled(facts: Facts) -> bool:
    (first, *_) = facts.model.preprocessing.columns
    return isinstance(first, NumberColumn) and first.scaling == "standardize"


def _scale_lines(facts: Facts) -> list[str]:
    lines = ["# Columns of mean 0 and standard deviation 1 are learnt more quickly."]
    if _inputs_scaled(facts):
        lines += [
            "middle, spread = x.mean(dim=0), x.std(dim=0, correction=0)",
            "x = (x - middle) / spread",
        ]
    if facts.settings.target_scaling == "standardize":
        lines += [
            "level, height = y.mean(), y.std(correction=0)",
            "y = (y - level) / height",
        ]
    return lines if facts.double else [*lines, "x, y = x.float(), y.float()"]


def _network_lines(facts: Facts) -> list[str]:
    n_inputs = literal(len(facts.model.preprocessing.columns))
    seed, *lines = network_lines(facts, n_inputs=n_inputs)
    lines[0] = (
        f"{lines[0]}  # a weight for each input, and a bias" * (facts.settings.network == "linear")
        or lines[0]
    )
    return [seed.replace("SEED", literal(facts.settings.seed)), *lines]


def _rule_lines(facts: Facts) -> list[str]:
    loss, *optimizer = [f"loss_function = {torch_loss(facts)}", *optimizer_lines(facts)]
    if facts.settings.loss == "mean_squared_error":
        loss += "  # the mean of squared differences"
    return [loss, *optimizer]


def _loop_lines(facts: Facts) -> list[str]:
    epochs = decided(facts.settings.epochs)
    return [
        f"for epoch in range(1, {epochs + 1}):",
        "    outputs = model(x)  # forward pass",
        "    loss = loss_function(outputs, y)  # how wrong they are",
        "    optimizer.zero_grad()  # forget the last gradients",
        "    loss.backward()  # back-propagation: a gradient for every parameter",
        "    optimizer.step()  # a step against it",
        f'    print(f"[{{epoch}}/{epochs}] loss:{{loss.item():.4f}}")',
    ]


def _result_lines(facts: Facts) -> list[str]:
    """The last line: of a network with one input the line that it is, else the last loss."""
    if facts.settings.network != "linear":
        return ['print(f"loss at the end:{loss_function(model(x), y).item():.4f}")']
    weight, bias, lines = "model.weight", "model.bias", list[str]()
    if _inputs_scaled(facts):
        lines.append("weight = model.weight / spread  # back in the units of the table")
        lines.append("bias = model.bias - weight @ middle")
        weight, bias = "weight", "bias"
    if facts.settings.target_scaling == "standardize":
        if not lines:
            lines.append("weight, bias = model.weight, model.bias")
        lines.append("weight, bias = weight * height, bias * height + level")
        weight, bias = "weight", "bias"
    if len(facts.model.preprocessing.columns) == 1:
        return [*lines, f'print(f"slope:{{{weight}.item():.5f}} intercept:{{{bias}.item():.5f}}")']
    return [*lines, f'print(f"weights:{{{weight}.tolist()[0]}} intercept:{{{bias}.item():.5f}}")']
