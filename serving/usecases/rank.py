"""Rank the providers of one kind: for a stored need, a stored project, or a profile at hand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from features.policies import Applicants
from peipao.canonical import sha256_json
from peipao.clock import Clock
from peipao.domain.records import Need, Project, Versions
from peipao.domain.states import NEED, RANKED
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.active_models import ActiveModels, LoadedModel
from serving.usecases.add_project import checked_project
from serving.usecases.answers import RankedProvider, Ranking
from serving.usecases.drafts import NeedDraft, ProjectDraft
from serving.usecases.open_need import checked_need
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.provider_boards import Board, ProviderBoards
from serving.usecases.score_pairs import (
    NO_HISTORY,
    History,
    Scored,
    best_rows,
    city_date,
    history,
    intervals_of,
    reasons_of,
    score_pairs,
    shortlist_of,
)

MAX_LIMIT = 100
_UNSTORED = "profile"
"""Id that a profile at hand bears inside the computation."""


@dataclass(frozen=True, slots=True)
class _Question:
    """All that is read of the store for one list, from one snapshot."""

    need: Need
    project: Project
    model: LoadedModel
    board: Board
    past: History
    applicants: Applicants | None
    today: dt.date
    data: str
    stored: bool


@dataclass(frozen=True, slots=True)
class Rank:
    """Ranks providers; `need`, `project` and `profile` are its three ways of asking.

    Attributes:
        notice_version: of the public notice that describes this.
    """

    store: Store
    catalogue: Catalogue
    reference: Reference
    models: ActiveModels
    boards: ProviderBoards
    applicants: GatherApplicants
    clock: Clock
    notice_version: str

    def need(self, need_id: str, limit: int = 20, *, seen_tag: str | None = None) -> Ranking:
        """Rank for a stored need.

        Args:
            need_id: of the need.
            limit: places of the list, 1 to 100.
            seen_tag: `If-None-Match` of the caller; an equal list is not made again.

        Raises:
            NotFoundError: the need is not stored.
            NoActiveModelError: no model was trained for its kind.
        """
        with self.store.reading() as tx:
            need = tx.needs.get(need_id)
            question = self._stored(tx, need, tx.projects.get(need.project_id))
        return self._answered(question, limit, seen_tag)

    def project(
        self, project_id: str, kind: str, limit: int = 20, *, seen_tag: str | None = None
    ) -> Ranking:
        """Rank for a stored project: for its open need of the kind, else for what it is.

        Raises:
            UnknownKindError: there is no such kind.
            NotFoundError: the project is not stored.
            NoActiveModelError: no model was trained for the kind.
        """
        spec = self.catalogue[kind]
        with self.store.reading() as tx:
            project = tx.projects.get(project_id)
            open_need = _open_need(tx, project_id, kind)
            if open_need is not None:
                question = self._stored(tx, open_need, project)
            else:
                at, wanted = self.clock.now(), spec.pairing.wanted
                need = Need(_UNSTORED, project_id, kind, at, wanted=wanted)
                question = self._asked(tx, need, project, NO_HISTORY, stored=False)
        return self._answered(question, limit, seen_tag)

    def profile(self, project: ProjectDraft, need: NeedDraft, limit: int = 20) -> Ranking:
        """Rank for a profile of which nothing is stored.

        Raises:
            UnknownKindError: there is no such kind.
            InvalidInputError: names the field and what would be right.
            NoActiveModelError: no model was trained for the kind.
        """
        named = ProjectDraft(project.name or _UNSTORED, project.stage, project.attributes)
        checked = checked_project(named, _UNSTORED, self.catalogue, self.reference)
        at = self.clock.now()
        asked = checked_need(need, _UNSTORED, self.catalogue, self.reference, key=_UNSTORED, at=at)
        with self.store.reading() as tx:
            question = self._asked(tx, asked, checked, NO_HISTORY, stored=False)
        return self._answered(question, limit, None)

    def _stored(self, tx: Transaction, need: Need, project: Project) -> _Question:
        vetoes = [(one.need_id, one.provider_id) for one in tx.vetoes.of_need(need.id)]
        past = history(tx.matches.of_need(need.id), vetoes)
        return self._asked(tx, need, project, past, stored=True)

    def _asked(
        self, tx: Transaction, need: Need, project: Project, past: History, *, stored: bool
    ) -> _Question:
        model, today = self.models.of_kind(tx, need.kind), city_date(self.clock.now())
        known, spec = project.id != _UNSTORED, self.catalogue[need.kind]
        return _Question(
            need=need,
            project=project,
            model=model,
            board=self.boards.of_kind(tx, model),
            past=past,
            applicants=self.applicants(tx, spec, [(need, project)], today, stored=known),
            today=today,
            data=tx.data_version(),
            stored=stored,
        )

    def _answered(self, asked: _Question, limit: int, seen_tag: str | None) -> Ranking:
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidInputError("limit", "取值不合适", f"1 至 {MAX_LIMIT}")
        blank = self._blank(asked, limit)
        if seen_tag is not None and _holds(seen_tag, blank.tag):
            return blank
        scored = score_pairs(
            asked.model,
            self.catalogue[asked.need.kind],
            asked.board,
            [(asked.need, asked.project)],
            today=asked.today,
            past=asked.past,
            applicants=asked.applicants,
        )
        return _filled(blank, asked.model, scored, limit)

    def _blank(self, asked: _Question, limit: int) -> Ranking:
        kind, known = asked.need.kind, asked.project.id != _UNSTORED
        versions = Versions(
            model=asked.model.version,
            data=asked.data,
            rules=self.catalogue.rules_hash(kind),
            tables=self.reference.version,
        )
        key = [asked.need.id, asked.project.id, kind, limit, asked.today.isoformat()]
        rests_on = [versions.model, versions.data, versions.rules, versions.tables]
        return Ranking(
            kind=kind,
            need_id=asked.need.id if asked.stored else None,
            project_id=asked.project.id if known else None,
            versions=versions,
            notice_version=self.notice_version,
            tag=f'W/"{sha256_json([key, rests_on, self.notice_version])[:32]}"',
            calibrated=asked.model.package.calibration.calibrated,
            unchanged=True,
        )


def _open_need(tx: Transaction, project_id: str, kind: str) -> Need | None:
    """Return the latest need of the kind, those that wait for a round first; None if all ended."""
    needs = [need for need in tx.needs.of_project(project_id) if need.kind == kind]
    unfinished = [need for need in needs if not NEED.is_final(need.state)]
    return max(
        unfinished,
        key=lambda need: (need.state in RANKED, need.opened_at, need.id),
        default=None,
    )


def _holds(header: str, tag: str) -> bool:
    seen = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in seen or tag.removeprefix("W/") in seen


def _filled(blank: Ranking, model: LoadedModel, scored: Scored, limit: int) -> Ranking:
    rows = best_rows(scored, limit)
    said = reasons_of(model, scored, rows)
    providers = scored.pairs.provider[rows].tolist()
    ids, names = scored.board.profiles.ids, scored.board.names
    affinity = scored.affinity.affinity[rows].tolist()
    margin, between = scored.affinity.margin[rows].tolist(), intervals_of(scored, rows)
    return Ranking(
        kind=blank.kind,
        need_id=blank.need_id,
        project_id=blank.project_id,
        versions=blank.versions,
        notice_version=blank.notice_version,
        tag=blank.tag,
        calibrated=blank.calibrated,
        n_eligible=len(scored.pairs.need),
        excluded=_excluded(scored),
        shortlist=shortlist_of(scored),
        matches=tuple(
            RankedProvider(str(ids[row]), names[row], affinity[k], between[k], margin[k], *said[k])
            for k, row in enumerate(providers)
        ),
    )


def _excluded(scored: Scored) -> dict[str, int]:
    codes = scored.eligibility.excluded_by[0]
    counts = Counter(codes[codes > 0].tolist())
    # Two rules of a kind may say the same sentence.
    found: Counter[str] = Counter()
    for code, number in sorted(counts.items()):
        found[scored.eligibility.reasons[code - 1]] += number
    return dict(found)
