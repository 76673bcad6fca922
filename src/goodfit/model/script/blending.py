"""Pieces after an ensemble: how its networks and exact lines are mixed, by rows kept from them."""

from __future__ import annotations

from goodfit.model.blend import MIXED, MOST_CLASS_PARAMETERS, MOST_PRODUCTS
from goodfit.model.script.code import block
from goodfit.model.script.facts import Facts

#: The least mean squared error with a small penalty, solved outright.
LINE = '''
    def line_of(rows):
        """The straight line through some rows, with a small penalty on its weights, solved."""
        a, b = x[rows].double(), y[rows].double()
        ‹counts›
        ‹means›
        a, b = a - middle, b - level
        ‹solved›
        return weight, level - middle @ weight
'''
LOGISTIC = '''
    def line_of(rows):
        """Logistic regression of some rows, with a small penalty on its weights."""
        a, b = x[rows].double(), y[rows]‹double›
        ‹counts›
        weight = torch.zeros(a.shape[1], ‹outputs›, dtype=torch.float64, requires_grad=True)
        bias = torch.zeros(‹outputs›, dtype=torch.float64, requires_grad=True)
        search = torch.optim.LBFGS(
            [weight, bias],
            max_iter=1000,
            tolerance_grad=1e-9,
            tolerance_change=1e-15,
            line_search_fn="strong_wolfe",
        )

        def closure():
            search.zero_grad()
            ‹errors›
            loss = ‹loss›
            loss.backward()
            return loss

        search.step(closure)
        return weight.detach(), bias.detach()
'''
CERTAIN = '''
    def certain(better, simpler):
        """Whether the rows' errors are less by more than chance explains."""
        apart = row_errors(simpler, truth) - row_errors(better, truth)
        ‹weighed›return apart.mean() > apart.std() / len(apart) ** 0.5
'''
MIXED_REGRESSION = """
    # Every row was kept from one fold: what that fold's networks and that fold's straight line say
    # of it tells how far to trust each.
    lines = [line_of(rows) for rows, _ in folds]
    with torch.no_grad():
        held = model(‹padded›).mean(dim=1)[there].double()
    straight = [x[own].double() @ w + b for (w, b), (_, own) in zip(lines, folds, strict=True)]
    straight, truth = torch.cat(straight), y[watching].double()
    apart = held - straight
    ‹share›
    share = share.clamp(0, 1)
    if not certain(straight + share * apart, straight):
        share = torch.zeros(())  # the line is as good
    line = sum(weight for weight, _ in lines) / FOLDS
    bias = sum(one for _, one in lines) / FOLDS
    networks, straight = share, 1 - share
"""
MIXED_CLASSES = """
    # Every row was kept from one fold: what that fold's networks and that fold's logistic
    # regression say of it tells how far to trust each, and how sure to be.
    lines = [line_of(rows) for rows, _ in folds]
    with torch.no_grad():
        held = model(‹padded›).mean(dim=1)[there].double()
    beside = [x[own].double() @ w + b for (w, b), (_, own) in zip(lines, folds, strict=True)]
    beside, truth = torch.cat(beside), y[watching]‹double›
    tried = [
        (share * factor, (1 - share) * factor)
        for share in np.linspace(0, 1, 11)
        for factor in np.geomspace(0.1, 2.0, 40)[::2]
    ]
    networks, straight = min(tried, key=lambda one: mean_error(one[0] * held + one[1] * beside))
    mixture = networks * held + straight * beside
    if mean_error(held) <= mean_error(beside) and not certain(mixture, held):
        networks, straight = 1.0, 0.0  # they are as good alone, and as sure as they should be
    elif networks and not certain(mixture, beside):
        networks, straight = 0.0, 1.0
    line = sum(weight for weight, _ in lines) / FOLDS
    bias = sum(one for _, one in lines) / FOLDS
"""
SCALED_CLASSES = """
    # Every row was kept from one fold: what that fold's networks say of it tells how sure to be.
    with torch.no_grad():
        held = model(‹padded›).mean(dim=1)[there].double()
    truth = y[watching]‹double›
    networks = min(np.geomspace(0.1, 2.0, 40), key=lambda one: mean_error(one * held))
    if not certain(networks * held, held):
        networks = 1.0
"""
MEAN_ERROR = '''
    def mean_error(outputs):
        """Mean error of what is said of the rows that watch."""
        return ‹mean›
'''
MIXED_OUTPUTS = '''
    def mixed(outputs, x):
        """Networks and line together, (row, output)."""
        return networks * outputs + straight * (x @ line + bias)
'''
SCALED_OUTPUTS = '''
    def mixed(outputs, x):
        """What the networks say, as sure as they should be."""
        return networks * outputs
'''


def mixes(facts: Facts) -> bool:
    """Whether rows that folds did not see say how outputs are mixed."""
    found = facts.bagged and facts.settings.loss in MIXED
    return found and (facts.classed or lined(facts))


def lined(facts: Facts) -> bool:
    """Whether a line is solved beside the networks: not where it would take long."""
    layout, provenance = facts.model.preprocessing.layout, facts.model.provenance
    n_columns, n_outputs = len(layout.dense), layout.outputs
    regression = facts.task == "regression"
    if not regression and n_columns * n_outputs > MOST_CLASS_PARAMETERS:
        return False
    products = provenance.n_training * (n_columns * (1 if regression else n_outputs)) ** 2
    folds = facts.settings.bag or 1
    return products * folds * (1 if regression else 10) <= MOST_PRODUCTS


def blend_helpers(facts: Facts) -> dict[str, str]:
    """The functions that mix."""
    weighted = facts.weighted
    w = "w[watching].double()"
    weighed = f"apart = apart * {w} / {w}.mean()\n    " if weighted else ""
    error = "row_errors(outputs, truth)"
    mean = f"({error} * {w}).sum() / {w}.sum()" if weighted else f"{error}.mean()"
    return {
        "line_of": _line(facts),
        "certain": block(CERTAIN, weighed=weighed),
        "mean_error": block(MEAN_ERROR, mean=mean),
        "mixed": block(MIXED_OUTPUTS if lined(facts) else SCALED_OUTPUTS),
    }


def _line(facts: Facts) -> str:
    weighted = facts.weighted
    counts = "counts = w[rows].double()" if weighted else ""
    if facts.task == "regression":
        penalty = f"{0.2 / 2 * facts.n_targets:.10g} * torch.eye(a.shape[1], dtype=a.dtype)"
        means = "middle, level = a.mean(dim=0), b.mean(dim=0)"
        if weighted:
            means = (
                "middle = (counts * a).sum(dim=0) / counts.sum()\n"
                "    level = (counts * b).sum(dim=0) / counts.sum()"
            )
        first = "(counts * a).T" if weighted else "a.T"
        solved = f"weight = torch.linalg.solve({first} @ a + {penalty}, {first} @ b)"
        if weighted:
            solved = (
                f"normal = {first} @ a + {penalty}\n    "
                f"weight = torch.linalg.solve(normal, {first} @ b)"
            )
        text = block(
            LINE,
            counts=counts,
            means=means,
            solved=solved,
        )
    else:
        penalty = "weight.square().sum() / 2"
        many = facts.task == "multiclass"
        name = "cross_entropy" if many else "binary_cross_entropy_with_logits"
        errors = f"errors = functional.{name}(a @ weight + bias, b)"
        loss = f"errors + {penalty} / len(a)"
        if weighted:
            errors = errors.replace("b)", 'b, reduction="none")')
            counts += ".flatten()" if many else ""
            loss = f"((counts * errors).sum() + {penalty}) / counts.sum()"
        text = block(
            LOGISTIC,
            double="" if facts.task == "multiclass" else ".double()",
            counts=counts,
            errors=errors,
            outputs="len(classes)" if facts.task == "multiclass" else "1",
            loss=loss,
        )
    return text.replace("    \n", "")


def blend_lines(facts: Facts) -> list[str]:
    """The main lines that find the mixture; none where networks stand alone."""
    if not mixes(facts):
        return []
    padded = "x[padded], codes[padded]" if facts.coded else "x[padded]"
    double = "" if facts.task == "multiclass" else ".double()"
    if facts.task == "regression":
        share = "share = (apart * (truth - straight)).sum() / apart.square().sum()"
        if facts.weighted:
            share = (
                "counts = w[watching].double()\n"
                "share = (counts * apart * (truth - straight)).sum()\n"
                "share = share / (counts * apart.square()).sum()"
            )
        return [block(MIXED_REGRESSION, padded=padded, share=share)]
    return [block(MIXED_CLASSES if lined(facts) else SCALED_CLASSES, padded=padded, double=double)]
