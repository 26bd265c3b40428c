"""Damaged rule files, and what becomes of them: findings or refusals with file and path, no more.

What can still be read is used: every policy is answered for a few profiles, for nothing that the
files say may break the calculator later.
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import yaml

from peipao.errors import ReferenceDataError
from peipao.policy.calculator import Calculator
from peipao.policy.dates import AskedDates
from peipao.policy.facts import Facts
from peipao.policy.lint import Finding, has_errors, lint, lint_content
from peipao.reference.files import parse_yaml
from peipao.reference.loader import Reference, load_reference
from peipao.reference.policies import read_policies
from peipao.reference.policy_terms import read_policy_terms
from peipao.reference.policy_words import read_policy_words

RULES, WORDS, TERMS = "policies.yaml", "policy_fields_zh.yaml", "policy_terms.yaml"
FILES = (RULES, WORDS, TERMS)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # ten times as fast where it is there

JUNK: tuple[object, ...] = (
    None, True, False, 0, -1, 3, 0.5, 1e308, -1e308, 10**400, "", "x", "是", "2026-13-01",
    "0001-01-01", "9999-12-31", "2026-02-28", [], {}, [[]], [None], ["a", "a"], {"": None}, {1: 2},
    {"all": []}, {"any": []}, {"all": None}, {"field": "employees"}, {"all": [{}], "any": [{}]},
    "employees", "qd-peipao-target", "min(1, 2)", "1 / 0", "employees * 2", "x" * 5000, "\x00\n",
    "高校毕业生", "birth_date", "in_force", "unknown", "draft", "number", "date", "ge", "le_ref",
)  # fmt: skip


@dataclass(frozen=True)
class Book:
    """The three files as YAML values, and the reference that they belong to."""

    files: Mapping[str, Any]
    reference: Reference

    @classmethod
    def packaged(cls) -> Book:
        folder = resources.files("peipao.reference")
        texts = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in FILES}
        return cls({name: parse_yaml(name, text) for name, text in texts.items()}, load_reference())


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value below a node."""
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node if isinstance(node, list) else ())
    )
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def at(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def damaged(content: Any, draw: random.Random) -> Any:
    """Return a copy with a few values replaced, moved, doubled, left out or added."""
    book = copy.deepcopy(content)
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        found = list(places(book))
        path = draw.choice(found)
        parent, key = at(book, path[:-1]), path[-1]
        deed = draw.choice([0, 1, 1, 2, 3, 4])
        if deed == 0:
            parent[key] = draw.choice(JUNK)
        elif deed == 1:  # something of the same file that may well fit
            same = [p for p in found if p[-1] == key and p != path]
            parent[key] = copy.deepcopy(at(book, draw.choice(same or found)))
        elif deed == 2 and isinstance(parent, list):
            parent.insert(draw.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
        elif deed in {2, 3}:
            del parent[key]
        elif isinstance(parent, dict):
            parent[draw.choice(["unheard_of", *map(str, parent)])] = draw.choice(JUNK)
    return book


def dumped(content: Any) -> str:
    text: str = yaml.dump(content, Dumper=DUMPER, allow_unicode=True)
    return text


def scrambled(text: str, draw: random.Random) -> str:
    """Return text with a few lines cut, broken or indented otherwise."""
    lines = text.splitlines()
    for _ in range(draw.randint(1, 4)):
        n = draw.randrange(len(lines))
        cut = lines[n][: draw.randrange(len(lines[n]) + 1)]
        tails = ["", ":", "[", "'", "&a", "*a", "!!python/object:os.system x", "\t", "\x07", "? "]
        lines[n] = draw.choice(["", " ", "    ", "- "]) + cut + draw.choice(tails)
    return "\n".join(lines)


def calculator_of(book: Book, name: str, content: Any) -> Calculator:
    """Return the calculator of the packaged files with one of them replaced.

    Raises:
        ReferenceDataError: the file is refused.
    """
    files = {**book.files, name: content}
    base = book.reference
    rules = read_policies(files[RULES], base.teams, base.stages)
    words = read_policy_words(files[WORDS], rules.fields)
    terms = read_policy_terms(files[TERMS], rules.policies, rules.fields, words)
    return Calculator.of(
        replace(
            base,
            policies=rules.policies,
            policy_fields=rules.fields,
            policy_series=rules.series,
            policy_words=words,
            policy_terms=terms,
        )
    )


def profiles(calculator: Calculator, draw: random.Random) -> Iterator[Facts]:
    """Yield nothing known, and a profile of drawn facts."""
    yield Facts()
    words = {name: one for name, one in calculator.book.words.items() if name not in _NOT_STATED}
    share = draw.choice([0.3, 0.9])
    stated = {
        name: _value(calculator, name, one.type, draw)
        for name, one in words.items()
        if draw.random() < share
    }
    yield calculator.facts(stated, _DAY, "fuzz")


_LONGEST = 4_200
_DAY = dt.date(2026, 5, 1)
_NOT_STATED = {"application_date", "conditions_met_on_or_before", "meets_policy"}


def _value(calculator: Calculator, name: str, type_: str, draw: random.Random) -> Any:
    if type_ == "bool":
        return draw.random() < 0.5
    if type_ == "number":
        one = calculator.book.words[name]
        return draw.choice([n for n in (0, 1, 2, 100) if one.low <= n <= one.high] or [one.low])
    if type_ == "date":
        return draw.choice(["2000-02-29", "2024-06-30", "2026-04-30"])
    field = calculator.reference.policy_fields.get(name)
    words = field.values if field is not None else ()
    if type_ == "enum":
        return draw.choice([*words, "其他"])
    return sorted(draw.sample(words, min(len(words), draw.randint(0, 2))))


def used(calculator: Calculator, draw: random.Random) -> None:
    """Ask everything that can be asked; whatever breaks here was not noticed before."""
    dates = AskedDates(_DAY, draw.choice([_DAY, dt.date(2026, 12, 31)]))
    for facts in profiles(calculator, draw):
        answers = calculator.check(facts, dates)
        calculator.combination(answers)
        calculator.near_misses(facts, dates)
        for ladder in calculator.book.terms.ladders:
            calculator.ladder(ladder, facts, dates)
        for answer in answers:
            assert all(amount.text() for amount in answer.amounts)
    calculator.bank({"p1": Facts()}, dates)


def tried(book: Book, seed: int) -> str:
    """Damage one file, and return what became of it: `refused` or `used`.

    Raises:
        AssertionError: a finding or refusal without its place, or a file that the linter passes
            and the loader refuses.
    """
    draw = random.Random(seed)  # noqa: S311  test data
    name = draw.choice([RULES, RULES, RULES, TERMS, TERMS, WORDS])
    content: Any = damaged(book.files[name], draw)
    if draw.random() < 0.2:
        text = scrambled(dumped(content), draw)
        _check_findings(lint(text, book.reference) if name == RULES else ())
        try:
            content = parse_yaml(name, text)
        except ReferenceDataError as error:
            _check_place(error, name)
            return "refused"
    findings = lint_content(content, book.reference) if name == RULES else ()
    _check_findings(findings)
    calculator: Calculator | None
    try:
        calculator = calculator_of(book, name, content)
    except ReferenceDataError as error:
        _check_place(error, name)
        calculator = None
    if name == RULES:
        assert has_errors(findings) == (calculator is None), [f.text() for f in findings][:3]
    if calculator is None:
        return "refused"
    used(calculator, draw)
    return "used"


def _check_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        assert finding.file in FILES
        assert finding.row
        assert finding.path
        assert 0 < len(finding.problem) < _LONGEST


def _check_place(error: ReferenceDataError, name: str) -> None:
    assert error.file in FILES, error.file
    assert name in (error.file, RULES), (name, error.file)
    assert error.row
    assert error.field
    assert len(str(error)) < _LONGEST, len(str(error))
