"""Judge the ranker on held-out months: trained on the past alone, ranked in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.base import Progress
from serving.usecases.gather_training_data import GatherTrainingData
from serving.usecases.report_disparity import ReportDisparity

if TYPE_CHECKING:
    from models.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class EvaluateModel:
    """Evaluates; nothing is stored."""

    gather: GatherTrainingData
    disparity: ReportDisparity

    def __call__(
        self,
        kind: str,
        *,
        seed: int,
        cut_at: float | None = None,
        progress: Progress | None = None,
    ) -> Evaluation:
        """Return figures on the needs opened after a cut, with those by district and group.

        Args:
            kind: which model.
            seed: of the fit.
            cut_at: seconds since 1970-01-01 UTC; None holds out the latest fifth.
            progress: told the step and the share done.

        Raises:
            UnknownKindError: there is no such kind.
            InvalidInputError: there is nothing to learn from.
        """
        from models.evaluation import evaluate

        data = self.gather(kind).data
        found = evaluate(data, seed, cut_at=cut_at, progress=progress)
        return replace(found, treated=(), disparity=self.disparity(found.treated))
