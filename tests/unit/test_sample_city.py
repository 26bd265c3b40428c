from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from peipao.canonical import sha256_lines
from peipao.domain.records import Feedback, FeedbackType
from peipao.domain.states import RANKED, NeedState
from peipao.domain.values import Place
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import load_catalogue
from peipao.kinds.entities import check_need, check_project, check_provider
from peipao.reference.loader import load_reference
from peipao.sample.city import City, generate_city, iter_city_chunks
from peipao.sample.size import CitySize, S, tier_size
from peipao.sample.streams import BLOCK
from peipao.sample.taste import MEETING

REFERENCE = load_reference()
CATALOGUE = load_catalogue(REFERENCE)
TODAY = dt.date(2026, 3, 2)
NOW = dt.datetime.combine(TODAY, dt.time(), dt.UTC)
SMALL = CitySize(projects=60, earlier=40, mentors=50, officers=20, talents=30, service_points=12)
ORDER = ("shown", "opened", "asked", "accepted", "met", "rated")
ROOT = Path(__file__).parents[2]


def city_of(size: CitySize, seed: int = 20260302) -> City:
    return generate_city(size, seed, REFERENCE, CATALOGUE, TODAY)


def digest(city: City) -> str:
    records = (city.projects, city.needs, city.providers, city.feedback, city.sensitive_facts)
    return sha256_lines(repr(one) for group in records for one in group)


@pytest.fixture(scope="module")
def city() -> City:
    return city_of(S)


@pytest.fixture(scope="module")
def small() -> City:
    return city_of(SMALL)


def events_of(city: City, kind: str) -> list[Feedback]:
    kinds = {need.id: need.kind for need in city.needs}
    return [event for event in city.feedback if kinds[event.need_id] == kind]


def test_two_processes_with_different_hash_seeds_make_the_same_city(small: City) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        "import test_sample_city as t; print(t.digest(t.city_of(t.SMALL)))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": number},  # noqa: TID251  the child's settings
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout.strip()
        for number in ("0", "1")
    ]
    assert runs == [digest(small)] * 2


def test_another_seed_makes_another_city(small: City) -> None:
    other = city_of(SMALL, seed=1)
    assert {one.id for one in other.projects} == {one.id for one in small.projects}
    assert [one.name for one in other.projects] != [one.name for one in small.projects]


def test_size_s_has_the_counts_of_the_action(city: City) -> None:
    kinds = Counter(provider.kind for provider in city.providers)
    assert (kinds["mentor"], kinds["service_officer"], kinds["talent"]) == (650, 200, 300)
    open_needs = [need for need in city.needs if need.state in RANKED]
    by_kind = Counter(need.kind for need in open_needs)
    assert set(by_kind) == set(CATALOGUE)
    assert by_kind["mentor"] == by_kind["service_officer"] == 1_000
    assert 2_700 <= len(open_needs) <= 3_300
    assert sum(one.id.startswith("p") for one in city.projects) == 1_000
    past = Counter(need.kind for need in city.needs if need.state not in RANKED)
    assert 2_700 <= past["mentor"] <= 3_300
    assert 80_000 <= len(city.feedback) <= 130_000


def test_the_tier_s_of_the_reference_is_the_default_size() -> None:
    assert tier_size("S", REFERENCE) == S
    with pytest.raises(InvalidInputError, match="XXS"):
        tier_size("XXS", REFERENCE)


def test_each_project_under_way_has_one_open_need_for_mentor_and_officer(city: City) -> None:
    counts = Counter(
        (need.project_id, need.kind)
        for need in city.needs
        if need.state in RANKED and need.kind in {"mentor", "service_officer"}
    )
    under_way = [one.id for one in city.projects if one.id.startswith("p")]
    assert set(counts.values()) == {1}
    assert len(counts) == 2 * len(under_way)
    assert sum(one.stage == "startup" for one in city.projects) > len(city.projects) / 2


def test_every_record_is_as_the_kind_files_want_it(city: City) -> None:
    for project in city.projects:
        assert check_project(project, CATALOGUE, REFERENCE) == project
    for need in city.needs:
        assert check_need(need, CATALOGUE, REFERENCE) == need
    for provider in city.providers:
        assert check_provider(provider, CATALOGUE, REFERENCE) == provider


def test_whatever_is_generated_says_so_and_nothing_real_does(city: City) -> None:
    assert all(one.generated and "(生成" in one.name for one in city.projects)
    assert all(one.generated == ("(生成" in one.name) for one in city.providers)
    real = {one.kind for one in city.providers if not one.generated}
    assert real == {"space", "investor", "loan_product", "association", "hr_agency"}
    assert all("某某" in one.name for one in city.providers if one.kind == "mentor")


def test_introductions_are_sentences_that_vary(city: City) -> None:
    intros = [str(one.attributes["intro"]) for one in city.projects if "intro" in one.attributes]
    assert 25 <= min(map(len, intros)) <= max(map(len, intros)) <= 130
    assert len(set(intros)) > 0.98 * len(intros)
    assert not any("{" in text or "None" in text for text in intros)


def test_real_providers_say_what_the_reference_says_and_no_more(city: City) -> None:
    by_id = {one.id: one for one in city.providers}
    for investor in REFERENCE.investors.values():
        made = by_id[investor.id]
        assert made.name == investor.name
        assert made.attributes.get("industries", ()) == tuple(sorted(investor.industries))
        assert made.attributes.get("stages", ()) == tuple(sorted(investor.stages))
        assert not {"ticket_min_cny", "ticket_max_cny", "rounds", "place"} & set(made.attributes)
    for product in REFERENCE.loan_products.values():
        assert by_id[product.id].attributes.get("max_amount_cny") == product.max_amount_cny
    for space in REFERENCE.spaces.values():
        if space.space_type is None:
            assert space.id not in by_id
            continue
        stated = by_id[space.id].attributes
        place = None if space.district is None else Place(space.district, space.zone)
        assert stated["space_type"] == space.space_type
        assert stated.get("place") == place
        assert "rent_cny_m2_month" not in stated
    assert {key for key in by_id if not by_id[key].generated} == set(city.sources)


def test_a_record_does_not_change_when_other_sizes_do(small: City) -> None:
    other = city_of(CitySize(30, 5, 80, 12, 3, 40, history=0.3))
    mine, theirs = ({one.id: one for one in c.providers} for c in (small, other))
    shared = sorted(set(mine) & set(theirs))
    assert {key[0] for key in shared} >= {"m", "o", "t", "g"}
    assert all(mine[key] == theirs[key] for key in shared)
    ours = {one.id: one for one in small.projects}
    assert all(ours[one.id] == one for one in other.projects)
    needs = {one.id: one.attributes for one in small.needs if one.state in RANKED}
    for one in other.needs:
        assert one.state not in RANKED or needs[one.id] == one.attributes


def test_chunks_put_together_are_the_city() -> None:
    size = CitySize(BLOCK + 30, 10, 40, 20, 10, 5, history=0.2)
    chunks = list(iter_city_chunks(size, 3, REFERENCE, CATALOGUE, TODAY))
    whole = city_of(size, seed=3)
    assert [len(chunk.providers) > 0 for chunk in chunks] == [True, False]
    assert {p.id: p for c in chunks for p in c.projects} == {p.id: p for p in whole.projects}
    assert {n.id: n for c in chunks for n in c.needs} == {n.id: n for n in whole.needs}
    assert {f.id: f for c in chunks for f in c.feedback} == {f.id: f for f in whole.feedback}


def test_feedback_lies_in_the_two_years_and_in_causal_order(city: City) -> None:
    opened = {need.id: need.opened_at for need in city.needs}
    pairs: dict[tuple[str, str], dict[str, Feedback]] = {}
    for event in city.feedback:
        assert NOW - dt.timedelta(days=730) <= opened[event.need_id] < event.at < NOW
        pairs.setdefault((event.need_id, event.provider_id), {})[event.type.value] = event
    assert [(one.at, one.id) for one in city.feedback] == sorted(
        (one.at, one.id) for one in city.feedback
    )
    for seen in pairs.values():
        steps = [seen[name].at for name in ORDER if name in seen]
        assert steps == sorted(set(steps))
        assert set(seen) & set(ORDER[:5]) == set(ORDER[: len(set(seen) & set(ORDER[:5]))])
        assert not {"accepted", "declined"} <= set(seen)
        assert "declined" not in seen or seen["declined"].at > seen["asked"].at
        assert "outcome" not in seen or seen["outcome"].at > seen["met"].at


def test_feedback_is_only_about_pairs_that_the_rules_allow(small: City) -> None:
    for kind in CATALOGUE:
        needs = [need for need in small.needs if need.kind == kind]
        row = {need.id: n for n, need in enumerate(needs)}
        column = {key: n for n, key in enumerate(small.truth.provider_ids(kind))}
        may = small.truth.allowed(kind, needs)
        assert all(may[row[e.need_id], column[e.provider_id]] for e in events_of(small, kind))


def test_a_need_is_resolved_exactly_if_somebody_met(city: City) -> None:
    met = {event.need_id for event in city.feedback if event.type is FeedbackType.MET}
    assert met == {need.id for need in city.needs if need.state is NeedState.RESOLVED}
    accepted = Counter(e.need_id for e in city.feedback if e.type is FeedbackType.ACCEPTED)
    wanted = {need.id: need.wanted for need in city.needs}
    assert all(count <= wanted[key] for key, count in accepted.items())


def asked_pairs(city: City, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """True P(accepted | asked) of the pairs that were asked, and whether they were accepted."""
    events = events_of(city, kind)
    asked_ids = {event.need_id for event in events}
    needs = [need for need in city.needs if need.id in asked_ids]
    row = {need.id: n for n, need in enumerate(needs)}
    column = {key: n for n, key in enumerate(city.truth.provider_ids(kind))}
    true = city.truth.acceptance(kind, needs)
    said = {t: {(e.need_id, e.provider_id) for e in events if e.type == t} for t in FeedbackType}
    asked = sorted(said[FeedbackType.ASKED])
    chances = np.array([true[row[need], column[provider]] for need, provider in asked])
    return chances, np.array([pair in said[FeedbackType.ACCEPTED] for pair in asked])


def test_acceptance_happens_as_often_as_the_truth_says(city: City) -> None:
    drawn = [asked_pairs(city, kind) for kind in CATALOGUE]
    chances = np.concatenate([one[0] for one in drawn])
    accepted = np.concatenate([one[1] for one in drawn])
    order = np.argsort(chances, kind="stable")
    for part in np.array_split(order, 10):
        expected = chances[part].mean()
        error = np.sqrt((chances[part] * (1 - chances[part])).sum()) / len(part)
        assert abs(accepted[part].mean() - expected) < 3.5 * error
    met = sum(event.type is FeedbackType.MET for event in city.feedback)
    tolerance = 4 * np.sqrt(MEETING * (1 - MEETING) * accepted.sum())
    assert abs(met - MEETING * accepted.sum()) < tolerance


def test_the_taste_tells_who_accepts_and_no_single_part_is_all_of_it(city: City) -> None:
    chances, accepted = asked_pairs(city, "mentor")
    assert area_under_curve(chances, accepted) > 0.6
    needs = [need for need in city.needs if need.kind == "mentor"][:400]
    parts = city.truth.parts(city.truth.kinds["mentor"], needs)
    assert np.allclose(parts.total(), city.truth.utility("mentor", needs))
    spread = [parts.content.std(), parts.appeal.std(), parts.liking.std()]
    assert min(spread) > 0.4
    assert np.corrcoef(parts.content.ravel(), parts.liking.ravel())[0, 1] < 0.2


def area_under_curve(scores: np.ndarray, hits: np.ndarray) -> float:
    wins = (scores[hits][:, None] > scores[~hits][None, :]).mean()
    ties = (scores[hits][:, None] == scores[~hits][None, :]).mean()
    return float(wins + ties / 2)


def test_each_need_has_an_officer_of_the_district_as_owner(city: City) -> None:
    officers = {one.id: one for one in city.providers if one.kind == "service_officer"}
    district = {one.id: one.attributes["district"] for one in city.projects}
    owners: dict[str, set[str | None]] = {}
    for need in city.needs:
        assert need.owner is not None
        place = officers[need.owner].attributes["place"]
        assert isinstance(place, Place)
        assert place.district == district[need.project_id]
        owners.setdefault(need.project_id, set()).add(need.owner)
    assert {len(found) for found in owners.values()} == {1}


def test_an_empty_city_and_a_city_without_officers_are_cities_too() -> None:
    empty = city_of(CitySize(0, 0, 0, 0, 0, 0))
    assert not empty.projects
    assert not empty.needs
    assert not empty.feedback
    assert all(not one.generated for one in empty.providers)
    lonely = city_of(CitySize(5, 0, 0, 0, 0, 0))
    assert {need.owner for need in lonely.needs} == {None}


def test_a_negative_seed_or_size_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="seed"):
        city_of(SMALL, seed=-1)
    with pytest.raises(InvalidInputError, match=r"size\.mentors"):
        CitySize(mentors=-1)
