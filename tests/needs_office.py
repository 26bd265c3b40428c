"""A small office with a clock that can be set: one project, officers, mentors, and no model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peipao.config import Settings, StoreSettings
from peipao.domain.requests import RequestChannel
from peipao.domain.working_days import SHANGHAI
from serving.usecases.answers import Submitted
from serving.usecases.drafts import NeedDraft, ProjectDraft, ProviderDraft, RequestDraft
from serving.wiring import Peipao, wire

MONDAY = dt.datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI).astimezone(dt.UTC)


@dataclass(slots=True)
class SettableClock:
    """A clock that stands still until it is set."""

    at: dt.datetime = MONDAY

    def now(self) -> dt.datetime:
        """Return the time."""
        return self.at

    def set(self, text: str) -> dt.datetime:
        """Set the time of Shanghai, such as `2026-03-09 17:00`."""
        self.at = dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(dt.UTC)
        return self.at


@dataclass(frozen=True, slots=True)
class Office:
    """The wired service and its clock."""

    peipao: Peipao
    clock: SettableClock

    def submit(
        self,
        *kinds: str,
        project: str = "p1",
        channel: RequestChannel = RequestChannel.PORTAL,
        source_id: str | None = None,
        words: str = "需要找一位懂渠道的导师",
    ) -> Submitted:
        """Submit a request for needs of some kinds."""
        needs = tuple(NeedDraft(kind) for kind in kinds or ("mentor",))
        draft = RequestDraft(project, channel, needs, words, source_id=source_id)
        return self.peipao.submit_request(draft, by="key:portal")

    def told(self, to: str) -> list[str]:
        """Return the events that a recipient was told of, the oldest first."""
        with self.peipao.store.reading() as tx:
            found = tx.notices.of(to)
        return [one.event for one in sorted(found, key=lambda one: (one.created_at, one.event))]


@contextmanager
def open_office(home: Path, url: str | None = None) -> Iterator[Office]:
    """Yield an office with projects p1 (Laoshan) and p2 (Shinan), two officers and a mentor."""
    clock = SettableClock()
    peipao = wire(Settings(home=home, store=StoreSettings(url=url)), clock)
    try:
        peipao.store.migrate()
        _people(peipao)
        yield Office(peipao, clock)
    finally:
        peipao.close()


def _people(peipao: Peipao) -> None:
    for key, district in (("p1", "laoshan"), ("p2", "shinan")):
        draft = ProjectDraft(
            "青禾科技",
            "startup",
            {"industries": ["artificial-intelligence"], "district": district},
            key,
        )
        peipao.add_project(draft, by="clerk")
    for key, district in (("o1", "laoshan"), ("o2", "shinan")):
        officer = ProviderDraft(
            "service_officer",
            "专员",
            {"policy_areas": ["tax_relief"]},
            key,
            districts_served=(district,),
        )
        peipao.add_provider(officer, by="clerk")
