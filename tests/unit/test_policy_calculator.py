from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import random
from collections.abc import Iterable
from typing import Any

import pytest

from peipao.errors import InvalidInputError, UnknownValueError
from peipao.policy.amounts import Amount
from peipao.policy.answer import PolicyAnswer
from peipao.policy.bank import compare_days
from peipao.policy.calculator import Calculator
from peipao.policy.combine import best_combination
from peipao.policy.dates import AskedDates, on_day
from peipao.policy.evaluate import Status
from peipao.policy.facts import Fact, Facts, read_value
from peipao.policy.formula import value_of
from peipao.reference.loader import load_reference
from peipao.reference.policy_terms import ExclusiveGroup, PaperList

CALCULATOR = Calculator.of(load_reference())
TODAY = dt.date(2026, 5, 1)


def facts(**raw: Any) -> Facts:
    return CALCULATOR.facts(raw, dt.date(2020, 1, 1), "test")


def ask(policy: str, day: dt.date = TODAY, **raw: Any) -> PolicyAnswer:
    [answer] = CALCULATOR.check(facts(**raw), on_day(day), policies=[policy])
    return answer


# -- words ----------------------------------------------------------------------------------------


def test_a_read_rule_that_holds_is_said_without_reserve() -> None:
    answer = ask("cn-tax-getihu-half", entity_type="个体工商户")
    assert (answer.status, answer.certain) == (Status.ELIGIBLE, True)
    assert answer.headline == "符合「个体工商户200万元以内所得个税减半」"


def test_a_rule_that_was_not_read_is_never_said_to_be_certain() -> None:
    answer = ask("cn-rd-super-deduction", has_rd_expense=True, industry_excluded=False)
    assert (answer.status, answer.verified, answer.certain) == (Status.ELIGIBLE, False, False)
    assert answer.headline.startswith("按现有信息看可能符合")
    assert "条文未全部核实" in answer.headline


def test_no_unverified_policy_is_certain_whatever_the_facts() -> None:
    full = facts(entity_type="个体工商户", person_age=30, industry_in_10_plus_1=True)
    for answer in CALCULATOR.check(full, on_day(TODAY)):
        assert answer.verified or not answer.certain
        assert answer.certain or "条文未全部核实" in answer.headline or not answer.failed


def test_a_failed_condition_is_named_with_the_present_value() -> None:
    answer = ask("cn-tax-small-profit", employees=301)
    assert answer.failed == ("从业人员不超过 300 名(现为301 名)",)


def test_a_sensitive_value_never_enters_a_sentence() -> None:
    answer = ask("cn-tax-veteran-self-2023", founder_category=["残疾人"], entity_type="小微企业")
    shown = " ".join(str(getattr(answer, f.name)) for f in dataclasses.fields(answer))
    assert "残疾人" not in shown
    assert "残疾人" not in repr(answer)


def test_alternatives_that_all_fail_are_one_sentence() -> None:
    answer = ask(
        "qd-guarantee-loan-smallmicro",
        entity_type="小微企业", employees=3, eligible_new_hires_ratio_12m=0.02,
    )  # fmt: skip
    [reason] = answer.failed
    assert reason == (
        "以下至少满足一项:近12个月新招符合条件人员占比不少于 10%(现为2%);"
        "或从业人员多于 100 名(现为3 名)、近12个月新招符合条件人员占比不少于 5%(现为2%)"
    )


def test_the_second_answer_is_shown_where_it_says_more() -> None:
    answer = ask(
        "qd-guarantee-loan-smallmicro", entity_type="小微企业", eligible_new_hires_ratio_12m=0.1
    )
    assert (answer.status, answer.decided) == (Status.UNKNOWN, Status.ELIGIBLE)
    assert answer.differs
    assert answer.missing == ()


def test_a_superseded_rule_names_the_one_that_took_over() -> None:
    [reason] = ask("cn-srdi-sme-2022").failed
    assert reason == (
        "「专精特新中小企业认定(2022标准)」已于 2026-03-31 到期,"
        "现行为「专精特新中小企业认定(2026标准)」"
    )


@pytest.mark.parametrize(
    ("policy", "day", "text"),
    [
        ("qd-startup-subsidy-2025", "2026-05-01", "申请截止 2028-04-25,还剩 725 天"),
        ("qd-startup-subsidy-2025", "2028-04-25", "申请截止 2028-04-25,还剩 0 天"),
        ("qd-startup-subsidy-2025", "2028-04-26", "申请已于 2028-04-25 截止"),
        ("qd-startup-subsidy-2025", "2025-04-25", "自 2025-04-26 起可申请"),
        ("qd-startup-subsidy-2022", "2025-09-01", "申请截止 2025-09-30,还剩 29 天"),
        ("qd-peipao-target", "2026-05-01", "未规定截止日期"),
        ("qd-small-enterprise-park", "2026-05-01", "起止日期未核实"),
        ("qd-benchmark-incubator-leading", "2026-05-01", "征求意见稿,尚未施行"),
    ],
)
def test_the_days_left_are_counted_from_the_application(policy: str, day: str, text: str) -> None:
    assert ask(policy, dt.date.fromisoformat(day)).window.text == text


def test_what_only_staff_can_settle_is_an_open_point_and_no_question() -> None:
    answer = ask("boc-stable-jobs-loan", entity_type="小微企业", headcount_drop_ratio=0.01)
    assert answer.status is Status.UNKNOWN
    assert answer.missing == ()
    assert answer.open_points == ("“上年度城镇调查失业率控制目标”的数值尚未录入",)


def test_every_answer_quotes_rule_version_and_origin() -> None:
    for answer in CALCULATOR.check(Facts(), on_day(TODAY)):
        assert len(answer.rule_version) == 64
        assert answer.issuing_body
        assert answer.source or not answer.verified


def test_papers_that_no_source_lists_are_said_to_be_missing_in_the_answer_itself() -> None:
    for answer in CALCULATOR.check(Facts(), on_day(TODAY)):
        assert (answer.documents, answer.documents_text) == (
            (), "材料清单:来源未载,以经办机构为准",
        )  # fmt: skip


@pytest.mark.parametrize(("verified", "reserve"), [(True, ""), (False, "(未核实,以经办机构为准)")])
def test_papers_that_a_city_has_read_are_listed(verified: bool, reserve: str) -> None:  # noqa: FBT001
    policy = "cn-tax-getihu-half"
    papers = PaperList(
        policy=policy, papers=("营业执照", "申报表"), source=("x",), verified=verified
    )
    reference = load_reference()
    terms = dataclasses.replace(reference.policy_terms, documents={policy: papers})
    own = Calculator.of(dataclasses.replace(reference, policy_terms=terms))
    [answer] = own.check(Facts(), on_day(TODAY), policies=[policy])
    assert answer.documents == ("营业执照", "申报表")
    assert answer.documents_text == f"材料清单:营业执照、申报表{reserve}"


def test_our_own_readings_are_said() -> None:
    readings = ask("qd-startup-subsidy-2025").readings
    assert "“离校2年内高校毕业生”按登记注册日期认定(我们的理解)" in readings


def test_the_least_confident_fact_is_quoted() -> None:
    sure = facts(entity_type="个体工商户")
    unsure = CALCULATOR.facts({"registration_date": "2025-01-01"}, TODAY, "founder", 0.5)
    both = Facts((*sure.all(), *unsure.all()))
    answers = CALCULATOR.check(both, on_day(TODAY), policies=["cn-tax-keygroup-self-2023"])
    assert answers[0].confidence == 0.5


# -- money ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "raw", "low", "high", "total"),
    [
        ("qd-startup-subsidy-old-10k", {}, 1e4, 1e4, 1e4),
        ("qd-smallmicro-subsidy-old", {}, 12000, 20000, 20000),
        ("qd-smallmicro-subsidy-old", {"employees_hired": 0}, 12000, 12000, 12000),
        ("qd-smallmicro-subsidy-old", {"employees_hired": 3}, 20000, 20000, 20000),
        ("qd-job-development-subsidy-old", {"employees_hired": 3}, 2000, 6000, 6000),
        ("qd-job-development-subsidy-old", {}, 2000, None, None),
        ("qd-smallmicro-employment-subsidy-2019", {}, 400, 400, None),
        ("qd-housing-subsidy-2019", {"employee_degree": "硕士"}, 800, 800, 28800),
        ("qd-housing-subsidy-2019", {}, 500, 1200, 43200),
        ("qd-housing-subsidy-2019", {"employee_degree": "专科"}, 0, 0, 0),
        ("qd-guarantee-loan-individual", {}, 0, 300000, 300000),
        ("qd-guarantee-loan-partnership", {}, 660000, 990000, 990000),
        ("qd-guarantee-loan-partnership", {"eligible_partners": 2}, 660000, 660000, 660000),
        ("qd-guarantee-loan-partnership", {"eligible_partners": 5}, 990000, 990000, 990000),
        ("cn-tax-veteran-self-2023", {}, 20000, 24000, 72000),
        ("qd-startup-subsidy-2025", {}, 0, None, None),
        ("qd-little-giant-award", {}, 0, 1000000, 1000000),
    ],
)
def test_amounts_are_ranges_where_a_part_is_unknown(
    policy: str, raw: dict[str, Any], low: float, high: float | None, total: float | None
) -> None:
    [amount] = ask(policy, **raw).amounts
    found = (amount.low, amount.high, amount.total_high)
    for figure, expected in zip(found, (low, high, total), strict=True):
        assert figure == (expected if expected is None else pytest.approx(expected))


def test_a_status_is_no_sum_of_money() -> None:
    assert ask("cn-tech-sme").amounts == ()


def test_grant_and_equity_are_kept_apart() -> None:
    found = ask("qd-benchmark-incubator-leading").amounts
    assert {(a.nature, a.high) for a in found} == {("grant", 4e6), ("equity", 6e6)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("min(990000, 1.1 * 300000 * n)", (330000, 990000)),
        ("max(1, n) - 2", (-1, 3)),
        ("10 / (n + 1)", (10 / 6, 5)),
    ],
)
def test_a_formula_is_computed_over_ranges(formula: str, expected: tuple[float, float]) -> None:
    assert value_of(formula, {"n": (1.0, 5.0)}) == pytest.approx(expected)


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "n +",
        "__import__('os')",
        "n ** 9",
        "min(n, key=n)",
        "x",
        "1/0",
        "'a'",
        "-n",
        "(" * 150,
        "n.real",
        "lambda: 1",
        "[n]",
        "min()",
    ],
)
def test_anything_else_is_no_formula(formula: str) -> None:
    with pytest.raises(InvalidInputError, match=r"benefit\.formula"):
        value_of(formula, {"n": (1.0, 5.0)})


# -- together -------------------------------------------------------------------------------------

MODEL = ask("cn-tax-getihu-half", entity_type="个体工商户")


def worth(policy: str, low: float, high: float | None = None) -> PolicyAnswer:
    top = low if high is None else high
    amount = Amount("grant", "once", low, top, low, top, "")
    return dataclasses.replace(MODEL, policy_id=policy, amounts=(amount,))


def group(key: str, *policies: str, most: int = 1) -> ExclusiveGroup:
    return ExclusiveGroup(id=key, zh=key, policies=policies, most=most, source=(), verified=False)


def test_of_two_exclusive_policies_the_better_is_had() -> None:
    found = best_combination(
        [worth("a", 10), worth("b", 20), worth("c", 1)], {"g": group("g", "a", "b")}
    )
    assert found.chosen == ("b", "c")
    assert found.left_out == {"a": "g"}
    assert found.totals["grant"].low == 21
    assert "g(我们的理解)" in found.note


def test_two_smaller_ones_beat_a_larger_one_between_them() -> None:
    groups = {"x": group("x", "a", "b"), "y": group("y", "b", "c")}
    found = best_combination([worth("a", 6), worth("b", 10), worth("c", 6)], groups)
    assert found.chosen == ("a", "c")


def sums(chosen: Iterable[PolicyAnswer]) -> tuple[float, float, float]:
    """Return least cash, greatest known cash, and all else, of policies had together."""
    amounts = [amount for answer in chosen for amount in answer.amounts]
    known = [
        (
            one.nature in {"grant", "tax"},
            one.total_low,
            one.total_low if one.total_high is None else one.total_high,
        )
        for one in amounts
    ]
    return (
        sum(low for is_cash, low, _ in known if is_cash),
        sum(high for is_cash, _, high in known if is_cash),
        sum(high for is_cash, _, high in known if not is_cash),
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_best_combination_equals_all_subsets(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  test data
    answers = []
    for key in "abcdefg":
        low = draw.randint(0, 9)
        high = draw.choice([low, low + draw.randint(0, 9), None])
        amount = Amount(draw.choice(["grant", "tax", "loan"]), "once", low, high, low, high, "")
        answers.append(dataclasses.replace(worth(key, 0), amounts=(amount,)))
    groups = {
        key: group(key, *draw.sample("abcdefg", draw.randint(2, 4)), most=draw.randint(1, 2))
        for key in "xyz"
    }
    legal = [
        subset
        for size in range(len(answers) + 1)
        for subset in itertools.combinations(answers, size)
        if all(
            sum(one.policy_id in g.policies for one in subset) <= g.most for g in groups.values()
        )
    ]
    found = best_combination(answers, groups)
    had = [one for one in answers if one.policy_id in found.chosen]
    assert tuple(had) in legal
    assert (sums(had), len(had)) == max((sums(subset), len(subset)) for subset in legal)
    assert set(found.left_out) == {one.policy_id for one in answers} - set(found.chosen)
    assert all(key in groups[why].policies for key, why in found.left_out.items())


def test_only_eligible_policies_are_combined() -> None:
    open_ = dataclasses.replace(worth("a", 10), decided=Status.UNKNOWN)
    assert best_combination([open_, worth("b", 1)], {}).chosen == ("b",)


# -- what-if and bank -----------------------------------------------------------------------------


def test_what_if_changes_the_answer_and_not_the_facts() -> None:
    stated = facts(entity_type="小微企业")
    policy = ["cn-tax-getihu-half"]
    [now] = CALCULATOR.check(stated, on_day(TODAY), policies=policy)
    [then] = CALCULATOR.check(stated, on_day(TODAY), {"entity_type": "个体工商户"}, policy)
    [again] = CALCULATOR.check(stated, on_day(TODAY), policies=policy)
    assert (now.status, then.status) == (Status.NOT_ELIGIBLE, Status.ELIGIBLE)
    assert again == now


def test_an_override_or_policy_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(UnknownValueError, match="staff"):
        CALCULATOR.check(Facts(), on_day(TODAY), {"staff": 12})
    with pytest.raises(UnknownValueError, match="no-such-policy"):
        CALCULATOR.check(Facts(), on_day(TODAY), policies=["no-such-policy"])
    with pytest.raises(UnknownValueError, match="no-such-ladder"):
        CALCULATOR.ladder("no-such-ladder", Facts(), on_day(TODAY))


def test_the_policies_about_a_founder_leave_out_those_of_spaces_and_investors() -> None:
    found = CALCULATOR.policies_about("person", "firm", "hire")
    assert "qd-startup-subsidy-2025" in found
    assert not {"cn-tax-vc-70", "qd-demo-startup-park-2018"} & set(found)


def test_the_bank_says_who_became_eligible() -> None:
    graduate = {"college_graduation_date": "2024-06-30", "employed_since_graduation": False,
                "insurance_mode": "灵活就业"}  # fmt: skip
    projects = {"p1": facts(entity_type="个体工商户"), "p2": facts(**graduate), "p3": Facts()}
    before = CALCULATOR.bank(projects, on_day(dt.date(2026, 6, 30)))
    projects["p1"] = projects["p1"].replaced(facts(entity_type="小微企业").all())
    projects["p3"] = facts(entity_type="个体工商户")
    del projects["p2"]
    projects["p4"] = Facts()
    after = CALCULATOR.bank(projects, on_day(dt.date(2026, 7, 1)))
    diff = compare_days(before, after)
    assert ("p3", "cn-tax-getihu-half") in diff.became_eligible
    assert ("p1", "cn-tax-getihu-half") in diff.lost
    assert (diff.new_projects, diff.gone_projects) == (("p4",), ("p2",))
    assert diff.text() == "1 个项目新符合 2 项政策,1 个项目不再符合 1 项政策"
    assert diff.changed_rules == ()


def test_a_day_passing_can_leave_open_what_was_sure() -> None:
    graduate = facts(
        college_graduation_date="2024-06-30", employed_since_graduation=False,
        insurance_mode="灵活就业",
    )  # fmt: skip
    days = [
        CALCULATOR.bank({"p": graduate}, on_day(dt.date(2026, month, day)))
        for month, day in ((6, 30), (7, 1))
    ]
    # no longer by the graduation; whether by hardship nobody has said
    assert ("p", "qd-flexible-social-insurance-2025") in compare_days(*days).became_unknown
    assert compare_days(*days).lost == ()


def test_the_bank_gives_the_answers_of_single_checks() -> None:
    stated = facts(entity_type="小微企业", eligible_new_hires_ratio_12m=0.1, employees=3)
    day = CALCULATOR.bank({"p": stated, "q": Facts()}, on_day(TODAY))
    for project, its in (("p", stated), ("q", Facts())):
        for answer in CALCULATOR.check(its, on_day(TODAY)):
            assert day.status(project, answer.policy_id) is answer.decided


def a_history(draw: random.Random, first: dt.date, last: dt.date, source: str) -> Facts:
    """Return facts stated on days from `first` to `last`, several of a name on different days."""
    span = (last - first).days
    rows = {
        (name, first + dt.timedelta(days=draw.randint(0, span))): draw.choice(values)
        for name, values in STATED.items()
        for _ in range(draw.randint(0, 3))
    }
    return Facts(
        Fact(name, read_value(name, value, CALCULATOR.book.words), day, source)
        for (name, day), value in rows.items()
    )


STATED: dict[str, list[Any]] = {
    "entity_type": ["小微企业", "个体工商户"],
    "employees": [3, 100, 101, 301],
    "registered_city": ["青岛市", "济南市"],
    "founder_category": [[], ["高校毕业生"], ["就业困难人员"], ["城乡失业人员"]],
    "benefits_received": [[], ["qd-startup-subsidy-2025"]],
    "eligible_new_hires_ratio_12m": [0.04, 0.07, 0.1],
    "years_in_niche": [1, 2, 3],
    "annual_revenue_cny": [9e6, 5e7, 2e8],
}
"""Facts of which each statement holds from its day on."""

PAST = (dt.date(2024, 3, 1), dt.date(2025, 4, 25), dt.date(2025, 4, 30), dt.date(2026, 3, 31))


@pytest.mark.parametrize("day", PAST, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_a_past_day_is_answered_alike_whatever_is_stated_later(seed: int, day: dt.date) -> None:
    assert not any(CALCULATOR.book.words[name].timeless for name in STATED)
    draw = random.Random(seed)  # noqa: S311  test data
    known = a_history(draw, dt.date(2023, 1, 1), day, "then")
    later = a_history(draw, day + dt.timedelta(days=1), dt.date(2027, 1, 1), "later")
    dates = AskedDates(day, max(day, dt.date(2025, 9, 1)))
    first = CALCULATOR.check(known, dates)
    everything = Facts((*later.all(), *known.all()))
    again = Calculator.of(load_reference())
    assert again.check(everything, dates) == first
    assert again.near_misses(everything, dates) == CALCULATOR.near_misses(known, dates)
    assert again.questions(everything, dates) == CALCULATOR.questions(known, dates)
    assert again.ladder("quality-sme", everything, dates) == CALCULATOR.ladder(
        "quality-sme", known, dates
    )


def test_what_once_happened_holds_on_every_day_whenever_it_is_told() -> None:
    told = CALCULATOR.facts({"college_graduation_date": "2023-06-30"}, TODAY, "later")
    dates, policy = on_day(dt.date(2024, 6, 1)), ["sd-guarantee-waiver"]
    [before] = CALCULATOR.check(Facts(), dates, policies=policy)
    [after] = CALCULATOR.check(told, dates, policies=policy)
    open_ = [{question.fact for question in answer.missing} for answer in (before, after)]
    assert open_[0] - open_[1] == {"founder_category"}
