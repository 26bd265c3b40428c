"""Laws that every ranked list keeps, whatever profile is asked for and whatever was learnt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_city import NOW, SIZE, Quiet, opened, settle

from serving.usecases.answers import Ranking
from serving.usecases.drafts import NeedDraft, ProjectDraft
from serving.wiring import Peipao

TOUCHED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
INDUSTRIES = ("artificial-intelligence", "marine", "green-energy", "outside-10-plus-1")
DISTRICTS = ("laoshan", "huangdao", "pingdu", "shinan")
SKILLS = ("first_order", "branding", "compliance", "overseas_market")
WORDS = ("水质监测", "海洋牧场", "品牌推广", "无人机巡检", "啤酒", "A", "🌊", " ")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet[Peipao]]:
    """A city whose models have learnt from feedback."""
    with opened(tmp_path_factory.mktemp("taught")) as peipao:
        settle(peipao, SIZE)
        yield Quiet(peipao)


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Draw a few different values."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def texts() -> st.SearchStrategy[str]:
    """Draw a text with a word that is known, or none."""
    return st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(lambda w: "水" + "".join(w))


def projects() -> st.SearchStrategy[ProjectDraft]:
    """Draw a project with few or many facts."""
    stated = st.fixed_dictionaries(
        {"industries": some(INDUSTRIES), "district": st.sampled_from(DISTRICTS)},
        optional={
            "intro": texts(),
            "employees": st.integers(0, 500),
            "founded": st.dates(dt.date(1980, 1, 1), NOW.date()).map(str),
        },
    )
    stages = st.sampled_from(["seed", "startup", "growth", "mature"])
    return st.builds(ProjectDraft, st.just("项目"), stages, stated)


def needs() -> st.SearchStrategy[NeedDraft]:
    """Draw a need for a mentor, its wishes meant more or less strongly."""
    stance = st.sampled_from(["must", "prefer", "indifferent"])
    skills = st.fixed_dictionaries({"value": some(SKILLS), "stance": stance})
    stated = st.fixed_dictionaries(
        {}, optional={"skills": skills, "topic": texts(), "min_years": st.integers(0, 40)}
    )
    return st.builds(NeedDraft, st.just("mentor"), stated)


def margins(found: Ranking) -> np.ndarray:
    """Return the margins in the order of the list."""
    return np.array([one.margin for one in found.matches])


def affinities(found: Ranking) -> np.ndarray:
    """Return the affinities in the order of the list."""
    return np.array([one.affinity for one in found.matches])


@TOUCHED
@given(project=projects(), need=needs())
def test_what_adds_up_to_a_place_in_the_list_is_shown_whole(
    taught: Quiet[Peipao], project: ProjectDraft, need: NeedDraft
) -> None:
    found = taught.it.rank.profile(project, need, 100)
    sums = [sum(part.value for part in one.contributions) for one in found.matches]
    assert margins(found) == pytest.approx(np.array(sums), abs=1e-9, rel=0)


@TOUCHED
@given(project=projects(), need=needs())
def test_affinity_rises_strictly_with_the_margin(
    taught: Quiet[Peipao], project: ProjectDraft, need: NeedDraft
) -> None:
    found = taught.it.rank.profile(project, need, 100)
    falls = -np.diff(margins(found))
    told_apart = falls > 1e-12
    assert (falls >= 0).all()
    assert (-np.diff(affinities(found))[told_apart] > 0).all()
    assert np.diff(affinities(found))[~told_apart] == pytest.approx(0.0, abs=1e-12)


@TOUCHED
@given(project=projects(), need=needs())
def test_nobody_is_both_ranked_and_excluded_and_nobody_is_forgotten(
    taught: Quiet[Peipao], project: ProjectDraft, need: NeedDraft
) -> None:
    found = taught.it.rank.profile(project, need, 100)
    ids = [one.provider_id for one in found.matches]
    assert len(set(ids)) == len(ids) == found.n_eligible
    assert found.n_eligible + sum(found.excluded.values()) == SIZE.mentors


@TOUCHED
@given(project=projects(), need=needs(), limit=st.integers(1, 100))
def test_a_shorter_list_is_the_beginning_of_a_longer_one(
    taught: Quiet[Peipao], project: ProjectDraft, need: NeedDraft, limit: int
) -> None:
    whole = taught.it.rank.profile(project, need, 100).matches
    assert taught.it.rank.profile(project, need, limit).matches == whole[:limit]
