"""The program of one network: linear, multilayer perceptron or residual network."""

from __future__ import annotations

from textwrap import indent

from goodfit.model.script.code import Program, literal
from goodfit.model.script.exact import exact_lines
from goodfit.model.script.facts import Facts
from goodfit.model.script.inputs import input_lines
from goodfit.model.script.losses import link_of
from goodfit.model.script.metrics import cost_lines, score_call
from goodfit.model.script.networks import network_lines
from goodfit.model.script.parts import part_lines
from goodfit.model.script.reading import read_lines
from goodfit.model.script.rows import (
    kept_lines,
    scaling_lines,
    target_lines,
    unscaled,
)
from goodfit.model.script.training import begin_lines, decision_lines, loop_lines


def add_single(program: Program, facts: Facts) -> None:
    """Everything below the imports."""
    program.add(*read_lines(facts), *kept_lines(facts))
    program.add(*target_lines(facts), *cost_lines(facts))
    program.add(*part_lines(facts))
    pieces = [input_lines(facts), scaling_lines(facts)]
    if facts.exact:
        pieces += [weight_lines(facts, ""), exact_lines(facts), decision_lines(facts)]
    else:
        pieces += [tensor_lines(facts), network_lines(facts), begin_lines(facts)]
        pieces += [loop_lines(facts), decision_lines(facts)]
    add_twice(program, facts, [*pieces, result_lines(facts)])


def add_twice(program: Program, facts: Facts, pieces: list[list[str]]) -> None:
    """The pieces, below each other; within a loop where the model was trained once more."""
    if facts.refitted is None:
        for piece in pieces:
            program.add(*piece)
        return
    start, before = ["if final:", "    training = np.arange(n_rows)"], list[str]()
    if not facts.exact:
        before = ["epochs = EPOCHS"]
    if facts.keeps_best:
        pieces = [*pieces, ["epochs = best_epoch  # as many as were best"]]
    texts = ["\n".join(piece).replace("EPOCHS", "epochs") for piece in pieces if piece]
    whole = "\n\n".join(["\n".join(start), *texts])
    program.add(
        "# Once to be scored, and once more on every row.",
        *before,
        "for final in (False, True):",
        indent(whole, "    "),
    )


def tensor_lines(facts: Facts) -> list[str]:
    """The main lines that make tensors of all rows: ``x``, ``codes``, ``y`` and ``w``."""
    kind = "torch.float64" if facts.double else "torch.float32"
    lines = list[str]()
    inputs = "np.column_stack(inputs)" if facts.dense else "np.zeros((n_rows, 0))"
    if facts.ensemble:
        lines.append(f"dense = {inputs}")
        inputs = "dense"
    lines.append(f"x = torch.tensor({inputs}, dtype={kind})")
    if facts.coded:
        lines.append("codes = torch.tensor(np.column_stack(codes))")
    if facts.task == "multiclass":
        lines.append("y = torch.tensor(label)")
    elif facts.task == "binary":
        lines.append(f"y = torch.tensor(label, dtype={kind})[:, None]")
    else:
        column = "" if facts.n_targets > 1 else "[:, None]"
        lines.append(f"y = torch.tensor(y, dtype={kind}){column}")
    return [*lines, *weight_lines(facts, kind)]


def weight_lines(facts: Facts, kind: str) -> list[str]:
    """The main lines that make ``w``: how much each row counts in the loss.

    Args:
        facts: of the model.
        kind: of the tensor that it becomes; nothing where it stays an array.
    """
    given = facts.settings.class_weight
    if not facts.weighted:
        return []

    def made(values: str) -> str:
        return f"w = torch.tensor({values}, dtype={kind})[:, None]" if kind else f"w = {values}"

    if given is None:
        return [made("weight")]
    also = " * weight" if facts.row_weighted else ""
    if given == "balanced":
        weights = ", weight[training]" if facts.row_weighted else ""
        return [
            "# Classes count alike, however many rows they have.",
            f"of_class = np.bincount(label[training]{weights})",
            "of_class = of_class.sum() / (len(classes) * of_class)",
            made(f"of_class[label]{also}"),
        ]
    return [
        f"of_class = {literal(dict(given))}  # how much a row of a class counts",
        "of_class = np.array([of_class.get(str(name), 1.0) for name in classes])",
        made(f"of_class[label]{also}"),
    ]


def predicted_helper(facts: Facts) -> str:
    """The function from outputs to what is predicted."""
    lines, link = ["outputs = outputs.double()"], link_of(facts)
    if link:
        lines.append(f"outputs = {link}")
    if facts.classed:
        says = "The probability of each class, (row, class), that outputs stand for."
        if not facts.loss.link.probabilities:
            says = "How far each row is on the side of each class, (row, class)."
        if facts.task == "binary":
            first = "1 - outputs" if facts.loss.link.probabilities else "-outputs"
            lines.append(f"return torch.hstack([{first}, outputs]).numpy()")
        else:
            lines.append("return outputs.numpy()")
    else:
        says = "What outputs say, in the table's units."
        step, point = facts.loss.outputs_per_target, facts.loss.point
        places = ":, 0" if facts.n_targets == 1 else ":"
        if step > 1 and facts.n_targets == 1:
            places = f":, {point}"
        elif step > 1:
            places = f":, {point}::{step}"
        picked = "outputs.numpy()" if places == ":" else f"outputs[{places}].numpy()"
        lines.append(f"return {unscaled(facts, picked)}")
    body = "\n".join(f"    {line}" for line in lines)
    return f'def predicted(outputs):\n    """{says}"""\n{body}'


def result_lines(facts: Facts) -> list[str]:
    """The main lines at the end: predictions of all rows, and how good they are."""
    inputs = "x, codes" if facts.coded else "x"
    outputs = "outputs" if facts.exact else f"model({inputs})"
    found = "probability" if facts.classed else "prediction"
    if facts.classed and not facts.loss.link.probabilities:
        found = "margin"
    lines = ["with torch.no_grad():", f"    {found} = predicted({outputs})"]
    if facts.exact:
        lines = [f"{found} = predicted(outputs)"]
    return [*lines, *score_lines(facts, found)]


def score_lines(facts: Facts, found: str) -> list[str]:
    """The main lines that print how good predictions are."""
    name = facts.model.answers.headline
    rows, said = ("test", "test") if facts.tested else ("training", "training")
    score = score_call(facts, name, rows, f"{found}[{rows}]")
    lines = [f"score = {score}", f'print(f"{said} {name}: {{score:.6g}}")']
    if facts.tested:
        lines.insert(0, "# Rows that nothing has looked at before say how good it is.")
    if facts.refitted is None:
        return lines
    return ["if not final:", *(f"    {line}" for line in lines)]
