"""Pieces of one step: forward, backward, and what is added up."""

from __future__ import annotations

from goodfit.model.script.code import literal
from goodfit.model.script.facts import Facts
from goodfit.model.script.losses import torch_loss
from goodfit.model.script.schedules import rate_call, scheduled


def is_summed(facts: Facts) -> bool:
    """Whether errors are added up by themselves, not means of batches."""
    return facts.weighted or facts.ensemble or facts.settings.steps is not None


def counts_steps(facts: Facts) -> bool:
    """Whether something depends on how many steps were made."""
    settings = facts.settings
    return scheduled(facts) or bool(settings.weight_average) or settings.steps is not None


def of_rows(name: str, rows: str) -> str:
    """Some rows of a tensor; all where none are named."""
    return f"{name}[{rows}]" if rows else name


def step_lines(facts: Facts, rows: str, *, summed: bool) -> list[str]:
    """One step, and what is added up of its loss."""
    settings, lines = facts.settings, list[str]()
    if scheduled(facts):
        optimizers = ["muon", "adamw"] if settings.optimizer == "muon" else ["optimizer"]
        groups = " + ".join(f"{name}.param_groups" for name in optimizers)
        lines += [f"for group in {groups}:", f'    group["lr"] = {rate_call(facts)}']
    inputs = of_rows("x", rows)
    if settings.input_noise:
        lines += [
            f"seen = {inputs}",
            "drawn = torch.empty_like(seen).normal_(generator=noise)",
            f"seen = seen + {literal(settings.input_noise)} * drawn",
        ]
        inputs = "seen"
    if facts.coded:
        inputs += f", {of_rows('codes', rows)}"
    target = of_rows("y", rows)
    if settings.optimizer == "lbfgs":
        lines += _searched(facts, inputs, target, rows)
    else:
        lines += _forward(facts, inputs, target, rows)
        lines += _backward(facts)
    if counts_steps(facts):
        lines.append("step += 1")
    if settings.weight_average:
        decay = literal(settings.weight_average)
        lines.append(f"approach(average, model, (1 - {decay}) / (1 - {decay}**step))")
    if summed and facts.ensemble:
        seen = f"{rows}.numel() * MEMBERS"
        if facts.weighted:
            seen = f"each_member(w[{rows}]).sum().item()"
        lines += [f"total += {sum_told(facts)}", f"n_seen += {seen}"]
    elif summed and facts.weighted:
        lines += [f"total += {sum_told(facts)}", f"n_seen += w[{rows}].sum().item()"]
    elif summed:
        lines.append(f"total += {told_of(facts)} * len(rows)")
        lines += ["n_seen += len(rows)"] * is_summed(facts)
    if settings.steps is not None and summed:
        lines += [f"if step == {settings.steps}:  # the time was over", "    break"]
    return lines


def _forward(facts: Facts, inputs: str, target: str, rows: str) -> list[str]:
    """The loss of some rows, ``loss``; with weights also ``errors``."""
    if facts.ensemble:
        times = f" * each_member({of_rows('w', rows)})" if facts.weighted else ""
        mean = "errors.mean()"
        if facts.weighted:
            mean = "errors.sum() / (weight_of_rows * len(errors))"
        return [
            f"outputs = model({inputs}).flatten(0, 2)  # of all folds and members",
            f"errors = row_errors(outputs, each_member({target})){times}",
            f"loss = FOLDS * {mean}",
        ]
    if facts.weighted:
        n_rows = f"len({rows})" if rows else "n_rows"
        return [
            f"errors = row_errors(model({inputs}), {target}) * {of_rows('w', rows)}",
            f"loss = errors.sum() / (weight_of_rows * {n_rows})",
        ]
    outputs = f"model({inputs})"
    if torch_loss(facts):
        return [f"loss = loss_function({outputs}, {target})"]
    return [f"loss = row_errors({outputs}, {target}).mean()"]


def penalty_lines(facts: Facts) -> list[str]:
    """Lines that add to the loss that is made small what large weights cost."""
    settings, parts = facts.settings, list[str]()
    if settings.l2:
        half = literal(settings.l2 / 2)
        parts.append(f"loss = loss + {half} * sum(p.square().sum() for p in weights)")
    if settings.l1:
        share = literal(settings.l1)
        parts.append(f"loss = loss + {share} * sum(p.abs().sum() for p in weights)")
    return parts


def told_of(facts: Facts) -> str:
    """The loss that is told: without penalties, which are added to another name's."""
    if facts.settings.optimizer == "lbfgs":
        return "told[0]"
    return "error.item()" if penalty_lines(facts) else "loss.item()"


def sum_told(facts: Facts) -> str:
    """The sum of the errors of a step's rows."""
    return "told[0]" if facts.settings.optimizer == "lbfgs" else "errors.sum().item()"


def _backward(facts: Facts) -> list[str]:
    settings = facts.settings
    names = ["muon", "adamw"] if settings.optimizer == "muon" else ["optimizer"]
    lines = [f"{name}.zero_grad()" for name in names]
    penalty = penalty_lines(facts)
    if penalty and not (facts.weighted or facts.ensemble):
        lines.append("error = loss  # what is told is the error alone")
    lines += [*penalty, "loss.backward()"]
    if settings.gradient_clip:
        longest = literal(settings.gradient_clip)
        lines.append(f"nn.utils.clip_grad_norm_(model.parameters(), {longest})")
    return lines + [f"{name}.step()" for name in names]


def _searched(facts: Facts, inputs: str, target: str, rows: str) -> list[str]:
    """A step of an optimizer that compares losses on its way; the first of them is told."""
    told = "errors.sum().item()" if facts.weighted or facts.ensemble else "loss.item()"
    inner = [
        *_forward(facts, inputs, target, rows),
        f"told.append({told})",
        *penalty_lines(facts),
        "optimizer.zero_grad()",
        "loss.backward()",
        "return loss",
    ]
    closure = ["def closure():", *(f"    {line}" for line in inner), ""]
    return ["told.clear()", "", *closure, "optimizer.step(closure)"]
