"""A round that stays solved: every change and every price is held against solving again."""

from __future__ import annotations

import numpy as np
import pytest
from networks import (
    a_random_network,
    assert_proven,
    best_total,
    best_total_with,
    with_capacity,
)

from matching.kernel.live import IMPOSSIBLE, LiveRound
from matching.kernel.warm import warm
from matching.network import Network
from peipao.errors import InfeasibleError


def started(seed: int, *, minimums: bool = True) -> LiveRound | None:
    """Return a live round of a random network, or None if it has no answer."""
    try:
        return LiveRound.start(a_random_network(seed, minimums=minimums))
    except InfeasibleError:
        return None


def changed(live: LiveRound, dice: np.random.Generator) -> bool:
    """Make one random change; return False if it was impossible."""
    need = int(dice.integers(live.network.n_needs))
    provider = int(dice.integers(live.network.n_providers))
    try:
        if dice.random() < 0.5:
            if live.state.most[need]:
                live.leave(need)
            else:
                live.enter(need, int(live.network.need_max[need]))
        else:
            capacity = int(live.state.cap[provider]) + int(dice.choice([-1, 1]))
            live.resize(provider, max(capacity, 0))
    except InfeasibleError:
        return False
    return True


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_chains_of_changes_stay_as_good_as_solving_again(start: int) -> None:
    changes = 0
    for seed in range(start, start + 40):
        live, dice = started(seed), np.random.default_rng(seed)
        while live and changed(live, dice) and dice.random() < 0.9:
            changes += 1
            now = live.present()
            assert live.total == best_total(now)
            assert_proven(now, live.chosen(), live.prices())
    assert changes > 100


def test_regret_is_what_forcing_each_pair_costs() -> None:
    asked = 0
    for seed in range(200, 260):
        live, dice = started(seed), np.random.default_rng(seed)
        if live is None or not changed(live, dice):
            continue
        now, best = live.present(), live.total
        for need in dice.integers(now.n_needs, size=2).tolist():
            edges = range(*np.searchsorted(now.need, [need, need + 1]).tolist())
            forced = [best_total_with(now, edge) for edge in edges]
            loss = [IMPOSSIBLE if total is None else best - total for total in forced]
            assert live.regret(need).tolist() == loss
            asked += len(loss)
    assert asked > 150


def test_a_place_more_and_a_place_less_are_worth_what_solving_again_says() -> None:
    asked = 0
    for seed in range(300, 360):
        live = started(seed)
        if live is None:
            continue
        now, best = live.present(), live.total
        more, less = live.one_more_each().tolist(), live.one_less_each().tolist()
        for provider in range(now.n_providers):
            assert best_total(with_capacity(now, provider, 1)) == best + more[provider]
            assert loss_of_one(now, provider, best) == less[provider]
            asked += 1
    assert asked > 150


def loss_of_one(network: Network, provider: int, best: int) -> int:
    """Return what one place less costs by solving again, or IMPOSSIBLE."""
    if network.provider_max[provider] <= network.provider_min[provider]:
        return IMPOSSIBLE
    total = best_total(with_capacity(network, provider, -1))
    return IMPOSSIBLE if total is None else best - total


def test_one_who_leaves_and_comes_back_finds_everything_as_good_as_before() -> None:
    for seed in range(400, 430):
        live = started(seed, minimums=False)
        assert live is not None
        before = live.total
        present = np.flatnonzero(live.state.most > 0)
        for need in present.tolist():
            places = int(live.state.most[need])
            live.leave(need)
            assert not live.chosen()[live.network.need == need].any()
            live.enter(need, places)
            assert live.total == before


def test_a_round_goes_on_from_prices_that_were_kept_whatever_changed_meanwhile() -> None:
    resumed = 0
    for seed in range(500, 620):
        live, dice = started(seed), np.random.default_rng(seed)
        if live is None:
            continue
        now, chosen, prices = live.present(), live.chosen(), live.prices()
        again = LiveRound.resume(now, chosen, prices)
        assert again.chosen().tolist() == chosen.tolist()
        assert_proven(now, again.chosen(), again.prices())
        wider = with_capacity(now, int(dice.integers(now.n_providers)), 1)
        again = LiveRound.resume(wider, chosen, prices)
        assert again.total == best_total(wider)
        assert_proven(wider, again.chosen(), again.prices())
        resumed += 1
    assert resumed > 60


def test_room_lets_a_need_come_to_want_more_than_at_first() -> None:
    network = a_random_network(1, minimums=False)
    wanted = network.need_max + 2
    live = LiveRound.start(network, wanted)
    for need in range(network.n_needs):
        if live.state.most[need] > 0:
            live.leave(need)
        live.enter(need, int(wanted[need]))
    assert live.total == best_total(live.present())
    degree = np.bincount(network.need, minlength=network.n_needs)
    assert live.present().need_max.tolist() == np.minimum(wanted, degree).tolist()


def test_a_need_that_is_there_cannot_come_again() -> None:
    live = LiveRound.start(one_pair(least=0))
    with pytest.raises(ValueError, match="0"):
        live.enter(0)


def test_what_a_minimum_forbids_is_refused() -> None:
    live = LiveRound.start(one_pair(least=1))
    with pytest.raises(InfeasibleError):
        live.resize(0, 0)
    assert live.total == 4
    assert live.one_less_each().tolist() == [IMPOSSIBLE]
    with pytest.raises(InfeasibleError):
        LiveRound.start(one_pair(least=2))
    with pytest.raises(InfeasibleError):
        live.leave(0)


def one_pair(least: int) -> Network:
    """Return one need and one provider that must have so many matches."""
    return Network(
        need=np.zeros(1, np.int32),
        provider=np.zeros(1, np.int32),
        gain=np.array([4]),
        need_min=np.zeros(1, np.int64),
        need_max=np.ones(1, np.int64),
        provider_min=np.array([least]),
        provider_max=np.array([max(least, 1)]),
    )


def test_warming_up_twice_is_harmless() -> None:
    warm()
    warm()
