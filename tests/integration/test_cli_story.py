"""The story of one project is true: every chapter has happened in the store."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from trained_city import NOW, home, trained_home

from peipao.config import Settings
from peipao.domain.states import MatchState, NeedState, RoundState
from serving.cli.story import PROJECT, Chapter, StoryClock, story
from serving.wiring import Peipao, wire

__all__ = ["home", "trained_home"]


def told_by(peipao: Peipao, clock: StoryClock) -> dict[str, Chapter]:
    return {chapter.title: chapter for chapter in story(peipao, clock)}


@pytest.fixture
def ended(home: Path) -> tuple[Peipao, dict[str, Chapter]]:
    """The service after the story, and its chapters by title."""
    clock = StoryClock(NOW)
    peipao = wire(Settings(home=home), clock)
    peipao.store.migrate()
    return peipao, told_by(peipao, clock)


def test_one_project_goes_from_its_request_to_a_replayed_round(
    ended: tuple[Peipao, dict[str, Chapter]],
) -> None:
    peipao, chapters = ended
    with peipao.store.reading() as tx:
        (need,) = tx.needs.of_project(PROJECT)
        first, second = sorted(tx.matches.of_need(need.id), key=lambda match: match.state)[::-1]
        withdrawn = [one for one in tx.rounds.list() if one.state is RoundState.WITHDRAWN]
        (mentors,) = tx.rounds.list(kind="mentor")
        facts = tx.monthly_facts.of_project(PROJECT)
        verbs = Counter(line.verb for chapter in chapters.values() for line in chapter.lines)
        head = tx.ledger.verify()
    assert need.state is NeedState.RESOLVED
    by_state = {match.state: match for match in (first, second)}
    declined, ended_match = by_state[MatchState.DECLINED], by_state[MatchState.ENDED]
    assert ended_match.instead_of == declined.id
    assert declined.round_id == mentors.id
    assert [one.kind for one in withdrawn] == ["service_officer"]
    assert [fact.name for fact in facts] == ["jobs_created", "revenue"]
    assert {"request.add", "offer.decline", "offer.accept", "fact.note"} <= set(verbs)
    assert chapters["同一诉求重复送达"].lines == []
    assert str(mentors.digest)[:16] in chapters["重演首轮,逐字节一致"].told
    assert f"台账 {head.sequence} 条完整" in chapters["核对台账与响应率"].told
    peipao.close()
