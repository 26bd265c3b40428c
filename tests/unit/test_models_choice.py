from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from training_sets import DAY, a_training_set, without_feedback

from models.alignment import rows_of
from models.base import TrainingData
from models.choice import Choice, History
from models.choice_fit import ChoiceSettings, fit_choice
from models.lifts import shares_of
from models.links import earlier_of, links_of, new_links_of
from models.unstated import slots_of

DATA = a_training_set(n_needs=60, n_providers=6).canonical()
EXACT = ChoiceSettings(half_life_days=200.0, strength=1.0, n_steps=200)


def earlier_by_hand(data: TrainingData) -> set[tuple[int, int]]:
    links = links_of(data)
    seen = list(zip(links.need.tolist(), links.provider.tolist(), links.at.tolist(), strict=True))
    return {
        (need, provider)
        for need in range(len(data.project))
        for other, provider, at in seen
        if data.project[other] == data.project[need] and at < data.opened_at[need]
    }


def all_pairs(data: TrainingData, column: Choice | History) -> np.ndarray:
    found = column.of(data.need_indicators, data.provider_indicators, data.pairs)[0]
    table = np.zeros((len(data.pairs.need_ids), len(data.pairs.provider_ids)))
    table[data.pairs.need, data.pairs.provider] = found
    return table


def minus_log_posterior(
    data: TrainingData, settings: ChoiceSettings, flat: np.ndarray
) -> tuple[float, np.ndarray]:
    """The definition and its gradient, need by need and without any matrix of needs."""
    table = data.need_indicators
    shares = shares_of(table)[rows_of(data.pairs.need_ids, table.ids)]
    shares[:, slots_of(table.names) == -1] = 0.0
    n, c = shares.shape[1], len(data.pairs.provider_ids)
    weights = flat.reshape(n + c + 1, c)
    slope, start = np.zeros_like(weights), np.zeros_like(weights)
    links, had = new_links_of(data), earlier_by_hand(data)
    ages = (links.at.max() - links.at) / DAY
    value, counts = 0.0, np.zeros(c)
    for need in np.unique(links.need).tolist():
        mine = links.need == need
        weight = 0.5 ** (ages[mine].min() / settings.half_life_days)
        before = np.array([(need, p) in had for p in range(c)])
        told = np.r_[shares[need], before / max(np.sqrt(before.sum()), 1), 1.0]
        odds = np.where(before, 0.0, np.exp(told @ weights))
        chosen = np.bincount(links.provider[mine], minlength=c) / mine.sum()
        value += weight * (np.log(odds.sum()) - chosen @ (told @ weights))
        slope += weight * np.outer(told, odds / odds.sum() - chosen)
        counts += weight * chosen
    start[-1] = np.log(counts + 0.1)
    off = weights - start
    value += 0.5 * settings.strength * float((off**2).sum())
    return value, (slope + settings.strength * off).ravel()


def test_the_tables_are_where_the_posterior_is_highest() -> None:
    choice, history = fit_choice(DATA, EXACT)
    n_features, c = choice.values.shape
    find: Any = minimize  # its overloads do not know a gradient beside the value
    found = find(
        lambda flat: minus_log_posterior(DATA, EXACT, flat),
        np.zeros((n_features + c + 1) * c),
        jac=True,
        method="L-BFGS-B",
    )
    slow = found.x.reshape(-1, c)
    wanted = slow - slow.mean(axis=1, keepdims=True)
    assert choice.values == pytest.approx(wanted[:n_features], abs=0.005)
    assert history.values == pytest.approx(wanted[n_features:-1], abs=0.005)


def test_the_earlier_providers_of_a_need_are_those_its_project_had_before_it() -> None:
    need, provider = earlier_of(DATA)
    assert set(zip(need.tolist(), provider.tolist(), strict=True)) == earlier_by_hand(DATA)
    assert len(need) > 0


def test_a_provider_that_a_project_keeps_is_counted_once() -> None:
    links, new = links_of(DATA), new_links_of(DATA)
    pairs = DATA.project[links.need] * 6 + links.provider
    first = {int(p): float(links.at[pairs == p].min()) for p in pairs}
    assert len(new.need) == len(first) < len(links.need)
    assert sorted(new.at.tolist()) == pytest.approx(sorted(first.values()))


def test_thirty_steps_come_near_the_end_of_the_descent() -> None:
    short, long = (fit_choice(DATA, replace(EXACT, n_steps=steps))[0].values for steps in (30, 200))
    assert np.abs(short - long).max() < 0.02
    assert np.abs(long).max() > 0.4


def test_history_is_silent_about_needs_without_and_needs_never_seen() -> None:
    _, history = fit_choice(DATA, EXACT)
    found = all_pairs(DATA, history)
    had = np.zeros(len(found), dtype=np.bool_)
    had[earlier_of(DATA)[0]] = True
    assert not found[~had].any()
    assert np.abs(found[had]).max() > 0.1
    pairs = replace(DATA.pairs, need_ids=np.char.add("new-", DATA.pairs.need_ids))
    assert not history.of(DATA.need_indicators, DATA.provider_indicators, pairs).any()


def test_a_large_catalogue_gets_no_table_of_earlier_providers() -> None:
    _, history = fit_choice(DATA, replace(EXACT, most_providers=5))
    assert not all_pairs(DATA, history).any()
    assert history.values.size == 0


def test_only_the_latest_needs_teach_if_there_are_too_many() -> None:
    late = replace(EXACT, most_pairs=20 * 6, most_providers=0)
    links = new_links_of(DATA)
    newest = np.zeros(60)
    np.maximum.at(newest, links.need, links.at)
    cut = float(np.sort(newest)[-20])
    seen = DATA.interactions
    kept = np.isin(seen.need_ids[seen.need], DATA.pairs.need_ids[newest >= cut])
    part = replace(
        DATA,
        interactions=replace(
            seen,
            need=seen.need[kept],
            provider=seen.provider[kept],
            event=seen.event[kept],
            value=seen.value[kept],
            at=seen.at[kept],
        ),
    )
    found, wanted = fit_choice(DATA, late)[0].values, fit_choice(part, late)[0].values
    assert found == pytest.approx(wanted, abs=0.3)


def test_without_feedback_nothing_is_chosen() -> None:
    choice, history = fit_choice(without_feedback(DATA), EXACT)
    assert not choice.values.any()
    assert not all_pairs(DATA, history).any()


def test_a_catalogue_too_large_for_a_table_of_earlier_providers_loses_nothing_else() -> None:
    data = replace(DATA, project=np.arange(len(DATA.project), dtype=np.int32))
    choice, history = fit_choice(data, ChoiceSettings())
    alone, nothing = fit_choice(data, ChoiceSettings(most_providers=1))
    assert choice.values.any()
    assert np.array_equal(alone.values, choice.values)
    assert len(nothing.need_ids) == len(history.need_ids) == 0
