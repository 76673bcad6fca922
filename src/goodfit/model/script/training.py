"""Pieces that train one network: its steps, what watches them, what is kept at the end."""

from __future__ import annotations

from goodfit.core.settings import decided
from goodfit.model.script.code import block, literal
from goodfit.model.script.facts import Facts
from goodfit.model.script.losses import torch_loss
from goodfit.model.script.metrics import score_call, threshold_found
from goodfit.model.script.optimizers import KEPT, optimizer_lines
from goodfit.model.script.schedules import rate_call, scheduled
from goodfit.model.script.steps import (
    counts_steps,
    is_summed,
    of_rows,
    step_lines,
    sum_told,
    told_of,
)
from goodfit.scoring.metrics import METRICS
from goodfit.training.state import LEARNT

AVERAGED = '''
    def averaged(model, optimizer):
        """The network with the mean of its steps, which is what is kept."""
        found = copy.deepcopy(model)
        for mine, stepped in zip(found.parameters(), model.parameters(), strict=True):
            mine.data.copy_(optimizer.state[stepped]["‹name›"])
        return found
'''


AVERAGE_STEP = '''
    def approach(average, model, share):
        """Take the average this share of the way to the network as it is now."""
        with torch.no_grad():
            for name, now in model.state_dict().items():
                ‹only›average.state_dict()[name].lerp_(now, share)
'''


def training_helpers(facts: Facts) -> dict[str, str]:
    """The functions that the loop needs."""
    buffers = facts.settings.normalization == "batch" and not facts.ensemble
    only = "if now.is_floating_point():  # what is counted has no mean\n                "
    return {
        "averaged": block(AVERAGED, name=KEPT.get(facts.settings.optimizer, "")),
        "approach": block(AVERAGE_STEP, only=only if buffers else ""),
    }


def begin_lines(facts: Facts) -> list[str]:
    """The main lines between the network and the loop: loss, optimizer, generators."""
    lines = list[str]()
    if torch_loss(facts) and not facts.ensemble:
        lines.append(f"loss_function = {torch_loss(facts)}")
    lines += optimizer_lines(facts)
    return lines


def chance_lines(facts: Facts) -> list[str]:
    """Generators that are drawn from in the loop."""
    lines = list[str]()
    if facts.n_batches > 1:
        lines.append('shuffling = torch.Generator().manual_seed(seed_for("shuffling"))')
    if facts.settings.input_noise:
        lines.append('noise = torch.Generator().manual_seed(seed_for("input_noise"))')
    if facts.chance:
        lines.append('torch.manual_seed(seed_for("dropout"))  # from here on for the network alone')
    return lines


def loop_lines(facts: Facts) -> list[str]:
    """The main lines of the training, at whose end ``model`` is what is kept."""
    settings = facts.settings
    rows = "every" if facts.ensemble else "training" if facts.divided else ""
    start = [
        *_counts(facts),
        *chance_lines(facts),
        *(["average = copy.deepcopy(model)"] if settings.weight_average else []),
        *(["weight_of_rows = w[training].mean()"] if facts.weighted else []),
        *(["told = []"] if settings.optimizer == "lbfgs" else []),
        *_best_start(facts),
        *(["threshold = 0.5"] if threshold_found(facts) and facts.metric_decides else []),
    ]
    body = list[str]()
    if facts.n_batches > 1:
        body.append("total, n_seen = 0.0, 0.0" if is_summed(facts) else "total = 0.0")
        if facts.ensemble:
            body.append("order = torch.stack([shuffled(rows) for rows, _ in folds])  # (fold, row)")
        elif facts.divided:
            body.append("order = torch.randperm(len(training), generator=shuffling)")
            body.append("order = torch.from_numpy(training)[order]")
        else:
            body.append("order = torch.randperm(n_rows, generator=shuffling)")
        over = ", dim=1" if facts.ensemble else ""
        body.append(f"for rows in torch.tensor_split(order, n_batches{over}):")
        body += [f"    {line}".rstrip() for line in step_lines(facts, "rows", summed=True)]
    else:
        body += step_lines(facts, rows, summed=False)
    body += [*_after_epoch(facts), *_stops(facts)]
    if _has_modes(facts):
        body = ["model.train()", *body]
    loop = ["for epoch in range(1, EPOCHS + 1):", *(f"    {line}".rstrip() for line in body)]
    return [*start, *loop, *_end(facts)]


def _has_modes(facts: Facts) -> bool:
    """Whether the network computes otherwise in a step than later."""
    return facts.chance or (
        facts.settings.normalization == "batch" and facts.settings.network in {"mlp", "resnet"}
    )


def _counts(facts: Facts) -> list[str]:
    settings, lines = facts.settings, list[str]()
    if facts.n_batches > 1:
        size = literal(settings.batch_size)
        n_rows = "len(training)" if facts.divided else "n_rows"
        n_rows = "longest" if facts.ensemble else n_rows
        lines.append(f"n_batches = math.ceil({n_rows} / {size})  # steps of an epoch")
    if scheduled(facts):
        course = rate_call(facts)
        if "n_steps" in course:
            times = " * n_batches" if facts.n_batches > 1 else ""
            lines.append(f"n_steps = EPOCHS{times}")
        if "n_batches" in course and facts.n_batches == 1:
            lines.append("n_batches = 1")
        if "n_falls" in course:
            lines.append("least, n_still, n_falls = math.inf, 0, 0")
    if counts_steps(facts):
        lines.append("step = 0")
    return lines


def _best_start(facts: Facts) -> list[str]:
    if not (facts.keeps_best or facts.stops_early):
        return []
    lines = ["best_loss, best_epoch = math.inf, 0"]
    if facts.metric_decides:
        lines = ["best, best_loss, best_epoch = math.inf, math.inf, 0"]
    if facts.patient_start:
        lines.append("constant_loss, learnt_epoch = math.inf, 0")
    return lines


def _after_epoch(facts: Facts) -> list[str]:
    """What is measured and said after an epoch."""
    lines = list[str]()
    settings, kept = facts.settings, kept_name(facts)
    if facts.n_batches > 1:
        lines.append("total /= n_seen" if is_summed(facts) else "total /= " + _n_training(facts))
        train = "total"
    elif facts.ensemble:
        seen = "(every.numel() * MEMBERS)"
        if facts.weighted:
            seen = "each_member(w[every]).sum().item()"
        lines.append(f"total = {sum_told(facts)} / {seen}")
        train = "total"
    elif facts.weighted:
        lines.append(f"total = {sum_told(facts)} / {of_rows('w', _rows(facts))}.sum().item()")
        train = "total"
    else:
        train = told_of(facts)
    watching = facts.watched or facts.bagged
    if settings.optimizer in KEPT and watching:
        lines.append("kept = averaged(model, optimizer)")
    shown = f"[{{epoch}}/{{EPOCHS}}] loss:{{{train}:.4f}}"
    if watching:
        if _has_modes(facts):
            lines.append(f"{kept}.eval()")
        outputs = f"{kept}({_watching(facts)})"
        if facts.ensemble:
            outputs += ".mean(dim=1)[there]"
        lines += ["with torch.no_grad():", f"    outputs = {outputs}"]
        lines += [f"    {line}" for line in _valid_lines(facts, "valid_loss")]
        shown += " validation:{valid_loss:.4f}"
    lines.append(f'print(f"{shown}")')
    if settings.schedule == "reduce_on_plateau":
        lines += _plateau(facts, train)
    return [*lines, *_better(facts), *_learnt(facts)]


def _rows(facts: Facts) -> str:
    return "training" if facts.divided else ""


def _n_training(facts: Facts) -> str:
    return "len(training)" if facts.divided else "n_rows"


def kept_name(facts: Facts) -> str:
    """The network that is measured and kept."""
    if facts.settings.weight_average:
        return "average"
    return "kept" if facts.settings.optimizer in KEPT else "model"


def _watching(facts: Facts) -> str:
    rows = "padded" if facts.ensemble else "validation"
    return f"x[{rows}], codes[{rows}]" if facts.coded else f"x[{rows}]"


def _valid_lines(facts: Facts, name: str, outputs: str = "outputs") -> list[str]:
    """The loss of the rows that watch, under a name."""
    rows = watching_rows(facts)
    if facts.weighted:
        return [
            f"errors = row_errors({outputs}, y[{rows}]) * w[{rows}]",
            f"{name} = (errors.sum() / w[{rows}].sum()).item()",
        ]
    if torch_loss(facts) and not facts.ensemble:
        return [f"{name} = loss_function({outputs}, y[{rows}]).item()"]
    return [f"{name} = row_errors({outputs}, y[{rows}]).mean().item()"]


def _learnt(facts: Facts) -> list[str]:
    """Finds out whether anything was learnt, where patience is longer until then."""
    if not facts.patient_start:
        return []
    gain = literal(round(1 - LEARNT, 6))
    return [
        "if not learnt_epoch:  # no better so far than the mean of what it says",
        "    constant = outputs.mean(dim=0).expand_as(outputs)",
        *(f"    {line}" for line in _valid_lines(facts, "loss_of_mean", "constant")),
        "    constant_loss = min(constant_loss, loss_of_mean)",
        f"    if constant_loss - valid_loss > {gain} * abs(constant_loss):",
        "        learnt_epoch = epoch",
    ]


def _plateau(facts: Facts, train: str) -> list[str]:
    watched = "valid_loss" if facts.watched or facts.bagged else train
    patience = literal(decided(facts.settings.plateau_patience))
    return [
        f"if {watched} < least * (1 - 1e-4):  # else the loss stands still",
        f"    least, n_still = {watched}, 0",
        "else:",
        "    n_still += 1",
        f"if n_still > {patience}:",
        "    n_still, n_falls = 0, n_falls + 1",
    ]


def _better(facts: Facts) -> list[str]:
    """Remembers the best epoch so far."""
    if not (facts.keeps_best or facts.stops_early):
        return []
    lines = list[str]()
    least = facts.settings.min_improvement
    less = f" - {literal(least)}" if least else ""
    better = f"valid_loss < best_loss{less}"
    if facts.metric_decides:
        name = facts.model.answers.watched
        score = score_call(facts, name, watching_rows(facts), "predicted(outputs)")
        lines.append(f"watched = {'-' if METRICS[name].larger else ''}{score}")
        lines += ["same = watched == best and valid_loss < best_loss"]
        better = f"watched < best{less} or same" if not less else f"watched < best{less}"
    lines.append(f"if {better}:")
    inner = "best_loss, best_epoch = valid_loss, epoch"
    if facts.metric_decides:
        inner = "best, best_loss, best_epoch = watched, valid_loss, epoch"
    lines.append(f"    {inner}")
    if facts.keeps_best:
        lines.append(f"    best_state = copy.deepcopy({kept_name(facts)}.state_dict())")
    return lines


def watching_rows(facts: Facts) -> str:
    """The rows that watch, as an expression."""
    return "watching" if facts.ensemble else "validation"


def _stops(facts: Facts) -> list[str]:
    lines = list[str]()
    if facts.settings.steps is not None:
        lines += [f"if step == {facts.settings.steps}:", "    break"]
    if facts.stops_early:
        patience, since = str(facts.settings.early_stopping), "best_epoch"
        once = " and not final" if facts.refitted is not None else ""
        if facts.patient_start:
            lines.append(
                f"patience = {patience} if learnt_epoch else {facts.settings.start_patience}"
            )
            patience, since = "patience", "max(best_epoch, learnt_epoch)"
        lines += [
            f"if epoch - {since} >= {patience}{once}:  # no better epoch for so long",
            "    break",
        ]
    return lines


def _end(facts: Facts) -> list[str]:
    kept = kept_name(facts)
    lines = list[str]()
    watching = facts.watched or facts.bagged
    if facts.settings.optimizer in KEPT and (facts.keeps_best or not watching):
        lines.append("kept = averaged(model, optimizer)")
    if facts.keeps_best and facts.refitted is not None:
        lines += ["if not final:", f"    {kept}.load_state_dict(best_state)"]
    elif facts.keeps_best:
        lines.append(f"{kept}.load_state_dict(best_state)")
    if kept != "model":
        lines.append(f"model = {kept}")
    if _has_modes(facts):
        lines.append("model.eval()")
    return lines


def decision_lines(facts: Facts) -> list[str]:
    """The main line that says from which probability on the second class is predicted."""
    if not threshold_found(facts):
        return []
    said = "# found by rows that did not train"
    return [f"threshold = {literal(facts.settings.threshold)}  {said}"]
