from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_accounts import fake_needs, joined, vouched, with_fakes, without_fakes
from training_sets import a_training_set

from models.base import TrainingData, events_where
from models.blend import HybridRanker
from models.evaluation import Evaluation
from models.gate import RING, WORSE, flags_of
from models.hybrid import LatentRanker
from models.links import VOUCHED, links_of, offers_of
from models.metrics import Interval, within_top

QUICK = HybridRanker(latent=LatentRanker(n_models=1, n_factors=6, n_epochs=8))
DATA = vouched(a_training_set(n_needs=240, n_providers=40)).canonical()
FAKES = fake_needs(DATA, 0.05)
CLEAN = without_fakes(DATA, FAKES)
LEAST_LIKED = int(np.argmin(np.bincount(links_of(CLEAN).provider, minlength=40)))
RIGGED = with_fakes(DATA, FAKES, LEAST_LIKED)
NOTHING = Evaluation(0.0, 0)


def exposure(data: TrainingData) -> np.ndarray:
    """Return each provider's share of the places in the ten best of the honest needs."""
    model = QUICK.fit(data, seed=1)
    margin = model.score(data.need_indicators, data.provider_indicators, data.pairs)
    honest = ~np.isin(data.pairs.need, FAKES)
    shown = honest & within_top(data.pairs.need, margin, 10)
    places = np.bincount(data.pairs.provider[shown], minlength=40)
    return np.asarray(places / shown.sum())


def test_five_percent_fake_accounts_move_no_exposure_by_a_percentage_point() -> None:
    assert np.abs(exposure(RIGGED) - exposure(CLEAN)).max() <= 0.01


def test_without_anybody_vouching_the_same_accounts_would_move_it() -> None:
    believed = [
        replace(d, interactions=events_where(d.interactions, d.interactions.event != VOUCHED))
        for d in (CLEAN, RIGGED)
    ]
    moved = exposure(believed[1]) - exposure(believed[0])
    assert moved[LEAST_LIKED] > 0.01


def test_the_gate_names_the_provider_that_fakes_support() -> None:
    (flag,) = flags_of(RIGGED.canonical(), NOTHING)
    assert flag.code == RING
    assert DATA.pairs.provider_ids[LEAST_LIKED] in flag.words


@pytest.mark.parametrize("seed", range(6))
def test_honest_feedback_passes_the_gate(seed: int) -> None:
    data = vouched(a_training_set(n_needs=240, n_providers=40, seed=seed)).canonical()
    assert flags_of(data, NOTHING) == ()


def test_where_staff_vouch_for_nobody_everybody_is_believed() -> None:
    plain = a_training_set(n_needs=60, n_providers=20).canonical()
    accepted = plain.interactions.event == "accepted"
    assert len(links_of(plain).need) == int(accepted.sum())
    assert offers_of(plain).confirmed.all()
    assert flags_of(plain, NOTHING) == ()


def test_an_offer_to_a_project_nobody_has_met_counts_as_an_offer_all_the_same() -> None:
    ours, theirs = offers_of(RIGGED.canonical()), offers_of(CLEAN)
    old = int((DATA.opened_at[FAKES] < DATA.interactions.at.max() - 35 * 86_400).sum())
    assert len(ours.need) - len(theirs.need) >= old
    assert not ours.confirmed[np.isin(ours.need, FAKES)].any()
    assert not ours.met[np.isin(ours.need, FAKES)].any()


def test_one_meeting_that_staff_saw_makes_a_project_believed() -> None:
    fake = int(FAKES[-1])
    seen = RIGGED.interactions
    one = np.flatnonzero((seen.need == fake) & (seen.event == "accepted"))
    real = joined(seen, replace(events_where(seen, one), event=np.full(len(one), VOUCHED)))
    before, after = links_of(RIGGED), links_of(replace(RIGGED, interactions=real))
    assert fake not in before.need
    assert fake in after.need


def test_a_model_that_loses_to_the_hand_weights_is_flagged() -> None:
    lost = Evaluation(0.0, 300, ratios={"hybrid_over_content": Interval(0.9, 0.85, 0.97)})
    (flag,) = flags_of(CLEAN, lost)
    assert flag.code == WORSE
    few = replace(lost, n_needs=20)
    open_end = replace(lost, ratios={"hybrid_over_content": Interval(0.95, 0.88, 1.02)})
    assert flags_of(CLEAN, few) == flags_of(CLEAN, open_end) == ()
