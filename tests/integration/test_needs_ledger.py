"""From a request to its end: owners, clocks, who is told, and the figures of a month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from needs_office import Office, open_office
from store_records import a_match, a_provider, a_round

from peipao.domain.rates import Rate
from peipao.domain.requests import RequestChannel, Side
from peipao.domain.states import MatchState, NeedState
from peipao.domain.steps import NeedStep, StepResult
from peipao.domain.working_days import day_of
from peipao.errors import (
    AlreadyExistsError,
    IllegalTransitionError,
    InvalidInputError,
    LedgerBrokenError,
    MakerIsCheckerError,
    MonthClosedError,
    NotFoundError,
    UnknownKindError,
    UnknownValueError,
)
from serving.jobs.schedule import tick_once


@pytest.fixture
def office(tmp_path: Path, sqlite_url: str) -> Iterator[Office]:
    """An office on a Monday morning."""
    with open_office(tmp_path / "home", sqlite_url) as opened:
        yield opened


def one_need(office: Office, *kinds: str, **more: object) -> str:
    """Submit a request and return its only need."""
    return office.submit(*kinds, **more).need_ids[0]  # type: ignore[arg-type]


def offered(office: Office, need: str) -> str:
    """Acknowledge a need and offer it a mentor; return the match."""
    with office.peipao.store.transaction(who="maker", why="推荐") as tx:
        tx.needs.move(need, NeedState.ACKNOWLEDGED)
        tx.providers.add(a_provider("m1", capacity=3))
        tx.rounds.save_draft(a_round(), [a_match(need_id=need)], [])
        tx.matches.move("k1", MatchState.OFFERED)
        tx.needs.move(need, NeedState.OFFERED)
    return "k1"


def rates(office: Office, by: str = "month", **more: object) -> list[tuple[str, int, int]]:
    """Return group, due and responded of each group."""
    report = office.peipao.response_rate(by, **more)  # type: ignore[arg-type]
    return [(one.group, one.due, one.responded) for one in report.groups]


# --- requests -----------------------------------------------------------------------------------


def test_a_request_opens_one_need_a_kind_each_with_an_owner_and_a_clock(office: Office) -> None:
    made = office.submit("mentor", "service_officer")
    shown = office.peipao.show_needs.request(made.id)
    assert sorted(one.kind for one in shown.needs) == ["mentor", "service_officer"]
    assert {one.owner for one in shown.needs} == {"o1"}
    assert {one.channel for one in shown.needs} == {"portal"}
    due = {(one.step, f"{day_of(one.due_at)}") for need in shown.needs for one in need.steps}
    assert due == {("acknowledge", "2026-03-03"), ("respond", "2026-03-09")}


def test_a_request_without_a_kind_goes_to_whoever_accompanies_the_project(office: Office) -> None:
    draft = office.submit("service_officer")
    shown = office.peipao.show_needs.request(draft.id)
    assert [one.kind for one in shown.needs] == ["service_officer"]


def test_the_same_source_id_returns_the_first_request_and_changes_nothing(office: Office) -> None:
    first = office.submit("mentor", source_id="Q-77")
    with office.peipao.store.reading() as tx:
        before = tx.data_version()
    again = office.submit("space", source_id="Q-77", words="别的话")
    assert (again.id, again.need_ids, again.already) == (first.id, first.need_ids, True)
    assert again.data_version == before


def test_the_same_source_id_of_another_channel_is_another_request(office: Office) -> None:
    first = office.submit(source_id="77")
    other = office.submit(source_id="77", channel=RequestChannel.HOTLINE)
    assert first.id != other.id


def test_a_source_id_of_one_project_is_never_shown_to_another(office: Office) -> None:
    office.submit(source_id="77")
    with pytest.raises(AlreadyExistsError):
        office.submit(source_id="77", project="p2")


def test_two_needs_of_one_kind_in_a_request_are_refused(office: Office) -> None:
    with pytest.raises(InvalidInputError, match="出现多次"):
        office.submit("mentor", "mentor")


def test_an_unknown_kind_or_project_stores_nothing(office: Office) -> None:
    with pytest.raises(UnknownKindError):
        office.submit("mentor", "wizard")
    with pytest.raises(NotFoundError):
        office.submit(project="p9")
    with office.peipao.store.reading() as tx:
        assert (tx.requests.count(), tx.needs.count(), tx.steps.count()) == (0, 0, 0)


def test_owner_and_project_are_told_what_comes_in(office: Office) -> None:
    office.submit("mentor")
    assert office.told("project:p1") == ["need.received"]
    assert office.told("officer:o1") == ["need.opened"]


# --- what happens to a need ---------------------------------------------------------------------


def test_acknowledging_a_need_tells_its_project_and_is_no_response(office: Office) -> None:
    need = one_need(office)
    office.peipao.handle_need.acknowledge(need, by="o1")
    assert office.told("project:p1") == ["need.acknowledged", "need.received"]
    office.clock.set("2026-03-10 09:00")
    assert rates(office) == [("2026-03", 1, 0)]


def test_a_referral_to_a_named_officer_is_a_response_and_the_end(office: Office) -> None:
    need = one_need(office)
    moved = office.peipao.handle_need.refer(need, "o2", by="o1")
    assert (moved.state, moved.owner) == (NeedState.REFERRED, "o2")
    assert "need.referred" in office.told("project:p1")
    assert office.told("officer:o2") == ["need.referred"]
    office.clock.set("2026-03-10 09:00")
    assert rates(office) == [("2026-03", 1, 1)]


def test_a_need_is_referred_to_officers_on_duty_alone(office: Office) -> None:
    need = one_need(office)
    with pytest.raises(NotFoundError):
        office.peipao.handle_need.refer(need, "nobody", by="o1")
    with office.peipao.store.transaction(who="clerk", why="登记") as tx:
        tx.providers.add(a_provider("m1"))
    with pytest.raises(InvalidInputError, match="不能经办"):
        office.peipao.handle_need.refer(need, "m1", by="o1")


def test_an_offer_in_time_is_a_response_even_if_it_falls_through_later(office: Office) -> None:
    need = one_need(office)
    office.clock.set("2026-03-09 23:59")
    offered(office, need)
    office.clock.set("2026-03-11 10:00")
    with office.peipao.store.transaction(who="system", why="谢绝") as tx:
        tx.needs.move(need, NeedState.ACKNOWLEDGED, reason="declined")
    assert rates(office) == [("2026-03", 1, 1)]
    waiting = office.peipao.list_unanswered()
    assert [(one.need_id, one.turn, f"{day_of(one.due_at)}") for one in waiting] == [
        (need, 2, "2026-03-18")
    ]


def test_an_offer_after_the_deadline_is_late(office: Office) -> None:
    need = one_need(office)
    office.clock.set("2026-03-10 00:01")
    offered(office, need)
    total = office.peipao.response_rate().total
    assert (total.due, total.responded, total.late, total.silent) == (1, 0, 1, 0)


def test_a_need_taken_back_before_its_deadline_is_not_due(office: Office) -> None:
    need = one_need(office)
    office.peipao.handle_need.withdraw(need, project_id="p1", by="key:portal")
    office.clock.set("2026-03-10 09:00")
    assert rates(office) == []


def test_a_need_taken_back_after_its_deadline_was_due_and_not_answered(office: Office) -> None:
    need = one_need(office)
    office.clock.set("2026-03-10 09:00")
    office.peipao.handle_need.withdraw(need, project_id="p1", by="key:portal")
    assert rates(office) == [("2026-03", 1, 0)]


def test_closing_a_need_by_staff_does_not_take_it_out_of_the_rate(office: Office) -> None:
    need = one_need(office)
    office.peipao.handle_need.close(need, "other", by="o1")
    office.clock.set("2026-03-10 09:00")
    assert rates(office) == [("2026-03", 1, 0)]
    with pytest.raises(UnknownValueError):
        office.peipao.handle_need.close(need, "不想做", by="o1")


def test_a_need_can_be_taken_back_by_its_own_project_alone(office: Office) -> None:
    need = one_need(office)
    with pytest.raises(NotFoundError):
        office.peipao.handle_need.withdraw(need, project_id="p2", by="key:portal")
    office.peipao.handle_need.withdraw(need, project_id="p1", by="key:portal")
    with pytest.raises(IllegalTransitionError):
        office.peipao.handle_need.withdraw(need, project_id="p1", by="key:portal")


def test_taking_a_need_back_frees_the_place_it_holds_and_tells_the_provider(
    office: Office,
) -> None:
    need = one_need(office)
    match = offered(office, need)
    office.peipao.handle_need.withdraw(need, project_id="p1", by="key:portal")
    with office.peipao.store.reading() as tx:
        assert tx.providers.used("mentor") == {"m1": 0}
        assert tx.matches.get(match).ended_reason == "need-withdrawn"
    assert office.told("provider:m1") == ["match.ended"]


def test_a_need_that_changes_hands_takes_its_open_clocks_along(office: Office) -> None:
    need = one_need(office)
    office.peipao.handle_need.hand_over(need, "o2", by="o1")
    shown = office.peipao.show_needs.need(need)
    assert {one.owner for one in shown.steps} == {shown.owner} == {"o2"}
    assert "need.owner_changed" in office.told("officer:o2")


def test_a_comment_is_told_to_the_other_side_without_its_words(office: Office) -> None:
    need = one_need(office)
    say = office.peipao.comment_need
    say(need, "下周方便吗", side=Side.STAFF, by="o1", id="c1")
    assert say(need, "下周方便吗", side=Side.STAFF, by="o1", id="c1").recorded is False
    office.clock.set("2026-03-02 10:00")
    say(need, "周三可以", side=Side.FOUNDER, by="key:portal", project_id="p1")
    assert office.told("project:p1").count("need.commented") == 1
    assert office.told("officer:o1").count("need.commented") == 1
    shown = office.peipao.show_needs.need(need)
    assert [one.words for one in shown.comments] == ["下周方便吗", "周三可以"]
    with pytest.raises(NotFoundError):
        say(need, "看看别人的", side=Side.FOUNDER, by="key:portal", project_id="p2")


# --- deadlines ----------------------------------------------------------------------------------


def test_an_overdue_step_is_told_once_within_one_tick(office: Office) -> None:
    need = one_need(office)
    office.clock.set("2026-03-03 23:59")
    assert tick_once(office.peipao).done["overdue"] == 0
    office.clock.set("2026-03-04 00:00")
    assert tick_once(office.peipao).done["overdue"] == 1
    assert tick_once(office.peipao).done["overdue"] == 0
    assert office.told("staff") == ["need.overdue"]
    assert "need.overdue" in office.told("officer:o1")
    overdue = office.peipao.list_unanswered.overdue()
    assert [(one.need_id, one.step, one.days_left) for one in overdue] == [
        (need, "acknowledge", -1)
    ]


def test_the_owner_is_reminded_once_a_working_day_ahead(office: Office) -> None:
    need = one_need(office)
    office.peipao.handle_need.acknowledge(need, by="o1")
    office.clock.set("2026-03-05 09:00")  # Thursday; due on Monday
    assert tick_once(office.peipao).done["reminders"] == 0
    office.clock.set("2026-03-06 09:00")
    assert tick_once(office.peipao).done["reminders"] == 1
    assert tick_once(office.peipao).done["reminders"] == 0
    assert office.told("officer:o1").count("need.due_soon") == 1


def test_who_was_not_answered_can_be_listed_at_any_time(office: Office) -> None:
    need = one_need(office)
    before = office.clock.set("2026-03-06 12:00")
    late = office.clock.set("2026-03-10 09:00")
    office.clock.set("2026-03-11 09:00")
    office.peipao.handle_need.refer(need, by="o1")
    ask = office.peipao.list_unanswered
    assert ask() == []
    assert [(one.need_id, one.overdue) for one in ask(at=before)] == [(need, False)]
    assert [(one.need_id, one.overdue) for one in ask(at=late, overdue_only=True)] == [(need, True)]


# --- figures ------------------------------------------------------------------------------------


def test_figures_are_told_by_district_team_channel_and_kind(office: Office) -> None:
    office.peipao.handle_need.refer(one_need(office), by="o1")
    one_need(office, "service_officer", project="p2", channel=RequestChannel.HOTLINE)
    office.clock.set("2026-03-10 09:00")
    assert rates(office, "district") == [("laoshan", 1, 1), ("shinan", 1, 0)]
    assert rates(office, "team") == [("market", 1, 1), ("policy", 1, 0)]
    assert rates(office, "channel") == [("hotline", 1, 0), ("portal", 1, 1)]
    assert rates(office, "kind") == [("mentor", 1, 1), ("service_officer", 1, 0)]
    assert office.peipao.response_rate().total == Rate("", 2, 1, 0)


def test_a_need_counts_in_the_month_of_its_deadline(office: Office) -> None:
    office.clock.set("2026-03-27 09:00")  # five working days end on 3 April
    one_need(office)
    office.clock.set("2026-05-01 09:00")
    assert rates(office, first="2026-03", last="2026-04") == [("2026-04", 1, 0)]


def test_figures_of_then_do_not_know_what_came_later(office: Office) -> None:
    need = one_need(office)
    then = office.clock.set("2026-03-10 09:00")
    office.clock.set("2026-03-12 09:00")
    office.peipao.handle_need.refer(need, by="o1")
    assert office.peipao.response_rate(at=then).total == Rate("", 1, 0, 0)
    assert office.peipao.response_rate().total == Rate("", 1, 0, 1)


def test_a_month_is_closed_when_it_is_over_and_only_once(office: Office) -> None:
    with pytest.raises(InvalidInputError, match="尚未结束"):
        office.peipao.state_month.close("2026-03", by="chief")
    office.clock.set("2026-04-01 09:00")
    office.peipao.state_month.close("2026-03", by="chief")
    with pytest.raises(MonthClosedError):
        office.peipao.state_month.close("2026-03", by="chief")


def closed_and_changed(office: Office) -> None:
    """Close March with one need unanswered, then import one that had been answered in time."""
    one_need(office)
    office.clock.set("2026-04-01 09:00")
    office.peipao.state_month.close("2026-03", by="chief")
    with office.peipao.store.transaction(who="clerk", why="补录") as tx:
        need = tx.needs.list()[0]
        answered = [one for one in tx.steps.of_needs([need.id]) if one.step.value == "respond"]
        tx.steps.put([_done_in_time(one) for one in answered])


def _done_in_time(one: NeedStep) -> NeedStep:
    return replace(one, done_at=one.due_at, result=StepResult.DONE)


def test_a_closed_month_says_what_was_stated_until_it_is_restated(office: Office) -> None:
    closed_and_changed(office)
    ask = office.peipao.response_rate
    assert ask(first="2026-03").total == Rate("", 1, 0, 0)
    assert [(one.stated.responded, one.counted.responded) for one in ask.drift("2026-03")] == [
        (0, 1)
    ]
    office.peipao.state_month.restate("2026-03", by="auditor", why="补录 3 月 9 日的转办")
    assert ask(first="2026-03").total == Rate("", 1, 1, 0)
    assert [(one.number, one.by) for one in ask.statements("2026-03")] == [
        (0, "chief"),
        (1, "auditor"),
    ]
    assert ask.drift("2026-03") == []
    assert office.told("staff") == ["month.closed", "month.restated"]


def test_a_restatement_needs_a_reason_another_person_and_a_difference(office: Office) -> None:
    closed_and_changed(office)
    state = office.peipao.state_month
    with pytest.raises(InvalidInputError, match="原因"):
        state.restate("2026-03", by="auditor", why=" ")
    with pytest.raises(MakerIsCheckerError):
        state.restate("2026-03", by="chief", why="更正")
    state.restate("2026-03", by="auditor", why="更正")
    with pytest.raises(InvalidInputError, match="没有变化"):
        state.restate("2026-03", by="chief", why="再更正")
    with pytest.raises(NotFoundError):
        state.restate("2026-02", by="auditor", why="更正")


def test_a_statement_that_was_edited_by_hand_is_noticed(office: Office) -> None:
    closed_and_changed(office)
    with office.peipao.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE statements SET figures = '[]'")
    with pytest.raises(LedgerBrokenError, match="2026-03"):
        office.peipao.response_rate(first="2026-03")
