"""The records: frozen, typed, free of algorithms. What each means is settled in docs/model.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from peipao.domain.requests import RequestChannel
from peipao.domain.states import MatchState, NeedState, RoundState
from peipao.domain.values import Stated, Value


@dataclass(frozen=True, slots=True)
class Project:
    """项目: the accompanied side.

    Attributes:
        id: text, stable for ever.
        name: Chinese name as registered or entered.
        stage: stage id (`seed`, `startup`, `growth`, `mature`).
        attributes: by the names declared in `project.toml` (district, industries, intro …).
            Sensitive facts are no attributes: they live in `SensitiveFact` rows that only the
            policy engine reads.
        external_ids: system -> id there (`portal`, `uscc`, `contest`).
        generated: True for sample data.
    """

    id: str
    name: str
    stage: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    external_ids: Mapping[str, str] = field(default_factory=dict)
    generated: bool = False


@dataclass(frozen=True, slots=True)
class SensitiveFact:
    """A fact that serves policy eligibility only and never reaches ranking.

    Attributes:
        name: fact of the policy calculator.
        value: its text; JSON where it came through the service.
        as_of: day on which it was so.
        source: where it comes from.
        confidence: in (0, 1].
    """

    project_id: str
    name: str
    value: str = field(repr=False)
    as_of: dt.date
    source: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Need:
    """需求: one request of one project for one kind; this is what is ranked for and paired.

    Attributes:
        attributes: need attributes of the kind file, each with its stance.
        wanted: places wanted, >= 1.
        owner: id of the officer (a provider of kind `service_officer`) or a staff account.
        priority: >= 0; 0 is ordinary.
        opened_at: aware, UTC.
        request_id: the request that opened it; None if it was opened without one.
        channel: where that request came in; None if not known.
        version: grows by one with every write; optimistic locking.
    """

    id: str
    project_id: str
    kind: str
    opened_at: dt.datetime
    attributes: Mapping[str, Stated] = field(default_factory=dict)
    wanted: int = 1
    owner: str | None = None
    priority: int = 0
    state: NeedState = NeedState.OPENED
    request_id: str | None = None
    channel: RequestChannel | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Provider:
    """资源方: whoever helps, of exactly one kind.

    Attributes:
        capacity: places in all, >= 0; `used` of them are held by matches that hold a place.
        districts_served: district ids; empty means the whole city.
        valid_from, valid_to: inclusive dates; None is open.
        organisation: normalised name of the employer, for conflicts of interest; None unknown.
        generated: True for sample data.
    """

    id: str
    kind: str
    name: str
    capacity: int
    attributes: Mapping[str, Value] = field(default_factory=dict)
    districts_served: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    paused: bool = False
    organisation: str | None = None
    used: int = 0
    generated: bool = False
    version: int = 1


class FeedbackType(StrEnum):
    """What was observed or told."""

    SHOWN = "shown"
    OPENED = "opened"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MET = "met"
    RATED = "rated"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Feedback:
    """反馈: a typed event about a pair; the id makes sending it twice harmless.

    Attributes:
        value: rating 1 to 5 for `rated`, amount for `outcome`, else None.
        detail: reason of `declined`, type of `outcome`; a code, never free text about a person.
        said_by: `founder`, `provider`, `staff` or `system`.
    """

    id: str
    need_id: str
    provider_id: str
    type: FeedbackType
    at: dt.datetime
    said_by: str
    match_id: str | None = None
    value: float | None = None
    detail: str | None = None


class OutcomeType(StrEnum):
    """What a round decided for a need; every need of the round has exactly one."""

    PAIRED = "paired"
    WAITING = "waiting"
    REFERRED = "referred"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome row of one need in one round.

    Attributes:
        position: 1-based place in the waiting list; None unless waiting.
        reason: Chinese, why it waits or was referred; empty when paired.
        officer: provider id of the officer it was referred to; None unless referred.
    """

    need_id: str
    type: OutcomeType
    position: int | None = None
    reason: str = ""
    officer: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """对接: a pair that a round decided.

    Attributes:
        affinity: in (0, 1), quantised to 1e-6; what the solver saw.
        reasons: Chinese sentences, strongest first.
        ended_reason: why it was declined, expired or ended; None before.
        answer_by: until when both sides are to answer the offer; None before it is offered.
        instead_of: id of the match whose place this one took after the round was decided; None
            for what the round itself decided.
        since: the day a pairing from before the system began; None for all others.
    """

    id: str
    round_id: str
    need_id: str
    provider_id: str
    affinity: float
    reasons: tuple[str, ...] = ()
    state: MatchState = MatchState.PROPOSED
    ended_reason: str | None = None
    answer_by: dt.datetime | None = None
    instead_of: str | None = None
    version: int = 1
    since: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """On what a round or an answer rests.

    Attributes:
        model: version of the model package, such as `mentor-0003`.
        data: ledger sequence number at reading time, as text.
        rules: hash of the kind file and its rules.
        tables: hash of the reference tables (travel, taxonomy).
    """

    model: str
    data: str
    rules: str
    tables: str


@dataclass(frozen=True, slots=True)
class Round:
    """撮合轮次: one run for one kind over frozen needs and providers.

    Attributes:
        seed: text; decides between optima of equal value.
        digest: SHA-256 of the canonical result; equal inputs give equal digests.
        certificate: what the independent checker verified, JSON values.
        figures: counts and objective values, JSON values.
    """

    id: str
    kind: str
    created_at: dt.datetime
    created_by: str
    seed: str
    versions: Versions
    digest: str
    figures: Mapping[str, float]
    certificate: Mapping[str, object]
    state: RoundState = RoundState.DRAFT
    approved_by: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the append-only, hash-chained ledger.

    Attributes:
        sequence: 1, 2, 3 … without gaps.
        payload: JSON values; ids and codes only, no personal data.
        previous_hash, entry_hash: SHA-256 in hexadecimal.
    """

    sequence: int
    at: dt.datetime
    who: str
    verb: str
    subject: str
    why: str
    versions: Mapping[str, str]
    payload: Mapping[str, object]
    previous_hash: str
    entry_hash: str
