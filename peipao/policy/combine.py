"""The best set of policies that can be had together, found exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from peipao.policy.amounts import NATURES, Amount
from peipao.policy.answer import PolicyAnswer
from peipao.policy.evaluate import Status
from peipao.reference.policy_terms import ExclusiveGroup

CASH = ("grant", "tax")
"""Natures that are counted first: money that is not paid back and buys no share."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over policies, of one nature.

    Attributes:
        low, high: CNY; `high` counts what is known.
        complete: whether every amount in it is known.
    """

    low: float
    high: float
    complete: bool


@dataclass(frozen=True, slots=True)
class Combination:
    """Policies to have together.

    Attributes:
        chosen: policy ids, in the order of the answers.
        left_out: eligible policy -> id of a group that keeps it out.
        totals: nature -> sum; only natures that occur.
        groups: ids of the groups that were looked at because members are eligible.
        note: Chinese: what is known of stacking.
    """

    chosen: tuple[str, ...]
    left_out: Mapping[str, str]
    totals: Mapping[str, Total]
    groups: tuple[str, ...]
    note: str


def best_combination(
    answers: Iterable[PolicyAnswer], groups: Mapping[str, ExclusiveGroup]
) -> Combination:
    """Return the eligible policies that together are worth most.

    Worth is compared by: least cash (grants and tax, over the whole time), greatest known cash,
    equity and loans, number of policies, then the order of the answers. All subsets of the
    policies that groups tie together are tried; everything else is had anyway.
    """
    eligible = {a.policy_id: a for a in answers if a.decided is Status.ELIGIBLE}
    touched = {k: g for k, g in groups.items() if sum(p in eligible for p in g.policies) > g.most}
    tied = [p for p in eligible if any(p in group.policies for group in touched.values())]
    free = [p for p in eligible if p not in tied]
    best = max(_allowed(tied, touched), key=lambda chosen: _worth(chosen, eligible, tied))
    chosen = tuple(p for p in eligible if p in free or p in best)
    left_out = {
        p: next(k for k, group in touched.items() if p in group.policies)
        for p in tied
        if p not in best
    }
    totals = _totals([eligible[p].amounts for p in chosen])
    return Combination(chosen, left_out, totals, tuple(touched), _note(touched))


def _allowed(tied: list[str], groups: Mapping[str, ExclusiveGroup]) -> list[frozenset[str]]:
    found = []
    for picks in product((True, False), repeat=len(tied)):
        chosen = frozenset(p for p, picked in zip(tied, picks, strict=True) if picked)
        if all(len(chosen & set(group.policies)) <= group.most for group in groups.values()):
            found.append(chosen)
    return found


def _worth(
    chosen: frozenset[str], eligible: Mapping[str, PolicyAnswer], tied: list[str]
) -> tuple[float, float, float, int, tuple[bool, ...]]:
    amounts = [amount for p in tied if p in chosen for amount in eligible[p].amounts]
    cash = [amount for amount in amounts if amount.nature in CASH]
    other = [amount for amount in amounts if amount.nature not in CASH]
    return (
        sum(amount.total_low for amount in cash),
        sum(_high(amount) for amount in cash),
        sum(_high(amount) for amount in other),
        len(chosen),
        tuple(p in chosen for p in tied),
    )


def _high(amount: Amount) -> float:
    return amount.total_low if amount.total_high is None else amount.total_high


def _totals(amounts: list[tuple[Amount, ...]]) -> dict[str, Total]:
    found: dict[str, Total] = {}
    for nature in NATURES:
        mine = [amount for several in amounts for amount in several if amount.nature == nature]
        if mine:
            found[nature] = Total(
                sum(amount.total_low for amount in mine),
                sum(_high(amount) for amount in mine),
                all(amount.total_high is not None for amount in mine),
            )
    return found


def _note(touched: Mapping[str, ExclusiveGroup]) -> str:
    unread = "其余政策未见互斥规定,能否叠加以发文机关答复为准"
    if not touched:
        return unread
    said = "、".join(
        group.zh + ("" if group.verified else "(我们的理解)") for group in touched.values()
    )
    return f"以下只能择优享受:{said};{unread}"
