"""What the use cases answer with, before anybody turns it into JSON or a table on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from peipao.domain.records import Versions


@dataclass(frozen=True, slots=True)
class Contribution:
    """Chinese label of a group of facts and what it adds to the margin.

    Attributes:
        topic: the word people use for what it is about, such as `产业`; several groups share one.
    """

    label: str
    value: float
    topic: str


@dataclass(frozen=True, slots=True)
class ShortlistLength:
    """How far down a list to look, to see the match that comes about with a stated chance.

    Attributes:
        level: portion of the later matches that such lists shall hold.
        length: places of this list that it takes.
        coverage: portion of later matches that they did hold when the model was judged; None if
            that was not measured.
        usual_length: their mean length then; None likewise.
    """

    level: float
    length: int
    coverage: float | None
    usual_length: float | None


@dataclass(frozen=True, slots=True)
class RankedProvider:
    """One place of a ranked list.

    Attributes:
        affinity: in (0, 1).
        affinity_interval: where the mean chance of such pairs lies, at 0.9; no bound on what this
            one pair makes of it. None if the model says none.
        margin: log-odds scale; the sum of the contributions.
        reasons: Chinese sentences, strongest first.
    """

    provider_id: str
    name: str
    affinity: float
    affinity_interval: tuple[float, float] | None
    margin: float
    reasons: tuple[str, ...]
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The providers of one kind for one need, best first.

    Attributes:
        need_id, project_id: None where nothing of that sort is stored.
        tag: weak entity tag; equal tags mean equal lists.
        unchanged: the caller has this list already; `matches` is then empty.
        n_eligible: how many providers may be matched at all.
        excluded: Chinese reason -> how many providers it excludes.
    """

    kind: str
    need_id: str | None
    project_id: str | None
    versions: Versions
    notice_version: str
    tag: str
    calibrated: bool = False
    n_eligible: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    shortlist: tuple[ShortlistLength, ...] = ()
    matches: tuple[RankedProvider, ...] = ()
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a provider stands where it stands for a need.

    Attributes:
        excluded_because: the rule that excludes the pair; None if it is eligible.
        rank: 1-based among the eligible; None if excluded.
        topics: the contributions added up by topic.
        shortlist: of the need's whole list; the provider is on it if its rank is within.
    """

    need_id: str
    provider_id: str
    eligible: bool
    excluded_because: str | None
    rank: int | None
    n_eligible: int
    affinity: float | None
    affinity_interval: tuple[float, float] | None
    margin: float | None
    contributions: tuple[Contribution, ...]
    topics: tuple[Contribution, ...]
    shortlist: tuple[ShortlistLength, ...]
    reasons: tuple[str, ...]
    model_version: str
    data_version: str
    notice_version: str


@dataclass(frozen=True, slots=True)
class Added:
    """What was stored, and the ledger's head after it."""

    id: str
    data_version: str


@dataclass(frozen=True, slots=True)
class AddedProject(Added):
    """A stored project and its needs."""

    need_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted(Added):
    """A stored request and its needs.

    Attributes:
        already: it had been sent before, and this is the first one.
    """

    need_ids: tuple[str, ...] = ()
    already: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A feedback event.

    Attributes:
        recorded: False if the same event had been sent before.
    """

    id: str
    recorded: bool
    data_version: str
