"""A small city in, reviewed JSON out: what anybody changes in profiles, rankings or rounds shows.

Without feedback the hand weights rule, so every figure is compared to six decimals and the digest
to the last bit. What was learnt rests on an optimiser whose last digits are its own; there the
order must be the same and the figures agree to 0.005.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from golden_file import reviewed
from small_city import ONE_TO_ONE, SIZE, UNTAUGHT, opened, settle

from features.schema import AttributeSchema, FeatureSchema
from serving.usecases.answers import Ranking
from serving.wiring import Peipao

PROJECTS = ("p0001", "p0012", "p0033")


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peipao]:
    """The city without any feedback."""
    with opened(tmp_path_factory.mktemp("untaught")) as peipao:
        settle(peipao, UNTAUGHT)
        yield peipao


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peipao]:
    """The city with its two years of feedback."""
    with opened(tmp_path_factory.mktemp("taught")) as peipao:
        settle(peipao, SIZE)
        yield peipao


def round_of(peipao: Peipao, kind: str) -> dict[str, Any]:
    """Return a new round without the ids that are drawn for it."""
    key = peipao.run_round(kind, by="tests")
    stored = peipao.show_rounds.one(key)
    return {
        "digest": stored.digest,
        "seed": stored.seed,
        "figures": {name: round(value, 6) for name, value in stored.figures.items()},
        "matches": [
            [one.need_id, one.provider_id, one.affinity, list(one.reasons)]
            for one in peipao.show_rounds.matches(key).matches
        ],
        "outcomes": [
            [one.need_id, one.type.value, one.position, one.reason, one.officer]
            for one in peipao.show_rounds.outcomes(key).outcomes
        ],
    }


def ranked(found: Ranking) -> dict[str, Any]:
    """Return the parts of a ranked list that people see."""
    return {
        "need": found.need_id,
        "calibrated": found.calibrated,
        "n_eligible": found.n_eligible,
        "excluded": dict(found.excluded),
        "matches": [
            [one.provider_id, round(one.affinity, 6), list(one.reasons)] for one in found.matches
        ],
    }


def ranked_lists(peipao: Peipao) -> dict[str, Any]:
    """Return the five best of three projects, by kind and project."""
    return {
        kind: {key: ranked(peipao.rank.project(key, kind, 5)) for key in PROJECTS}
        for kind in ONE_TO_ONE
    }


def profile_names(peipao: Peipao, kind: str) -> dict[str, Any]:
    """Return the names of all columns, comparisons and indicators of a kind."""
    data = peipao.gather_training_data(kind).data
    schema = FeatureSchema.from_json(data.schema_json)
    return {
        "need": columns(schema.need),
        "provider": columns(schema.provider),
        "comparisons": list(data.pairs.names),
        "need_indicators": grouped(data.need_indicators.names),
        "provider_indicators": grouped(data.provider_indicators.names),
    }


def columns(attributes: Sequence[AttributeSchema]) -> dict[str, str]:
    """Return name -> type of the columns of a profile."""
    return {one.name: one.type.value for one in attributes}


def grouped(names: Sequence[str]) -> dict[str, str]:
    """Return attribute -> its indicators in one line, which is how a person can read hundreds."""
    found = defaultdict(list)
    for name in names:
        cut = min(name.find(mark) for mark in "=~@" if mark in name)
        found[name[:cut]].append(name[cut:])
    return {attribute: " ".join(parts) for attribute, parts in found.items()}


def learnt_lists(peipao: Peipao) -> dict[str, Any]:
    """Return [provider, affinity] of the five best of three projects; figures only."""
    lists = {
        f"{kind} {key}": peipao.rank.project(key, kind, 5).matches
        for kind in ONE_TO_ONE
        for key in PROJECTS
    }
    return {
        name: [[one.provider_id, round(one.affinity, 4)] for one in found]
        for name, found in lists.items()
    }


def column(lists: dict[str, Any], number: int) -> dict[str, list[Any]]:
    """Return one column of every list."""
    return {name: [row[number] for row in found] for name, found in lists.items()}


def test_the_profiles_have_the_reviewed_columns_and_indicators(untaught: Peipao) -> None:
    made = {kind: profile_names(untaught, kind) for kind in ONE_TO_ONE}
    assert made == reviewed("profiles", made)


def test_the_five_best_of_three_projects_are_the_reviewed_ones(untaught: Peipao) -> None:
    made = ranked_lists(untaught)
    assert made == reviewed("ranking", made)


@pytest.mark.parametrize("kind", ONE_TO_ONE)
def test_the_round_is_the_reviewed_one_to_the_last_bit(untaught: Peipao, kind: str) -> None:
    made = round_of(untaught, kind)
    assert made == reviewed(f"round_{kind}", made)


def test_postgresql_gives_the_reviewed_rounds_too(
    untaught: Peipao, postgresql_url: str, tmp_path: Path
) -> None:
    with opened(tmp_path, postgresql_url) as peipao:
        settle(peipao, UNTAUGHT)
        made = {kind: round_of(peipao, kind)["digest"] for kind in ONE_TO_ONE}
    assert made == {kind: round_of(untaught, kind)["digest"] for kind in ONE_TO_ONE}


def test_what_was_learnt_ranks_in_the_reviewed_order(taught: Peipao) -> None:
    made = learnt_lists(taught)
    assert column(made, 0) == column(reviewed("learnt", made), 0)


def test_what_was_learnt_gives_the_reviewed_affinities(taught: Peipao) -> None:
    made = learnt_lists(taught)
    stored = column(reviewed("learnt", made), 1)
    assert column(made, 1) == {n: pytest.approx(found, abs=0.005) for n, found in stored.items()}
