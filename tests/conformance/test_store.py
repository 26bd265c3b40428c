"""What the store promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from store_records import (
    MORNING,
    a_match,
    a_need,
    a_project,
    a_provider,
    a_round,
    an_event,
    an_outcome,
    with_draft,
    with_people,
)

from peipao.domain.records import FeedbackType, OutcomeType, SensitiveFact
from peipao.domain.states import MatchState, NeedState, RoundState
from peipao.domain.values import Place, Stance, Stated, Value
from peipao.errors import (
    AlreadyExistsError,
    CapacityTakenError,
    DuplicateMatchError,
    IllegalTransitionError,
    InvalidInputError,
    MakerIsCheckerError,
    NoActiveModelError,
    NotFoundError,
    StaleWriteError,
)
from peipao.store import ApiKey, ModelRecord, Store, Transaction

VALUES: dict[str, Value] = {
    "industries": ("ai", "marine"),
    "district": "laoshan",
    "place": Place("laoshan", "blue-valley", 36.1, 120.4),
    "nearby": Place("shinan"),
    "intro": '海洋机器人 "水下" 作业\n第二行',
    "founded": dt.date(2024, 2, 29),
    "employees": 12.0,
    "share": 0.1 + 0.2,
}


def everything(tx: Transaction) -> tuple[object, ...]:
    """Return what is stored of all nouns that tests of atomicity write."""
    return (
        tx.projects.list(),
        tx.needs.list(),
        tx.providers.of_kind("mentor"),
        tx.rounds.list(),
        tx.matches.of_round("r1"),
        tx.ledger.head(),
    )


def used_after(tx: Transaction, state: MatchState) -> dict[str, int]:
    """Move match k1 and return the places that are held then."""
    tx.matches.move("k1", state)
    return tx.providers.used("mentor")


def much_and_then_fail(store: Store) -> None:
    """Write to every table of a round and fail before the end."""
    with store.transaction(who="maker", why="撮合") as tx:
        tx.projects.add(a_project("p2"))
        tx.needs.move("n1", NeedState.ACKNOWLEDGED)
        tx.rounds.save_draft(a_round(), [a_match()], [an_outcome()])
        tx.matches.offer(tx.matches.get("k1"))
        tx.ledger.append("round.export", "round:r1", {"sha256": "0" * 64})
        raise ZeroDivisionError


# --- what goes in comes out ---------------------------------------------------------------------


def test_a_project_comes_back_equal(store: Store) -> None:
    project = a_project(attributes=VALUES, external_ids={"portal": "Q-77"}, generated=True)
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add(project)
    with store.reading() as tx:
        assert tx.projects.get("p1") == project


def test_a_need_comes_back_equal_with_its_stances(store: Store) -> None:
    stances = (Stance.MUST, Stance.PREFER, Stance.INDIFFERENT)
    stated = {
        name: Stated(value, stances[number % 3])
        for number, (name, value) in enumerate(VALUES.items())
    }
    need = a_need(attributes=stated, wanted=2, owner="officer-9", priority=3)
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add(a_project())
        tx.needs.add(need)
    with store.reading() as tx:
        assert tx.needs.get("n1") == need


def test_a_provider_comes_back_equal(store: Store) -> None:
    provider = a_provider(
        attributes=VALUES,
        districts_served=("laoshan", "shinan"),
        valid_from=dt.date(2026, 1, 1),
        valid_to=dt.date(2026, 12, 31),
        paused=True,
        organisation="青岛某大学",
        generated=True,
    )
    with store.transaction(who="clerk", why="登记") as tx:
        tx.providers.add(provider)
    with store.reading() as tx:
        assert tx.providers.get("m1") == provider


def test_a_round_comes_back_equal_with_matches_and_outcomes(store: Store) -> None:
    with_people(store, needs=3)
    match = a_match(reasons=("产业契合", "同在崂山"), affinity=0.123457)
    outcomes = [
        an_outcome("n1"),
        an_outcome("n2", type=OutcomeType.WAITING, position=1, reason="名额已满"),
        an_outcome("n3", type=OutcomeType.REFERRED, reason="无合适资源", officer="o1"),
    ]
    with store.transaction(who="maker", why="撮合") as tx:
        tx.rounds.save_draft(a_round(), [match], outcomes)
    with store.reading() as tx:
        found = (tx.rounds.get("r1"), tx.rounds.matches_of("r1"), tx.rounds.outcomes_of("r1"))
        assert found == (a_round(), [match], outcomes)
        assert tx.rounds.outcomes_of_need("n2") == [("r1", outcomes[1])]


def test_feedback_comes_back_equal_in_the_order_of_time(store: Store) -> None:
    with_people(store)
    later = an_event("a", type=FeedbackType.RATED, value=4.5, at=MORNING + dt.timedelta(days=1))
    earlier = an_event("b", type=FeedbackType.DECLINED, detail="no_time")
    with store.transaction(who="portal", why="回传") as tx:
        tx.feedback.add_many([later, earlier])
    with store.reading() as tx:
        assert tx.feedback.of_kind("mentor") == [earlier, later]
        assert tx.feedback.of_need("n1") == [earlier, later]
        assert tx.feedback.of_kind("space") == []


def test_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc(store: Store) -> None:
    qingdao = dt.timezone(dt.timedelta(hours=8))
    opened = dt.datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=qingdao)
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add(a_project())
        tx.needs.add(a_need(opened_at=opened))
    with store.reading() as tx:
        found = tx.needs.get("n1").opened_at
        assert (found, found.utcoffset()) == (opened, dt.timedelta(0))


def test_an_api_key_is_found_by_its_hash_and_is_useless_once_revoked(store: Store) -> None:
    key = ApiKey("k1", "a" * 64, ("rank", "read"), "门户", MORNING)
    with store.transaction(who="admin", why="发放") as tx:
        tx.keys.add(key)
        assert tx.keys.any_valid()
    with store.transaction(who="admin", why="收回") as tx:
        revoked = tx.keys.revoke("k1")
        assert not tx.keys.any_valid()
    with store.reading() as tx:
        assert tx.keys.by_hash("a" * 64) == revoked == replace(key, revoked_at=MORNING)
        assert tx.keys.by_hash("b" * 64) is None
    assert not revoked.is_valid(MORNING)


def test_one_model_package_of_a_kind_is_active_and_the_last_one_stays_for_rolling_back(
    store: Store,
) -> None:
    first = ModelRecord("mentor-0001", "mentor", "mentor-0001", "1" * 64, MORNING, {"n": 0.5})
    second = replace(first, version="mentor-0002", folder="mentor-0002")
    with store.transaction(who="admin", why="训练") as tx:
        with pytest.raises(NoActiveModelError):
            tx.models.active("mentor")
        tx.models.add(first)
        tx.models.activate("mentor-0001")
        tx.models.add(second)
        tx.models.activate("mentor-0002")
    with store.reading() as tx:
        assert tx.models.active("mentor") == replace(second, active=True)
        assert tx.models.list("mentor") == [first, replace(second, active=True)]
        assert tx.models.next_version("mentor") == "mentor-0003"


def test_a_veto_holds_until_it_is_taken_back(store: Store) -> None:
    with_people(store)
    with store.transaction(who="officer", why="回避") as tx:
        veto = tx.vetoes.add("n1", "m1", "同一单位")
        assert tx.vetoes.add("n1", "m1", "另一理由") == veto
    with store.transaction(who="officer", why="更正") as tx:
        assert tx.vetoes.of_kind("mentor") == [veto] == tx.vetoes.of_need("n1")
        tx.vetoes.remove("n1", "m1")
        assert tx.vetoes.of_kind("mentor") == []


def test_a_sensitive_fact_is_read_by_its_own_door_and_never_enters_the_ledger(
    store: Store,
) -> None:
    fact = SensitiveFact("p1", "hardship_category", "零就业家庭", dt.date(2026, 1, 5), "人社局")
    with_people(store)
    with store.transaction(who="officer", why="核验") as tx:
        tx.sensitive.add_many([fact])
    with store.reading() as tx:
        assert tx.sensitive.of_project("p1") == [fact]
        written = str(tx.ledger.list())
        assert "sensitive.add" in written
        assert "零就业" not in written
        assert "hardship" not in written


# --- adding and changing --------------------------------------------------------------------------


def test_adding_the_very_same_records_again_changes_nothing(store: Store) -> None:
    with_people(store, needs=2, providers=2)
    with store.reading() as tx:
        before = everything(tx)
    with_people(store, needs=2, providers=2)
    with store.reading() as tx:
        assert everything(tx) == before


def test_adding_many_keeps_what_is_there_and_stores_the_rest(store: Store) -> None:
    with_people(store)
    with store.transaction(who="portal", why="回传") as tx:
        assert tx.feedback.add_many([an_event("f1")]) == 1
        assert tx.feedback.add_many([an_event("f1"), an_event("f2"), an_event("f2")]) == 1
    with store.reading() as tx:
        assert tx.feedback.of_kind("mentor") == [an_event("f1"), an_event("f2")]


@pytest.mark.parametrize(
    "add_again",
    [
        lambda tx: tx.projects.add(a_project(name="别名")),
        lambda tx: tx.needs.add(a_need(wanted=2)),
        lambda tx: tx.providers.add(a_provider(capacity=7)),
        lambda tx: tx.feedback.add(an_event(type=FeedbackType.MET)),
        lambda tx: tx.feedback.add_many([an_event("x"), an_event("x", said_by="staff")]),
    ],
    ids=["project", "need", "provider", "feedback", "twice-in-one-call"],
)
def test_another_content_under_a_taken_id_is_refused(
    store: Store, add_again: Callable[[Transaction], object]
) -> None:
    with_people(store)
    with store.transaction(who="portal", why="回传") as tx:
        tx.feedback.add(an_event())
    with pytest.raises(AlreadyExistsError), store.transaction(who="clerk", why="登记") as tx:
        add_again(tx)


@pytest.mark.parametrize(
    ("dangling", "missing"),
    [
        (lambda tx: tx.needs.add(a_need("n9", project_id="p9")), "项目 'p9'"),
        (lambda tx: tx.feedback.add(an_event(need_id="n9")), "需求 'n9'"),
        (lambda tx: tx.feedback.add(an_event(provider_id="m9")), "资源方 'm9'"),
        (lambda tx: tx.rounds.save_draft(a_round(), [a_match(provider_id="m9")], []), "'m9'"),
        (lambda tx: tx.rounds.save_draft(a_round(), [], [an_outcome("n9")]), "需求 'n9'"),
        (lambda tx: tx.vetoes.add("n1", "m9", "回避"), "资源方 'm9'"),
        (lambda tx: tx.projects.get("p9"), "项目 'p9'"),
        (lambda tx: tx.matches.get("k9"), "对接 'k9'"),
        (lambda tx: tx.models.activate("mentor-0009"), "模型包 'mentor-0009'"),
        (lambda tx: tx.projects.update(a_project("p9")), "项目 'p9'"),
    ],
)
def test_what_is_not_stored_is_named(
    store: Store, dangling: Callable[[Transaction], object], missing: str
) -> None:
    with_people(store)
    with (
        pytest.raises(NotFoundError, match=missing),
        store.transaction(who="clerk", why="登记") as tx,
    ):
        dangling(tx)


def test_an_id_that_no_url_can_carry_is_refused(store: Store) -> None:
    with (
        pytest.raises(InvalidInputError, match=r"project\.id"),
        store.transaction(who="clerk", why="登记") as tx,
    ):
        tx.projects.add(a_project("a/b"))


def test_only_matches_take_places_of_a_provider(store: Store) -> None:
    with (
        pytest.raises(InvalidInputError, match="used"),
        store.transaction(who="clerk", why="登记") as tx,
    ):
        tx.providers.add(a_provider(used=1))


def test_an_update_with_an_old_version_is_refused(store: Store) -> None:
    with_people(store)
    with store.transaction(who="clerk", why="更正") as tx:
        need = tx.needs.update(replace(tx.needs.get("n1"), priority=2))
        provider = tx.providers.update(replace(tx.providers.get("m1"), capacity=4, paused=True))
        assert (need.version, provider.version) == (2, 2)
        assert (tx.needs.get("n1"), tx.providers.get("m1")) == (need, provider)
        with pytest.raises(StaleWriteError, match="需求 'n1'"):
            tx.needs.update(replace(need, version=1))
        with pytest.raises(StaleWriteError, match="资源方 'm1'"):
            tx.providers.update(replace(provider, version=1))


def test_an_updated_project_has_all_its_new_fields(store: Store) -> None:
    with_people(store)
    changed = a_project(name="新名", stage="growth", attributes=VALUES)
    with store.transaction(who="clerk", why="更正") as tx:
        tx.projects.update(changed)
        assert tx.projects.list(stage="growth") == [changed]


def test_the_version_of_a_kind_changes_with_its_providers_and_not_with_others(
    store: Store,
) -> None:
    with_people(store)
    with store.transaction(who="clerk", why="登记") as tx:
        first = tx.providers.version("mentor")
        tx.providers.add(a_provider("s1", kind="space"))
        assert tx.providers.version("mentor") == first
        tx.providers.add(a_provider("m2"))
        second = tx.providers.version("mentor")
        tx.providers.update(replace(tx.providers.get("m1"), paused=True))
        assert len({first, second, tx.providers.version("mentor")}) == 3


def test_needs_that_enter_a_round_are_those_without_an_offer(store: Store) -> None:
    with_people(store, needs=4)
    with store.transaction(who="officer", why="受理") as tx:
        tx.needs.move("n2", NeedState.ACKNOWLEDGED)
        tx.needs.move("n3", NeedState.CLOSED, reason="withdrawn")
        tx.needs.move_many([tx.needs.move("n4", NeedState.ACKNOWLEDGED)], NeedState.OFFERED)
    with store.reading() as tx:
        assert [need.id for need in tx.needs.open_of_kind("mentor")] == ["n1", "n2"]
        assert [need.id for need in tx.needs.of_project("p1")] == ["n1", "n2", "n3", "n4"]
        assert [need.id for need in tx.needs.list(state=NeedState.OFFERED)] == ["n4"]


# --- states ---------------------------------------------------------------------------------------


def test_a_move_the_machine_forbids_leaves_the_record_as_it_was(store: Store) -> None:
    with_people(store)
    with_draft(store, a_match())
    with store.transaction(who="officer", why="受理") as tx:
        with pytest.raises(IllegalTransitionError, match="不能变为 已办结"):
            tx.needs.move("n1", NeedState.RESOLVED)
        with pytest.raises(IllegalTransitionError, match="不能变为 已发布"):
            tx.rounds.move("r1", RoundState.PUBLISHED)
        with pytest.raises(IllegalTransitionError, match="不能变为 陪跑中"):
            tx.matches.move("k1", MatchState.ACTIVE)
    with store.reading() as tx:
        found = (tx.needs.get("n1"), tx.rounds.get("r1"), tx.matches.get("k1"))
        assert found == (a_need(), a_round(), a_match())


def test_a_move_with_an_old_version_is_refused(store: Store) -> None:
    with_people(store)
    with_draft(store, a_match())
    with store.transaction(who="officer", why="受理") as tx:
        tx.needs.move("n1", NeedState.ACKNOWLEDGED, version=1)
        with pytest.raises(StaleWriteError):
            tx.needs.move("n1", NeedState.OFFERED, version=1)
        with pytest.raises(StaleWriteError):
            tx.rounds.move("r1", RoundState.CHECKED, version=2)
        tx.matches.offer(a_match())
        with pytest.raises(StaleWriteError):
            tx.matches.offer(a_match())


def test_moving_many_names_the_one_that_was_changed_in_the_meantime(store: Store) -> None:
    with_people(store, needs=3)
    with store.reading() as tx:
        seen = tx.needs.list()
    with store.transaction(who="officer", why="受理") as tx:
        tx.needs.move("n2", NeedState.ACKNOWLEDGED)
    with (
        pytest.raises(StaleWriteError, match="需求 'n2'"),
        store.transaction(who="officer", why="受理") as tx,
    ):
        tx.needs.move_many(seen, NeedState.ACKNOWLEDGED)


def test_who_drafted_a_round_cannot_approve_it(store: Store) -> None:
    with_people(store)
    with_draft(store, a_match())
    with store.transaction(who="maker", why="校验") as tx:
        tx.rounds.move("r1", RoundState.CHECKED)
        with pytest.raises(MakerIsCheckerError):
            tx.rounds.move("r1", RoundState.APPROVED)
    with store.transaction(who="checker", why="审批") as tx:
        approved = tx.rounds.move("r1", RoundState.APPROVED)
    with store.transaction(who="maker", why="发布") as tx:
        published = tx.rounds.move("r1", RoundState.PUBLISHED)
        assert tx.rounds.list(kind="mentor") == [published]
    assert (approved.approved_by, published.approved_by) == ("checker", "checker")


# --- places ---------------------------------------------------------------------------------------


def test_an_offer_takes_a_place_and_its_end_gives_it_back(store: Store) -> None:
    with_people(store, needs=2)
    with_draft(store, a_match("k1"), a_match("k2", need_id="n2"))
    with store.transaction(who="officer", why="推荐") as tx:
        offered = tx.matches.offer(tx.matches.get("k1"))
        assert (offered.state, tx.providers.used("mentor")) == (MatchState.OFFERED, {"m1": 1})
        assert tx.matches.holding_of_kind("mentor") == [offered]
        assert tx.matches.of_kind("mentor") == [offered, a_match("k2", need_id="n2")]
        assert tx.matches.of_kind("space") == []
        with pytest.raises(CapacityTakenError, match="m1"):
            tx.matches.offer(tx.matches.get("k2"))
        declined = tx.matches.move("k1", MatchState.DECLINED, reason="no_time")
        assert (declined.ended_reason, tx.providers.used("mentor")) == ("no_time", {"m1": 0})
        tx.matches.offer(tx.matches.get("k2"))
        assert tx.providers.miscounted() == []


@pytest.mark.parametrize(
    "path",
    [
        (MatchState.DECLINED,),
        (MatchState.EXPIRED,),
        (MatchState.ACCEPTED, MatchState.ENDED),
        (MatchState.ACCEPTED, MatchState.ACTIVE, MatchState.ENDED),
    ],
)
def test_every_way_out_of_an_offer_gives_the_place_back(
    store: Store, path: tuple[MatchState, ...]
) -> None:
    with_people(store)
    with_draft(store, a_match())
    with store.transaction(who="officer", why="推荐") as tx:
        tx.matches.offer(tx.matches.get("k1"))
        held = [used_after(tx, state) for state in path]
        assert held == [{"m1": 1}] * (len(path) - 1) + [{"m1": 0}]


def test_a_pair_cannot_be_offered_twice_at_the_same_time(store: Store) -> None:
    with_people(store, capacity=5)
    with_draft(store, a_match("k1"), round_id="r1")
    with_draft(store, a_match("k2", round_id="r2"), round_id="r2")
    with store.transaction(who="officer", why="推荐") as tx:
        tx.matches.offer(tx.matches.get("k1"))
    with (
        pytest.raises(DuplicateMatchError, match="'n1' 与资源方 'm1'"),
        store.transaction(who="officer", why="推荐") as tx,
    ):
        tx.matches.offer(tx.matches.get("k2"))
    with store.transaction(who="officer", why="推荐") as tx:
        tx.matches.move("k1", MatchState.EXPIRED, reason="轮次撤回")
        tx.matches.offer(tx.matches.get("k2"))
        assert tx.providers.used("mentor") == {"m1": 1}


def test_an_imported_match_that_runs_already_takes_its_place(store: Store) -> None:
    with_people(store, needs=2)
    running = a_match("k1", round_id="imported", state=MatchState.ACTIVE)
    with store.transaction(who="admin", why="导入") as tx:
        tx.rounds.add(a_round("imported"))
        tx.matches.add(running)
        assert tx.matches.add_many([running]) == 0
        assert tx.providers.used("mentor") == {"m1": 1}
        tx.rounds.add(a_round("r2"))
        with pytest.raises(DuplicateMatchError):
            tx.matches.add(replace(running, id="k2", round_id="r2"))
        with pytest.raises(CapacityTakenError):
            tx.matches.add(replace(running, id="k2", need_id="n2"))
        assert tx.matches.of_provider("m1") == [running]


def test_capacity_may_be_lowered_below_what_is_held_and_then_nothing_new_is_taken(
    store: Store,
) -> None:
    with_people(store, needs=3, capacity=2)
    with_draft(store, *[a_match(f"k{n}", need_id=f"n{n}") for n in (1, 2, 3)])
    with store.transaction(who="officer", why="推荐") as tx:
        tx.matches.move_many(tx.matches.get_many(["k1", "k2"]), MatchState.OFFERED)
        tx.providers.update(replace(tx.providers.get("m1"), capacity=1))
        tx.matches.move("k1", MatchState.DECLINED)
        with pytest.raises(CapacityTakenError):
            tx.matches.offer(tx.matches.get("k3"))
        tx.matches.move("k2", MatchState.DECLINED)
        tx.matches.offer(tx.matches.get("k3"))
        assert tx.providers.used("mentor") == {"m1": 1}


def test_offering_a_whole_round_names_the_provider_that_is_full(store: Store) -> None:
    with_people(store, needs=4, providers=2, capacity=1)
    proposed = [
        a_match("k1", need_id="n1", provider_id="m1"),
        a_match("k2", need_id="n2", provider_id="m2"),
        a_match("k3", need_id="n3", provider_id="m2"),
    ]
    with_draft(store, *proposed)
    with (
        pytest.raises(CapacityTakenError, match="m2"),
        store.transaction(who="officer", why="发布") as tx,
    ):
        tx.matches.move_many(proposed, MatchState.OFFERED)
    with store.reading() as tx:
        assert tx.providers.used("mentor") == {"m1": 0, "m2": 0}
        assert tx.rounds.matches_of("r1") == proposed


# --- all or nothing, and who may do what ----------------------------------------------------------


def test_an_exception_inside_a_transaction_leaves_no_row_and_no_ledger_line(store: Store) -> None:
    with_people(store)
    with store.reading() as tx:
        before = everything(tx)
    with pytest.raises(ZeroDivisionError):
        much_and_then_fail(store)
    with store.reading() as tx:
        assert everything(tx) == before


def test_a_bulk_move_that_is_refused_and_caught_leaves_nothing_half_done(store: Store) -> None:
    with_people(store, needs=3, providers=2)
    proposed = [
        a_match("k1", need_id="n1", provider_id="m1"),
        a_match("k2", need_id="n2", provider_id="m2"),
        a_match("k3", need_id="n3", provider_id="m2"),
    ]
    with_draft(store, *proposed)
    with store.transaction(who="officer", why="发布") as tx:
        with pytest.raises(CapacityTakenError):
            tx.matches.move_many(proposed, MatchState.OFFERED)
        with pytest.raises(NotFoundError):
            tx.rounds.save_draft(a_round("r2"), [], [an_outcome("n9")])
        assert tx.rounds.matches_of("r1") == proposed
        assert tx.rounds.list() == [a_round("r1")]
        assert tx.providers.used("mentor") == {"m1": 0, "m2": 0}
        assert len(tx.matches.move_many(proposed[:2], MatchState.OFFERED)) == 2


def test_a_refused_write_can_be_caught_and_the_transaction_goes_on(store: Store) -> None:
    with_people(store)
    with store.transaction(who="clerk", why="登记") as tx:
        with pytest.raises(AlreadyExistsError):
            tx.projects.add_many([a_project("p2"), a_project("p1", name="别名")])
        tx.projects.add(a_project("p3"))
    with store.reading() as tx:
        assert [project.id for project in tx.projects.list()] == ["p1", "p3"]


def test_a_reading_transaction_refuses_to_write(store: Store) -> None:
    with_people(store)
    with store.reading() as tx:
        with pytest.raises(RuntimeError, match="reading"):
            tx.projects.add(a_project("p2"))
        with pytest.raises(RuntimeError, match="reading"):
            tx.needs.move("n1", NeedState.ACKNOWLEDGED)
        with pytest.raises(RuntimeError, match="reading"):
            tx.ledger.append("round.export", "round:r1")


def test_a_reader_keeps_its_snapshot_while_others_write(store: Store) -> None:
    with_people(store)
    with store.reading() as reader:
        before = everything(reader)
        with store.transaction(who="clerk", why="登记") as tx:
            tx.projects.add(a_project("p2"))
        assert everything(reader) == before
        version = reader.data_version()
    with store.reading() as tx:
        assert tx.projects.count() == 2
        assert int(tx.data_version()) == int(version) + 1


# --- the ledger says what was done ----------------------------------------------------------------


def test_the_ledger_says_who_did_what_when_and_why(store: Store) -> None:
    with_people(store)
    versions = {"model": "mentor-0001", "data": "3"}
    with store.transaction(who="officer-7", why="首次沟通后受理", versions=versions) as tx:
        tx.needs.move("n1", NeedState.ACKNOWLEDGED)
        assert tx.ledger.written() == ()
    (line,) = tx.ledger.written()
    assert (line.at, line.who, line.verb, line.subject, line.why) == (
        MORNING,
        "officer-7",
        "need.move",
        "need:n1",
        "首次沟通后受理",
    )
    assert (line.versions, line.payload) == (versions, {"to": "acknowledged", "reason": None})
    with store.reading() as tx:
        assert tx.ledger.about("need:n1")[-1] == line
        assert tx.ledger.list(after=line.sequence - 1) == [line]
        assert tx.ledger.verify() == tx.ledger.head()


def test_a_bulk_write_owes_one_line_with_the_digest_of_its_ids(store: Store) -> None:
    with store.transaction(who="clerk", why="导入") as tx:
        tx.projects.add_many([a_project(f"p{number}") for number in range(50)])
    (line,) = tx.ledger.written()
    assert (line.subject, line.payload["count"]) == ("project:*", 50)
    assert len(str(line.payload["ids_sha256"])) == 64


def test_sequences_have_no_gaps_even_after_transactions_that_failed(store: Store) -> None:
    with_people(store)
    with pytest.raises(ZeroDivisionError):
        much_and_then_fail(store)
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add(a_project("p3"))
    with store.reading() as tx:
        assert [line.sequence for line in tx.ledger.list()] == [1, 2, 3, 4]


def test_no_ledger_line_holds_a_name(store: Store) -> None:
    with_people(store)
    with_draft(store, a_match())
    with store.transaction(who="clerk", why="更正") as tx:
        tx.projects.update(a_project(name="王某某的公司"))
        tx.providers.update(replace(tx.providers.get("m1"), name="李某某"))
    with store.reading() as tx:
        lines = str([dataclasses.asdict(line) for line in tx.ledger.list()])
    assert "某某" not in lines
    assert "青禾" not in lines
