"""预检: looks at what a round rests on before anybody is told of it (promises.md P9).

The optimum of wrong inputs is proved as well as that of right ones. So each draft is held against
the round before, against itself and against the model, and whatever looks like a known slip blocks
it until a named person answers for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from peipao.domain.findings import Finding
from peipao.domain.records import Round
from peipao.errors import CheckFailedError
from peipao.kinds.catalogue import Catalogue
from peipao.reference.loader import Reference
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.preflight_issues import Issue
from serving.usecases.preflight_rosters import about_conflicts, about_rosters
from serving.usecases.preflight_scores import Judged, about_scores
from serving.usecases.preflight_shapes import about_alone, about_change, about_search
from serving.usecases.round_bundle import Bundle
from serving.usecases.round_shape import Shape
from serving.usecases.round_snapshot import Prepared, Snapshot
from serving.usecases.score_pairs import Scored
from serving.usecases.score_sheet import ScoreSheet

_SHEETS_READ = 3
"""Earlier published tables of scores that a new one is held against, value by value."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """Finds what a person must look at.

    Attributes:
        frozen: bundles of earlier rounds.
    """

    catalogue: Catalogue
    reference: Reference
    frozen: FrozenRounds

    def __call__(self, made: Round, shape: Shape, prepared: Prepared) -> list[Finding]:
        """Return the findings about a draft, numbered; none if all is well."""
        return [
            Finding(made.id, number, issue.code, issue.detail)
            for number, issue in enumerate(self._issues(made, shape, prepared), start=1)
        ]

    def of_scores(self, snapshot: Snapshot, scored: Scored, sheet: ScoreSheet) -> list[Issue]:
        """Return what looks wrong with a table of scores, beside the model's own.

        Args:
            snapshot: what the round is made from.
            scored: its pairs by the model.
            sheet: takes the model's place.
        """
        earlier, sheets = _shapes(snapshot), list(self._sheets(snapshot))
        judged = Judged(sheet, scored.affinity, snapshot.asked, earlier, sheets, self._word)
        return list(about_scores(judged))

    def _issues(self, made: Round, shape: Shape, prepared: Prepared) -> Iterator[Issue]:
        snapshot, terms = prepared.snapshot, prepared.terms
        earlier = _shapes(snapshot)
        yield from about_search(made)
        yield from about_alone(prepared.frozen)
        if earlier:
            yield from about_change(shape, earlier[0], snapshot, self._word)
        yield from about_rosters(shape, earlier, snapshot)
        yield from about_conflicts(self.catalogue[made.kind], snapshot)
        if terms.scores is not None:
            yield from self.of_scores(snapshot, prepared.scored, terms.scores)
        yield from prepared.known
        if made.certificate["seed_from"] == "stated":
            yield Issue("stated-seed", "摇号种子由拟定人指定,而不是承诺或推导得出")

    def _word(self, district: str) -> str:
        return self.reference.label("districts", district) if district else "未知区市"

    def _sheets(self, snapshot: Snapshot) -> Iterator[Bundle]:
        """Yield the bundles of the latest published rounds that were scored by a sheet."""
        scored = [one for one in snapshot.standing if one.certificate.get("scores")]
        for one in scored[:_SHEETS_READ]:
            try:
                yield self.frozen.read(one.id, str(one.certificate["inputs"]))
            except CheckFailedError:
                continue  # a bundle that is lost is found by replay; here it only cannot help


def _shapes(snapshot: Snapshot) -> list[Shape]:
    return [one for one in map(_shape_kept, snapshot.standing) if one is not None]


def _shape_kept(one: Round) -> Shape | None:
    kept = one.certificate.get("shape")
    return Shape.from_json(kept) if isinstance(kept, dict) else None
