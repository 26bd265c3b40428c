"""Rankings, explanations and stored rounds give the same reasons, short and concrete."""

from __future__ import annotations

import re

import pytest

from models.explain import LONGEST
from peipao.domain.records import Match
from peipao.kinds.spec import KindSpec
from serving.wiring import Peipao

KINDS = ("mentor", "service_officer")


def matches_of_a_round(peipao: Peipao, kind: str) -> list[Match]:
    key = peipao.run_round(kind, by="tests")
    with peipao.store.reading() as tx:
        found: list[Match] = list(tx.rounds.matches_of(key))
    return found


def is_concrete(spec: KindSpec, reason: str) -> bool:
    return any(reason.startswith(f"{item.label}:") for item in spec.comparisons)


@pytest.mark.parametrize("kind", KINDS)
def test_one_pair_has_the_same_reasons_wherever_they_are_shown(peipao: Peipao, kind: str) -> None:
    with peipao.store.reading() as tx:
        needs = [need.id for need in tx.needs.open_of_kind(kind)][:8]
    for need in needs:
        for place in peipao.rank.need(need, 5).matches:
            explained = peipao.explain_pair(need, place.provider_id)
            assert explained.reasons == place.reasons
            assert explained.contributions == place.contributions
    stored = matches_of_a_round(peipao, kind)
    assert len(stored) > 20
    for match in stored[:8]:
        ranked = peipao.rank.need(match.need_id, 100).matches
        (place,) = [one for one in ranked if one.provider_id == match.provider_id]
        assert match.reasons == place.reasons


@pytest.mark.parametrize("kind", KINDS)
def test_reasons_of_a_round_are_short_and_four_in_five_name_what_fits(
    peipao: Peipao, kind: str
) -> None:
    spec, stored = peipao.catalogue[kind], matches_of_a_round(peipao, kind)
    assert max(len(reason) for match in stored for reason in match.reasons) <= LONGEST
    named = [any(is_concrete(spec, reason) for reason in match.reasons) for match in stored]
    assert sum(named) / len(named) >= 0.8


def test_a_way_that_is_a_reason_prints_its_source(peipao: Peipao) -> None:
    stored = matches_of_a_round(peipao, "service_officer")
    ways = [reason for match in stored for reason in match.reasons if "分钟" in reason]
    assert ways
    assert all(re.search(r"\(区间路程表,(估算|已核实)(,占 \d+%)?\)$", way) for way in ways)
