"""A slow, second reading of the policy file that shares no code with `peipao.policy`.

It works on the raw YAML: recursion by Kleene's rules, and all completions of what is missing,
one by one. Profiles state predicate fields directly; nothing is derived from dates here.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

Raw = dict[str, Any]
Truth = bool | None
OTHER = "其他"


def _load(name: str) -> Raw:
    text = resources.files("peipao.reference").joinpath(name).read_text(encoding="utf-8")
    content: Raw = yaml.safe_load(text)
    return content


@dataclass(frozen=True)
class Oracle:
    policies: dict[str, Raw]
    fields: dict[str, Raw]
    late: dict[str, Raw]
    implied: dict[str, set[str]]

    @classmethod
    def packaged(cls) -> Oracle:
        book, terms = _load("policies.yaml"), _load("policy_terms.yaml")
        return cls(
            {p["id"]: p for p in book["policies"]},
            book["fields"],
            {late["policy"]: late for late in terms["late_claims"]},
            {c["word"]: set(c.get("implies", [])) for c in terms["categories"]},
        )

    # -- one leaf, one tree -------------------------------------------------------------------

    def leaf(self, leaf: Raw, facts: Raw, dates: tuple[dt.date, dt.date]) -> bool | None:
        name, op, value = leaf["field"], leaf["op"], leaf["value"]
        if name == "meets_policy":
            inner = self.in_force(value, dates[0])
            return self.both(inner, self.tree(self.policies[value]["eligibility"], facts, dates))
        if op == "le_ref":  # the packaged series has no figure
            return None
        if name == "conditions_met_on_or_before":
            return bool(dates[0].isoformat() <= value)
        if name == "application_date":
            return bool(dates[1].isoformat() <= value)
        if name not in facts:
            return None
        return self.holds(name, op, value, facts[name])

    def holds(self, name: str, op: str, value: Any, fact: Any) -> bool:
        if name == "founder_category":
            fact = set(fact).union(*(self.implied.get(word, set()) for word in fact))
        if op == "contains_any":
            return any(word in fact for word in value)
        if op == "in":
            return fact in value
        if name == "each_partner_meets_policy":
            return value in fact
        answers = {"eq": fact == value}
        if op != "eq":
            answers = {
                "ge": fact >= value,
                "gt": fact > value,
                "le": fact <= value,
                "lt": fact < value,
            }
        return bool(answers[op])

    @staticmethod
    def both(a: Truth, b: Truth) -> bool | None:
        if a is False or b is False:
            return False
        return None if a is None or b is None else True

    def tree(self, tree: Raw, facts: Raw, dates: tuple[dt.date, dt.date]) -> bool | None:
        if "field" in tree:
            return self.leaf(tree, facts, dates)
        if "all" in tree:
            answer: bool | None = True
            for part in tree["all"]:
                answer = self.both(answer, self.tree(part, facts, dates))
            return answer
        said = [self.tree(part, facts, dates) for part in tree["any"]]
        if any(value is True for value in said):
            return True
        return None if any(value is None for value in said) else False

    # -- days ---------------------------------------------------------------------------------

    def in_force(self, policy: str, day: dt.date, end: str = "entitlement_until") -> bool | None:
        raw = self.policies[policy]
        last = self.late[policy][end] if policy in self.late else raw["valid_to"]
        text = day.isoformat()
        if raw["status"] == "draft":
            return False
        if (raw["valid_from"] and text < raw["valid_from"]) or (last and text > last):
            return False
        return None if raw["status"] == "unknown" or not raw["valid_from"] else True

    # -- the two answers ----------------------------------------------------------------------

    def kleene(self, policy: str, facts: Raw, dates: tuple[dt.date, dt.date]) -> bool | None:
        tree = self.tree(self.policies[policy]["eligibility"], facts, dates)
        force = self.in_force(policy, dates[0])
        claim = self.in_force(policy, dates[1], "application_until")
        return self.both(claim, self.both(force, tree))

    def decided(self, policy: str, facts: Raw, dates: tuple[dt.date, dt.date]) -> bool | None:
        """Complete every missing field in every way, one after the other."""
        answers: set[bool | None] = set()
        names = sorted(self.asked(policy) - set(facts) - {"meets_policy"})
        for values in itertools.product(*(self.cells(policy, name) for name in names)):
            full = {**facts, **dict(zip(names, values, strict=True))}
            answers |= self.open_ends(policy, full, dates)
            if len(answers) > 1:
                return None
        return answers.pop()

    def open_ends(
        self, policy: str, facts: Raw, dates: tuple[dt.date, dt.date]
    ) -> set[bool | None]:
        # an unknown status or series may turn out either way, and both only ever stop a tree
        answer = self.kleene(policy, facts, dates)
        return {True, False} if answer is None else {answer}

    def leaves(self, tree: Raw) -> Iterator[Raw]:
        if "field" in tree:
            yield tree
            if tree["field"] == "meets_policy":
                yield from self.leaves(self.policies[tree["value"]]["eligibility"])
            return
        for part in tree["all"] if "all" in tree else tree["any"]:
            yield from self.leaves(part)

    def asked(self, policy: str) -> set[str]:
        found = {leaf["field"] for leaf in self.leaves(self.policies[policy]["eligibility"])}
        return found - {"application_date", "conditions_met_on_or_before", "headcount_drop_ratio"}

    def cells(self, policy: str, name: str) -> list[Any]:
        """Return one value for every cell that the policy's own thresholds cut."""
        used = [x["value"] for x in self.leaves(self.policies[policy]["eligibility"])
                if x["field"] == name]  # fmt: skip
        return self.values(name, used)

    def values(self, name: str, used: list[Any]) -> list[Any]:
        kind = self.fields[name]["type"]
        words = sorted({w for v in used for w in (v if isinstance(v, list) else [v])}, key=str)
        if kind == "bool":
            return [True, False]
        if kind == "number":
            step = 1 if all(w == int(w) for w in words) else 0.001
            around = {w + shift for w in words for shift in (-step, step)}
            lowest = min(0, *words)  # nothing counted is below nothing, and is refused when stated
            return sorted(w for w in {*words, *around} if w >= lowest)
        if kind == "date":
            days = [dt.date.fromisoformat(w) for w in words]
            shifts = (-1, 0, 1)
            return sorted({(d + dt.timedelta(days=s)).isoformat() for d in days for s in shifts})
        if kind == "enum":
            return [*words, OTHER]
        return [[], *([w] for w in words)]


@dataclass(frozen=True)
class Case:
    policy: str
    facts: Raw
    dates: tuple[dt.date, dt.date]


def cases(oracle: Oracle, policy: str, count: int, seed: int, most_missing: int = 5) -> list[Case]:
    """Return generated profiles of one policy with facts knocked out at random."""
    draw = random.Random(f"{policy}-{seed}")  # noqa: S311  test data
    found = []
    for _ in range(count):
        names = sorted(oracle.asked(policy) - {"meets_policy"})
        facts = {name: _value(oracle, policy, name, draw) for name in names}
        for name in draw.sample(names, min(len(names), draw.randint(0, most_missing))):
            del facts[name]
        found.append(Case(policy, facts, _days(oracle, policy, draw)))
    return found


def _value(oracle: Oracle, policy: str, name: str, draw: random.Random) -> Any:
    mine = [x for x in oracle.leaves(oracle.policies[policy]["eligibility"]) if x["field"] == name]
    choices = oracle.cells(policy, name)
    wanted = [c for c in choices if oracle.holds(name, mine[0]["op"], mine[0]["value"], c)]
    return draw.choice(wanted if draw.random() < 0.8 and wanted else choices)


def _days(oracle: Oracle, policy: str, draw: random.Random) -> tuple[dt.date, dt.date]:
    raw, late = oracle.policies[policy], oracle.late.get(policy, {})
    stated = [raw["valid_from"], raw["valid_to"], *(late.get(k) for k in late if "until" in k)]
    edges = [dt.date.fromisoformat(text) for text in stated if text]
    shift = dt.timedelta(days=draw.choice([-1, 0, 1, 90]))
    day = draw.choice([*edges, dt.date(2026, 5, 1)]) + shift
    return day, day + dt.timedelta(days=draw.choice([0, 0, 0, 30, 200]))
