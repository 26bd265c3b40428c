"""在册对接表: the pairings that run, as rows of a sheet that the import reads again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from peipao.domain.records import FeedbackType, Match
from peipao.domain.states import MatchState
from peipao.domain.working_days import day_of
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction

SHEET = "在册对接"
HEADER = ("项目编号", "项目名称", "类别", "资源方编号", "资源方名称", "开始日期", "需求编号")

SheetRow = tuple[str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class PairingsSheet:
    """Writes the sheet; what it wrote, imported again, changes nothing."""

    store: Store
    catalogue: Catalogue

    def __call__(self, kind: str | None = None) -> list[SheetRow]:
        """Return a row for every running pairing, by project, kind and provider.

        Args:
            kind: that kind alone; None is all.

        Raises:
            UnknownKindError: there is no such kind.
        """
        kinds = list(self.catalogue) if kind is None else [self.catalogue[kind].name]
        with self.store.reading() as tx:
            return sorted(row for one in kinds for row in _rows(tx, one))


def _rows(tx: Transaction, kind: str) -> list[SheetRow]:
    running = [one for one in tx.matches.of_kind(kind) if one.state is MatchState.ACTIVE]
    needs = {need.id: need for need in tx.needs.get_many([one.need_id for one in running])}
    projects = {
        one.id: one.name
        for one in tx.projects.get_many([need.project_id for need in needs.values()])
    }
    providers = {
        one.id: one.name for one in tx.providers.get_many([m.provider_id for m in running])
    }
    began = first_days(tx, kind, running)
    rows = []
    for match in running:
        project = needs[match.need_id].project_id
        provider = match.provider_id
        names = projects[project], providers[provider]
        day = began[match.id].isoformat()
        rows.append((project, names[0], kind, provider, names[1], day, match.need_id))
    return rows


def first_days(tx: Transaction, kind: str, running: Sequence[Match]) -> dict[str, dt.date]:
    """Return match id -> the day in Shanghai on which a running pairing of the kind began.

    It was stated where it began before the system; of all others it is that of the first meeting.
    """
    met = {
        one.match_id: day_of(one.at)
        for one in tx.feedback.of_kind(kind)
        if one.type is FeedbackType.MET
    }
    return {one.id: one.since or met[one.id] for one in running}
