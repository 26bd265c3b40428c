"""Sensitive facts serve policies only: no ranking, round, model or answer knows of any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from api_caller import Caller
from hypothesis import given, settings
from hypothesis import strategies as st
from small_city import ONE_TO_ONE, UNTAUGHT, Quiet, opened, settle

from peipao.domain.records import SensitiveFact
from peipao.kinds.sensitive import SENSITIVE_NAMES
from serving.api.app import create_app
from serving.usecases.answers import RankedProvider
from serving.wiring import Peipao

QUICK = settings(max_examples=10, deadline=None, derandomize=True)
PROJECT = "p0005"


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet[Peipao]]:
    """A city with models of mentors and officers."""
    with opened(tmp_path_factory.mktemp("sensitive")) as peipao:
        settle(peipao, UNTAUGHT)
        yield Quiet(peipao)


def values() -> st.SearchStrategy[str]:
    """Draw a value that could not be anywhere by chance."""
    return st.text("残疾困难刑释退捕特扶低保单亲", min_size=8, max_size=20)


def facts() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Draw a few sensitive facts by name and value."""
    one = st.tuples(st.sampled_from(sorted(SENSITIVE_NAMES)), values())
    return st.lists(one, min_size=1, max_size=4)


def tell(peipao: Peipao, stated: list[tuple[str, str]]) -> None:
    """Store sensitive facts of the project, each of another day, so that none is there already."""
    with peipao.store.transaction(who="tests", why="政策测算") as tx:
        first = dt.date(2000, 1, 1) + dt.timedelta(len(tx.sensitive.of_project(PROJECT)))
        tx.sensitive.add_many(
            [
                SensitiveFact(PROJECT, name, value, first + dt.timedelta(day), "tests")
                for day, (name, value) in enumerate(stated)
            ]
        )


def lists(peipao: Peipao) -> list[tuple[RankedProvider, ...]]:
    """Return the whole ranked lists of the project, to the last bit."""
    return [peipao.rank.project(PROJECT, kind, 100).matches for kind in ONE_TO_ONE]


def digest(peipao: Peipao) -> str:
    """Return the digest of a new round."""
    return peipao.show_rounds.one(peipao.run_round("mentor", by="tests")).digest


def answers(peipao: Peipao) -> str:
    """Return everything the service answers about the project, in one text."""
    client, need = Caller(create_app(peipao)), f"n-{PROJECT}-mentor"
    best = peipao.rank.need(need, 1).matches[0].provider_id
    key = peipao.run_round("mentor", by="tests")
    paths = [
        f"/v1/projects/{PROJECT}",
        f"/v1/projects/{PROJECT}/policies",
        *(f"/v1/projects/{PROJECT}/matches?kind={kind}&limit=100" for kind in ONE_TO_ONE),
        f"/v1/needs/{need}/matches?limit=100",
        f"/v1/needs/{need}/explain?provider={best}",
        *("/v1/rounds", f"/v1/rounds/{key}"),
        *(f"/v1/rounds/{key}/matches", f"/v1/rounds/{key}/outcomes"),
        *("/v1/kinds", "/v1/kinds/mentor", "/v1/algorithm-notice"),
        *("/healthz", "/readyz", "/metrics", "/openapi.json"),
    ]
    found = [client.get(path) for path in paths]
    assert [one.status_code for one in found] == [200] * len(paths)
    return "\n".join(f"{one.headers}{one.text}" for one in found)


@QUICK
@given(stated=facts())
def test_a_sensitive_fact_changes_no_bit_of_a_ranking(
    held: Quiet[Peipao], stated: list[tuple[str, str]]
) -> None:
    before = lists(held.it)
    tell(held.it, stated)
    assert lists(held.it) == before


@QUICK
@given(stated=facts())
def test_a_sensitive_fact_changes_no_round(
    held: Quiet[Peipao], stated: list[tuple[str, str]]
) -> None:
    before = digest(held.it)
    tell(held.it, stated)
    assert digest(held.it) == before


@settings(QUICK, max_examples=3)
@given(stated=facts())
def test_a_sensitive_fact_reaches_nothing_that_a_model_learns_from(
    held: Quiet[Peipao], stated: list[tuple[str, str]]
) -> None:
    before = held.it.gather_training_data("mentor").data.canonical()
    tell(held.it, stated)
    after = held.it.gather_training_data("mentor").data.canonical()
    assert (after.schema_json, after.need_indicators.values.tobytes()) == (
        before.schema_json,
        before.need_indicators.values.tobytes(),
    )


@settings(QUICK, max_examples=4)
@given(stated=facts())
def test_no_answer_of_the_service_repeats_a_sensitive_value(
    held: Quiet[Peipao], stated: list[tuple[str, str]]
) -> None:
    tell(held.it, stated)
    said = answers(held.it)
    assert [value for _, value in stated if value in said] == []


def test_the_facts_that_no_answer_repeats_are_really_stored(held: Quiet[Peipao]) -> None:
    tell(held.it, [("disability", "残疾残疾残疾残疾")])
    with held.it.store.reading() as tx:
        assert "残疾残疾残疾残疾" in {one.value for one in tx.sensitive.of_project(PROJECT)}
