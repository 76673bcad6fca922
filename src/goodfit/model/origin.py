"""Where a model comes from, and how its training ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.fingerprint import fingerprint
from goodfit.model.again import digest_of
from goodfit.model.records import Provenance
from goodfit.training.events import Event, TrainingFinished

if TYPE_CHECKING:
    from goodfit.model.run import Run


def origin_of(run: Run) -> Provenance:
    """What a model of this run says of its table, its parts and what computed it."""
    before = run.earlier
    return Provenance(
        table=fingerprint(run.table),
        n_rows=run.table.n_rows,
        n_training=len(run.learning),
        n_validation=len(run.watching),
        n_test=len(run.plan.test),
        versions=versions(),
        earlier=(*before.provenance.earlier, before.provenance.table) if before else (),
        test_rows=digest_of(run.plan.test),
        refit_epochs=run.refit.state.epoch if run.refit else None,
    )


def versions() -> dict[str, str]:
    """Of Goodfit and of the libraries that compute."""
    from goodfit import __version__

    return {"goodfit": __version__, "numpy": np.__version__, "torch": str(torch.__version__)}


def ending_of(event: Event | None) -> tuple[Remark, ...]:
    """What there is to say about how the training ended."""
    codes = {"interrupted": "model.stopped_early", "budget": "model.budget_over"}
    if not isinstance(event, TrainingFinished) or event.reason not in codes:
        return ()
    params = {"epoch": event.epoch, "kept": event.kept_epoch}
    return (finding(codes[event.reason], params),)
