from __future__ import annotations

import pytest
from store_records import a_match, a_need

from peipao.domain.states import NEED, MatchState, NeedState
from serving.usecases.need_progress import path, target

M, N = MatchState, NeedState


@pytest.mark.parametrize(
    ("states", "now", "wanted"),
    [
        ([M.OFFERED], N.OPENED, N.OFFERED),
        ([M.OFFERED, M.ACCEPTED], N.OFFERED, N.MATCHED),
        ([M.DECLINED, M.ACTIVE], N.MATCHED, N.IN_SERVICE),
        ([M.DECLINED], N.OFFERED, N.ACKNOWLEDGED),
        ([M.ENDED, M.OFFERED], N.MATCHED, N.OFFERED),
        ([M.EXPIRED], N.OPENED, N.OPENED),
        ([], N.IN_SERVICE, N.IN_SERVICE),
    ],
)
def test_a_need_stands_where_its_furthest_match_stands(
    states: list[MatchState], now: NeedState, wanted: NeedState
) -> None:
    matches = [a_match(f"k{number}", state=state) for number, state in enumerate(states)]
    assert target(a_need(state=now), matches) is wanted


def test_the_way_to_a_state_goes_through_allowed_moves_only() -> None:
    assert path(N.OPENED, N.OFFERED) == (N.ACKNOWLEDGED, N.OFFERED)
    assert path(N.MATCHED, N.OFFERED) == (N.ACKNOWLEDGED, N.OFFERED)
    assert path(N.OFFERED, N.IN_SERVICE) == (N.MATCHED, N.IN_SERVICE)


@pytest.mark.parametrize("now", [N.IN_SERVICE, *(state for state in N if NEED.is_final(state))])
def test_no_way_leads_back_from_service_or_from_the_end(now: NeedState) -> None:
    assert path(now, N.OFFERED) == ()
