"""The pieces of a linear network whose best parameters are computed outright."""

from __future__ import annotations

from goodfit.model.script.code import block, literal
from goodfit.model.script.facts import Facts

LEAST_SQUARES = '''
    def solved(a, b‹given›):
        """The shortest weights with the least mean squared error, and the bias."""
        ‹counts›middle, level = ‹middle›, ‹level›
        a, b = a - middle, b - level
        ‹scaled›‹penalty›weight = np.linalg.lstsq(a, b, rcond=None)[0]
        return weight, level - middle @ weight
'''
LOGISTIC = '''
    def solved(a, b‹given›):
        """The weights and biases with the least cross-entropy, by L-BFGS."""
        middle = a.mean(axis=0)
        a, b = torch.from_numpy(a - middle), torch.from_numpy(b)
        weight = torch.zeros(a.shape[1], ‹outputs›, dtype=torch.float64, requires_grad=True)
        bias = torch.zeros(‹outputs›, dtype=torch.float64, requires_grad=True)
        search = torch.optim.LBFGS(
            [weight, bias],
            max_iter=10_000,
            max_eval=20_000,
            tolerance_grad=1e-12,
            tolerance_change=1e-18,
            line_search_fn="strong_wolfe",
        )

        def closure():
            search.zero_grad()
            ‹errors›
            loss = ‹mean›‹penalty›
            loss.backward()
            return loss

        search.step(closure)
        weight, bias = weight.detach().numpy(), bias.detach().numpy()
        return weight, bias - middle @ weight
'''


def exact_helpers(facts: Facts) -> dict[str, str]:
    """The solver."""
    if not facts.exact:
        return {}
    weighted, l2 = facts.weighted, facts.settings.l2
    if facts.task == "regression":
        return {"solved": _least_squares(facts, l2, weighted=weighted)}
    many = facts.task == "multiclass"
    name = "cross_entropy" if many else "binary_cross_entropy_with_logits"
    outputs = "a @ weight + bias" if many else "(a @ weight + bias)[:, 0]"
    reduced = ', reduction="none"' if weighted else ""
    target = "b" if many else "b.double()"
    errors = [f"outputs = {outputs}"]
    errors.append(f"errors = functional.{name}(outputs, {target}{reduced})")
    mean = "(counts * errors).sum() / counts.sum()" if weighted else "errors"
    return {
        "solved": block(
            LOGISTIC,
            given=", counts" if weighted else "",
            outputs="len(classes)" if many else "1",
            errors="\n        ".join(errors),
            mean=mean,
            penalty=f" + {literal(l2 / 2)} * weight.square().sum()" if l2 else "",
        )
    }


def _least_squares(facts: Facts, l2: float, *, weighted: bool) -> str:
    total = "counts.sum()" if weighted else "len(a)"
    pull = literal(l2 / 2 * facts.n_targets)
    penalty = (
        f"pull = np.sqrt({pull} * {total}) * np.eye(a.shape[1])\n    "
        "a, b = np.vstack([a, pull]), np.vstack([b, np.zeros((len(pull), b.shape[1]))])\n    "
    )
    mean = "np.average({0}, axis=0, weights=counts)" if weighted else "{0}.mean(axis=0)"
    return block(
        LEAST_SQUARES,
        given=", counts" if weighted else "",
        counts="",
        middle=mean.format("a"),
        level=mean.format("b"),
        scaled="root = np.sqrt(counts)[:, None]\n    a, b = root * a, root * b\n    "
        if weighted
        else "",
        penalty=penalty if l2 else "",
    )


def exact_lines(facts: Facts) -> list[str]:
    """The main lines that solve, and tell the loss; ``outputs`` are those of all rows."""
    inputs = ["*inputs"] if facts.dense else []
    if facts.coded:
        inputs.append("*marks")
    lines = list[str]()
    if facts.coded:
        lines += [
            "# A column for each code but that of an unseen level, which adds nothing.",
            "marks = [code[:, None] == np.arange(1, code.max() + 1) for code in codes]",
        ]
    lines.append(f"design = np.column_stack([{', '.join(inputs)}]).astype(float)")
    if facts.task == "regression":
        lines.append("y = y" if facts.n_targets > 1 else "y = y[:, None]")
        lines = [line for line in lines if line != "y = y"]
    target = "y" if facts.task == "regression" else "label"
    given = f"design[training], {target}[training]"
    if facts.weighted:
        given += ", w[training]" if facts.task == "regression" else ", torch.tensor(w[training])"
    lines += [
        f"slopes, bias = solved({given})",
        "outputs = torch.from_numpy(design @ slopes + bias)",
    ]
    return [*lines, *_told(facts)]


def _told(facts: Facts) -> list[str]:
    """The lines that tell the loss."""
    truth = {
        "multiclass": "truth = torch.tensor(label[training])",
        "binary": "truth = torch.tensor(label[training], dtype=torch.float64)[:, None]",
        "regression": "truth = torch.from_numpy(y[training])",
    }[facts.task]
    errors, shown = "row_errors(outputs[training], truth)", 'print(f"[1/1] loss:{loss:.4f}")'
    if not facts.weighted:
        return [truth, f"loss = {errors}.mean().item()", shown]
    return [
        truth,
        "counts = torch.tensor(w[training])[:, None]",
        f"loss = (counts * {errors}).sum().item() / counts.sum().item()",
        shown,
    ]
