"""The policy calculator against a second reading of its file, and its speed.

`python -m benchmarks.policy [profiles a policy]`: 2,000 by default. Prints every mismatch; the
test suite runs 100 profiles a policy of another seed. Seconds are of processor time.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from typing import Any

from peipao.policy.bank import compare_days
from peipao.policy.calculator import Calculator
from peipao.policy.dates import AskedDates, on_day
from peipao.policy.evaluate import judge, status_of
from peipao.policy.facts import Facts, read_facts
from peipao.reference.loader import load_reference
from tests.policy_oracle import Oracle, cases

SEED = 20260501
PROJECTS = 1_000
DAY = dt.date(2026, 5, 1)


def mismatches(calculator: Calculator, oracle: Oracle, profiles: int) -> tuple[int, int, int]:
    """Return profiles asked, mismatches, and profiles where the second answer says more."""
    asked = wrong = more = 0
    for policy in oracle.policies:
        rule = calculator.book.rule(policy)
        for case in cases(oracle, policy, profiles, SEED):
            dates = AskedDates(*case.dates)
            facts = read_facts(case.facts, calculator.book.words, dates.entitlement, "benchmark")
            found = judge(rule, calculator.book.snapshot(facts, dates).values)
            first = status_of(oracle.kleene(policy, case.facts, case.dates))
            second = status_of(oracle.decided(policy, case.facts, case.dates))
            asked += 1
            more += first is not second
            if (found.kleene, found.decided) != (first, second):
                wrong += 1
                print("mismatch", case, found, first, second)
    return asked, wrong, more


def a_bank(calculator: Calculator, oracle: Oracle, share: float) -> dict[str, Facts]:
    """Return projects of which each states a share of all facts."""
    draw = random.Random(SEED)  # noqa: S311
    names = sorted(set(oracle.fields) - {"application_date", "conditions_met_on_or_before",
                                         "meets_policy", "headcount_drop_ratio"})  # fmt: skip
    return {
        f"p{n:04}": calculator.facts(
            {name: _value(oracle, name, draw) for name in names if draw.random() < share},
            DAY,
            "benchmark",
        )
        for n in range(PROJECTS)
    }


def _value(oracle: Oracle, name: str, draw: random.Random) -> Any:  # noqa: ANN401
    used = [
        leaf["value"]
        for policy in oracle.policies.values()
        for leaf in oracle.leaves(policy["eligibility"])
        if leaf["field"] == name
    ]
    return draw.choice(oracle.values(name, used)) if used else 1.0


def timed(what: str, start: float) -> None:
    print(f"{what}: {time.process_time() - start:.3f} s")


def main() -> None:
    profiles = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    oracle, reference = Oracle.packaged(), load_reference()
    start = time.process_time()
    calculator = Calculator.of(reference)
    timed("compile 49 policies", start)
    start = time.process_time()
    asked, wrong, more = mismatches(calculator, oracle, profiles)
    timed(f"{asked} profiles, {wrong} mismatches, {more} decided beyond Kleene", start)
    for share in (0.1, 0.5, 0.9):
        bank = a_bank(calculator, oracle, share)
        start = time.process_time()
        today = calculator.bank(bank, on_day(DAY))
        timed(f"bank of {PROJECTS} projects x 49 policies, {share:.0%} of facts stated", start)
        before = calculator.bank(bank, on_day(DAY - dt.timedelta(days=31)))
        start = time.process_time()
        print(compare_days(before, today).text())
        timed("difference of two days", start)
        start = time.process_time()
        some = list(bank.values())[:20]
        for facts in some:
            calculator.check(facts, on_day(DAY))
        timed("20 full checks of all policies", start)
        start = time.process_time()
        for facts in some:
            calculator.near_misses(facts, on_day(DAY))
        timed("20 near misses of all policies", start)
    assert wrong == 0


if __name__ == "__main__":
    main()
