"""Where requests and needs stand, for their project and for staff; and which wait for an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from peipao.clock import Clock
from peipao.domain.notices import Notice, checked_recipient, words_of
from peipao.domain.records import Need, Outcome, OutcomeType
from peipao.domain.requests import Comment, Request
from peipao.domain.states import NEED, RANKED, RoundState
from peipao.domain.steps import LABELS, NeedStep
from peipao.errors import NotFoundError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction
from serving.usecases.owners import require_officer

_PUBLIC = (RoundState.PUBLISHED, RoundState.CLOSED)


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step of a need.

    Attributes:
        label: Chinese.
        overdue: it is open and its deadline has passed, or it ended after it.
        assumed: the deadline rests on a year whose holidays are not known yet.
    """

    step: str
    label: str
    turn: int
    started_at: dt.datetime
    due_at: dt.datetime
    done_at: dt.datetime | None
    result: str | None
    owner: str | None
    overdue: bool
    assumed: bool


@dataclass(frozen=True, slots=True)
class FollowedNeed:
    """A need as its project may follow it.

    Attributes:
        label, state_label: Chinese.
        officer_name: of the owner, if it is an officer; None if not.
        position, waiting_because: what the last round decided, while it waits; None if nothing.
    """

    id: str
    project_id: str
    kind: str
    label: str
    state: str
    state_label: str
    opened_at: dt.datetime
    request_id: str | None
    channel: str | None
    owner: str | None
    position: int | None
    waiting_because: str | None
    version: int
    officer_name: str | None = None
    steps: tuple[ShownStep, ...] = ()
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowedRequest:
    """A request with its needs."""

    id: str
    project_id: str
    channel: str
    source_id: str | None
    words: str
    opened_at: dt.datetime
    needs: tuple[FollowedNeed, ...]


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """A notice in the words people read."""

    id: str
    event: str
    subject: str
    words: str
    params: Mapping[str, str]
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ShowNeeds:
    """Reads requests, needs and notices; `project_id` keeps a project to its own."""

    store: Store
    catalogue: Catalogue
    clock: Clock

    def need(self, need_id: str, *, project_id: str | None = None) -> FollowedNeed:
        """Return one need.

        Raises:
            NotFoundError: there is none, or it is another project's.
        """
        with self.store.reading() as tx:
            need = tx.needs.get(need_id)
            _own(project_id, need.project_id, "需求", need_id)
            return self._followed(tx, [need])[0]

    def request(self, request_id: str, *, project_id: str | None = None) -> FollowedRequest:
        """Return one request with its needs.

        Raises:
            NotFoundError: there is none, or it is another project's.
        """
        with self.store.reading() as tx:
            request = tx.requests.get(request_id)
            _own(project_id, request.project_id, "诉求", request_id)
            return self._shown(tx, request)

    def of_project(self, project_id: str) -> list[FollowedNeed]:
        """Return all needs of a project, by id.

        Raises:
            NotFoundError: the project is not stored.
        """
        with self.store.reading() as tx:
            tx.projects.get(project_id)
            return self._followed(tx, tx.needs.of_project(project_id))

    def notices(self, to: str, limit: int = 100) -> list[ToldNotice]:
        """Return the latest notices to a recipient such as `project:p1`, the newest first.

        Raises:
            InvalidInputError: that is no recipient.
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            self._require(tx, to)
            return [_told(one) for one in tx.notices.of(to, limit=limit)]

    def notices_of_provider(self, provider_id: str, limit: int = 100) -> list[ToldNotice]:
        """Return the latest notices to a provider, the newest first.

        Of an officer they are those about what was offered to it and about the needs it owns.

        Raises:
            NotFoundError: the provider is not stored.
        """
        owners = self.catalogue.owner_kind()
        with self.store.reading() as tx:
            found = tx.providers.get(provider_id)
            to = [f"provider:{found.id}"]
            if owners is not None and found.kind == owners.name:
                to.append(f"officer:{found.id}")
            return [_told(one) for one in tx.notices.of(*to, limit=limit)]

    def _require(self, tx: Transaction, to: str) -> None:
        sort, _, key = checked_recipient(to).partition(":")
        if sort == "project":
            tx.projects.get(key)
        elif sort == "provider":
            tx.providers.get(key)
        elif sort == "officer":
            require_officer(tx, self.catalogue, key)

    def _shown(self, tx: Transaction, request: Request) -> FollowedRequest:
        return FollowedRequest(
            id=request.id,
            project_id=request.project_id,
            channel=request.channel.value,
            source_id=request.source_id,
            words=request.words,
            opened_at=request.opened_at,
            needs=tuple(self._followed(tx, tx.needs.of_request(request.id))),
        )

    def _followed(self, tx: Transaction, needs: Sequence[Need]) -> list[FollowedNeed]:
        now = self.clock.now()
        officers = tx.providers.get_many([need.owner for need in needs if need.owner])
        names = {one.id: one.name for one in officers}
        steps: dict[str, list[NeedStep]] = {need.id: [] for need in needs}
        for step in tx.steps.of_needs(list(steps)):
            steps[step.need_id].append(step)
        return [
            replace(
                self._need(need, _waiting(tx, need)),
                officer_name=names.get(need.owner or ""),
                steps=tuple(shown_step(one, now) for one in steps[need.id]),
                comments=tuple(tx.comments.of_need(need.id)),
            )
            for need in needs
        ]

    def _need(self, need: Need, waiting: Outcome | None) -> FollowedNeed:
        known = need.kind in self.catalogue
        return FollowedNeed(
            id=need.id,
            project_id=need.project_id,
            kind=need.kind,
            label=self.catalogue[need.kind].label if known else need.kind,
            state=need.state.value,
            state_label=NEED.labels[need.state],
            opened_at=need.opened_at,
            request_id=need.request_id,
            channel=None if need.channel is None else need.channel.value,
            owner=need.owner,
            position=None if waiting is None else waiting.position,
            waiting_because=None if waiting is None else waiting.reason,
            version=need.version,
        )


def shown_step(one: NeedStep, now: dt.datetime) -> ShownStep:
    """Return a step for people, as it stands now."""
    return ShownStep(
        step=one.step.value,
        label=LABELS[one.step],
        turn=one.turn,
        started_at=one.started_at,
        due_at=one.due_at,
        done_at=one.done_at,
        result=None if one.result is None else one.result.value,
        owner=one.owner,
        overdue=(one.done_at or now) > one.due_at,
        assumed=one.assumed,
    )


def _waiting(tx: Transaction, need: Need) -> Outcome | None:
    """Return what the last published round said about a need that still waits."""
    if need.state not in RANKED:
        return None
    decided = [
        (found.created_at, outcome)
        for round_id, outcome in tx.rounds.outcomes_of_need(need.id)
        if (found := tx.rounds.get(round_id)).state in _PUBLIC
    ]
    last = max(decided, key=lambda one: one[0], default=None)
    return None if last is None or last[1].type is OutcomeType.PAIRED else last[1]


def _told(one: Notice) -> ToldNotice:
    return ToldNotice(one.id, one.event, one.subject, words_of(one), one.params, one.created_at)


def _own(project_id: str | None, owner: str, noun: str, key: str) -> None:
    if project_id not in {None, owner}:
        raise NotFoundError(noun, key)  # nothing is told about what others have
