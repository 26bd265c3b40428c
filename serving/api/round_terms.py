"""From the body of a request to the terms of a round."""

from __future__ import annotations

from serving.api.round_schemas import PairingsIn, TermsIn
from serving.usecases.import_pairings import PairingDraft
from serving.usecases.round_terms import Quota, RoundTerms
from serving.usecases.score_sheet import ScoreRow, ScoreSheet, sheet_of

_NAME = "API"


def terms_of(body: TermsIn) -> RoundTerms:
    """Return the terms that a body states.

    Raises:
        SheetRefusedError: a pair is scored twice.
    """
    return RoundTerms(
        pins=tuple((need, provider) for need, provider in body.pins),
        vetoes=tuple((need, provider) for need, provider in body.vetoes),
        quotas=tuple(
            Quota(
                id=one.id,
                side=one.side,
                attribute=one.attribute,
                values=tuple(one.values),
                members=tuple(one.members),
                least=one.least,
                most=one.most,
            )
            for one in body.quotas
        ),
        need_min=body.need_min,
        provider_min=body.provider_min,
        previous=body.previous,
        max_changes=body.max_changes,
        change_cost=body.change_cost,
        objective=body.objective,
        scores=_sheet(body),
    )


def pairings_of(body: PairingsIn) -> list[PairingDraft]:
    """Return the pairings that a body states."""
    return [
        PairingDraft(f"#/pairings/{at}", one.project, one.kind, one.provider, one.since, one.need)
        for at, one in enumerate(body.pairings)
    ]


def _sheet(body: TermsIn) -> ScoreSheet | None:
    if not body.scores:
        return None
    rows = [
        ScoreRow(f"#/scores/{at}", one.need, one.provider, one.score)
        for at, one in enumerate(body.scores)
    ]
    return sheet_of(_NAME, rows)
