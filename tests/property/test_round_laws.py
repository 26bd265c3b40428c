"""Laws that every round keeps: whoever pauses, whatever places there are, whoever comes first."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_city import NOW, SEED, Quiet, opened, train

from peipao.domain.records import Match, Outcome, OutcomeType, Provider
from peipao.kinds.catalogue import load_catalogue
from peipao.reference.loader import load_reference
from peipao.sample.city import City, generate_city
from peipao.sample.size import CitySize
from serving.wiring import Peipao

T = TypeVar("T")
QUICK = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SLOW = settings(QUICK, max_examples=4)
KIND, ASKED = "service_officer", "p0003"
SIZE = CitySize(projects=16, earlier=6, mentors=8, officers=6, talents=0, service_points=1)


@dataclass(frozen=True)
class Made:
    """A round as it was stored, without the ids drawn for it."""

    digest: str
    objective: float
    matches: tuple[Match, ...]
    outcomes: tuple[Outcome, ...]


@pytest.fixture(scope="module")
def city() -> Quiet[City]:
    """A city with feedback, as plain records."""
    reference = load_reference()
    return Quiet(generate_city(SIZE, SEED, reference, load_catalogue(reference), NOW.date()))


@pytest.fixture(scope="module")
def held(city: Quiet[City], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet[Peipao]]:
    """The same city stored, without feedback, with a model of officers."""
    with opened(tmp_path_factory.mktemp("rounds")) as wired:
        store(wired, replace(city.it, feedback=()))
        train(wired, [KIND])
        yield Quiet(wired)


@pytest.fixture(scope="module")
def plain_digest(city: Quiet[City]) -> str:
    """The digest of the records in their own order."""
    return from_scratch(city.it).digest


@pytest.fixture(scope="module")
def plain_list(city: Quiet[City]) -> list[tuple[str, float, tuple[str, ...]]]:
    """The ranked list of one project, the records in their own order."""
    return list_from_scratch(city.it)


@pytest.fixture(scope="module")
def plain_objective(city: Quiet[City]) -> float:
    """The optimal value without feedback, under the ids of the city."""
    return from_scratch(replace(city.it, feedback=())).objective


def store(peipao: Peipao, city: City) -> None:
    """Migrate and store a city in the order its records have."""
    peipao.store.migrate()
    with peipao.store.transaction(who="tests", why="示例") as tx:
        tx.providers.add_many(city.providers)
        tx.projects.add_many(city.projects)
        tx.requests.add_many(city.requests)
        tx.needs.add_many(city.needs)
        tx.feedback.add_many(city.feedback)


def draft(peipao: Peipao) -> Made:
    """Draft a round and read it back."""
    key = peipao.run_round(KIND, by="tests", seed="a lottery of our own")
    stored = peipao.show_rounds.one(key)
    return Made(
        stored.digest,
        stored.figures["objective_value"],
        peipao.show_rounds.matches(key).matches,
        peipao.show_rounds.outcomes(key).outcomes,
    )


def change(peipao: Peipao, capacity: Sequence[int], paused: Sequence[bool]) -> list[Provider]:
    """Give the officers other places and pauses; return them as they are now."""
    with peipao.store.transaction(who="tests", why="变更名额") as tx:
        before = tx.providers.of_kind(KIND)
        changed = zip(before, capacity, paused, strict=True)
        return [tx.providers.update(replace(p, capacity=c, paused=s)) for p, c, s in changed]


def rounds_of_any_size() -> st.SearchStrategy[tuple[list[int], list[bool]]]:
    """Draw places and pauses of all officers."""
    n = SIZE.officers
    capacity = st.lists(st.integers(0, 5), min_size=n, max_size=n)
    return st.tuples(capacity, st.lists(st.booleans(), min_size=n, max_size=n))


@QUICK
@given(chosen=rounds_of_any_size())
def test_a_paused_provider_gets_no_match(
    held: Quiet[Peipao], chosen: tuple[list[int], list[bool]]
) -> None:
    paused = {one.id for one in change(held.it, *chosen) if one.paused}
    assert paused.isdisjoint(match.provider_id for match in draft(held.it).matches)


@QUICK
@given(chosen=rounds_of_any_size())
def test_nobody_gets_more_than_there_are_places(
    held: Quiet[Peipao], chosen: tuple[list[int], list[bool]]
) -> None:
    places = {one.id: one.capacity for one in change(held.it, *chosen)}
    given_out = Counter(match.provider_id for match in draft(held.it).matches)
    assert {key: n for key, n in given_out.items() if n > places[key]} == {}


@QUICK
@given(chosen=rounds_of_any_size())
def test_every_need_of_a_round_has_exactly_one_outcome(
    held: Quiet[Peipao], chosen: tuple[list[int], list[bool]]
) -> None:
    change(held.it, *chosen)
    made = draft(held.it)
    with held.it.store.reading() as tx:
        waiting = [need.id for need in tx.needs.open_of_kind(KIND)]
    paired = {one.need_id for one in made.outcomes if one.type is OutcomeType.PAIRED}
    positions = [one.position for one in made.outcomes if one.type is OutcomeType.WAITING]
    assert sorted(one.need_id for one in made.outcomes) == sorted(waiting)
    assert paired == {match.need_id for match in made.matches}
    assert sorted(filter(None, positions)) == list(range(1, len(positions) + 1))


@QUICK
@given(chosen=rounds_of_any_size())
def test_whoever_was_not_paired_is_told_why(
    held: Quiet[Peipao], chosen: tuple[list[int], list[bool]]
) -> None:
    change(held.it, *chosen)
    left = [one for one in draft(held.it).outcomes if one.type is not OutcomeType.PAIRED]
    assert [one for one in left if not one.reason] == []


def in_order(city: City, dice: Random) -> City:
    """Return the city with all its records in another order."""
    return replace(
        city,
        projects=shuffled(city.projects, dice),
        needs=shuffled(city.needs, dice),
        providers=shuffled(city.providers, dice),
        feedback=shuffled(city.feedback, dice),
    )


def shuffled(records: tuple[T, ...], dice: Random) -> tuple[T, ...]:
    """Return the records in another order."""
    return tuple(dice.sample(records, len(records)))


def renamed(city: City, dice: Random) -> City:
    """Return the city with the ids of projects, needs and providers dealt out anew."""
    projects = dealt([one.id for one in city.projects], dice)
    needs = dealt([one.id for one in city.needs], dice)
    providers = dealt([one.id for one in city.providers], dice)
    return replace(
        city,
        projects=tuple(replace(one, id=projects[one.id]) for one in city.projects),
        needs=tuple(
            replace(
                one,
                id=needs[one.id],
                project_id=projects[one.project_id],
                owner=providers.get(one.owner or "", one.owner),
            )
            for one in city.needs
        ),
        providers=tuple(replace(one, id=providers[one.id]) for one in city.providers),
        feedback=(),
    )


def dealt(ids: Sequence[str], dice: Random) -> dict[str, str]:
    """Return id -> another of the ids."""
    return dict(zip(ids, dice.sample(ids, len(ids)), strict=True))


def from_scratch(city: City) -> Made:
    """Store, train and draft in a home of its own; the matches bear no drawn ids."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as peipao:
        store(peipao, city)
        train(peipao, [KIND])
        return draft(peipao)


def list_from_scratch(city: City) -> list[tuple[str, float, tuple[str, ...]]]:
    """Store and train in a home of its own; return a project's list to the last bit."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as peipao:
        store(peipao, city)
        train(peipao, [KIND])
        found = peipao.rank.project(ASKED, KIND, 100).matches
        return [(one.provider_id, one.affinity, one.reasons) for one in found]


@SLOW
@given(dice=st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_no_digest(
    city: Quiet[City], plain_digest: str, dice: Random
) -> None:
    assert from_scratch(in_order(city.it, dice)).digest == plain_digest


@SLOW
@given(dice=st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_no_bit_of_a_ranking(
    city: Quiet[City], plain_list: list[tuple[str, float, tuple[str, ...]]], dice: Random
) -> None:
    assert list_from_scratch(in_order(city.it, dice)) == plain_list


@SLOW
@given(dice=st.randoms(use_true_random=False))
def test_renaming_everybody_leaves_the_optimal_value(
    city: Quiet[City], plain_objective: float, dice: Random
) -> None:
    assert from_scratch(renamed(city.it, dice)).objective == plain_objective
