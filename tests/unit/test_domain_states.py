"""Every machine walked from end to end: each legal and each illegal move."""

from __future__ import annotations

from typing import Any

import pytest

from peipao.domain.states import (
    HOLDING,
    MATCH,
    NEED,
    RANKED,
    ROUND,
    Machine,
    MatchState,
    NeedState,
    RoundState,
)
from peipao.errors import IllegalTransitionError

# Written down a second time on purpose: from the model page, not from the code.
LEGAL = {
    "需求": {
        "opened": "acknowledged closed referred",
        "acknowledged": "offered closed referred",
        "offered": "matched acknowledged closed referred",
        "matched": "in_service acknowledged closed referred",
        "in_service": "resolved closed referred",
        "resolved": "",
        "closed": "",
        "referred": "",
    },
    "撮合轮次": {
        "draft": "checked",
        "checked": "approved",
        "approved": "published",
        "published": "withdrawn closed",
        "withdrawn": "",
        "closed": "",
    },
    "对接": {
        "proposed": "offered",
        "offered": "accepted declined expired",
        "accepted": "active ended",
        "active": "ended",
        "declined": "",
        "expired": "",
        "ended": "",
    },
}
STATES = {NEED.name: NeedState, ROUND.name: RoundState, MATCH.name: MatchState}
MACHINES: tuple[Machine[Any], ...] = (NEED, ROUND, MATCH)
BY_NAME = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


def walk(*, legal: bool) -> list[Any]:
    """Return (machine, now, to) of all legal, or all illegal, moves."""
    return [
        pytest.param(machine, now, to, id=f"{machine.name}-{now.value}-{to.value}")
        for machine in MACHINES
        for now in STATES[machine.name]
        for to in STATES[machine.name]
        if (to.value in LEGAL[machine.name][now.value].split()) is legal
    ]


@pytest.mark.parametrize(("machine", "now", "to"), walk(legal=True))
def test_a_legal_move_ends_in_the_state_asked_for(machine: Machine[Any], now: Any, to: Any) -> None:
    assert machine.checked_move("x1", now, to) is to


@pytest.mark.parametrize(("machine", "now", "to"), walk(legal=False))
def test_an_illegal_move_is_refused_and_the_message_says_what_may_follow(
    machine: Machine[Any], now: Any, to: Any
) -> None:
    with pytest.raises(IllegalTransitionError) as raised:
        machine.checked_move("x1", now, to)
    said = {state.value: f"{machine.labels[state]}({state.value})" for state in machine.moves}
    listed = "、".join(sorted(said[name] for name in LEGAL[machine.name][now.value].split()))
    may = listed or "(终态,无后续)"
    expected = f"现为 {said[now.value]},不能变为 {said[to.value]};可变为:{may}"
    assert str(raised.value) == f"{machine.name} 'x1' {expected}"


@BY_NAME
def test_every_state_stands_in_the_table_and_has_a_chinese_label(machine: Machine[Any]) -> None:
    states = set(STATES[machine.name])
    assert set(machine.moves) == set(machine.labels) == states
    assert len(set(machine.labels.values())) == len(states)
    assert all(label and not label.isascii() for label in machine.labels.values())


@BY_NAME
def test_every_state_can_be_reached_from_the_start(machine: Machine[Any]) -> None:
    reached = {machine.start}
    for _ in machine.moves:
        reached |= {to for now in reached for to in machine.moves[now]}
    assert reached == set(machine.moves)


@BY_NAME
def test_a_state_is_final_if_and_only_if_nothing_follows(machine: Machine[Any]) -> None:
    final = {state.value for state in machine.moves if machine.is_final(state)}
    assert final == {now for now, to in LEGAL[machine.name].items() if not to}


def test_a_match_holds_a_place_from_the_offer_until_it_ends() -> None:
    final_or_new = {state for state in MatchState if MATCH.is_final(state)} | {MATCH.start}
    assert set(HOLDING) == set(MatchState) - final_or_new


def test_needs_enter_a_round_before_anything_was_offered() -> None:
    assert RANKED == (NeedState.OPENED, NeedState.ACKNOWLEDGED)
