"""Facts about person, firm, space and investor: value, day, source and confidence.

Nothing here prints a value: facts may be sensitive.
"""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from typing_extensions import override

from peipao.errors import InvalidInputError, UnknownValueError
from peipao.reference.policy_words import FieldWords
from peipao.reference.rows import finite

FactValue = bool | float | str | dt.date | tuple[str, ...]
"""bool, number, enum (one word), date, and multi or policy (a complete list of words)."""

FROM_DATES = {"application_date": "application", "conditions_met_on_or_before": "entitlement"}
"""Fields that the asked dates give; nobody states them."""

COMPUTED = ("meets_policy",)
"""Fields that the calculator computes; nobody states them."""

_LONGEST_WORD = 100
_MOST_WORDS = 100


@dataclass(frozen=True, slots=True, repr=False)
class Fact:
    """One stated fact.

    Attributes:
        name: a predicate field or a base fact.
        value: as `FactValue`.
        as_of: day on which it was so.
        source: where it comes from, such as `营业执照` or `founder`.
        confidence: in (0, 1].
        complete: for lists of words: whether words that are not listed are known not to hold.
    """

    name: str
    value: FactValue
    as_of: dt.date
    source: str
    confidence: float = 1.0
    complete: bool = True

    @override
    def __repr__(self) -> str:
        return f"Fact({self.name}, as_of={self.as_of}, source={self.source!r})"


class Facts:
    """All stated facts of one applicant; several of one name are its history.

    Of two facts of one name and day the more confident one counts.
    """

    __slots__ = ("_history", "_latest")

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        history: dict[str, list[Fact]] = {}
        for fact in facts:
            history.setdefault(fact.name, []).append(fact)
        self._history = {
            name: _one_a_day(sorted(found, key=lambda fact: (fact.as_of, fact.confidence)))
            for name, found in sorted(history.items())
        }
        self._latest = max(
            (found[-1].as_of for found in self._history.values()), default=dt.date.min
        )

    @override
    def __repr__(self) -> str:
        return f"Facts({len(self._history)} names)"

    def __len__(self) -> int:
        return sum(map(len, self._history.values()))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of which something is stated, sorted."""
        return tuple(self._history)

    def all(self) -> tuple[Fact, ...]:
        """Return every fact, by name and day."""
        return tuple(fact for found in self._history.values() for fact in found)

    def known_on(self, day: dt.date, words: Mapping[str, FieldWords]) -> dict[str, Fact]:
        """Return name -> the fact that held on a day: the latest stated for it or before.

        What was stated for a later day is not known on that day, so the answer for a past day
        never changes; timeless facts hold on every day, by their latest statement.
        """
        if day >= self._latest:
            return {name: found[-1] for name, found in self._history.items()}
        known = {}
        for name, found in self._history.items():
            held = found if words[name].timeless else [f for f in found if f.as_of <= day]
            if held:
                known[name] = held[-1]
        return known

    def replaced(self, facts: Iterable[Fact]) -> Facts:
        """Return facts in which the histories of the given names are replaced."""
        new = tuple(facts)
        names = {fact.name for fact in new}
        return Facts((*(fact for fact in self.all() if fact.name not in names), *new))

    def without(self, names: Iterable[str]) -> Facts:
        """Return facts that say nothing of the given names."""
        gone = set(names)
        return Facts(fact for fact in self.all() if fact.name not in gone)


def _one_a_day(found: list[Fact]) -> tuple[Fact, ...]:
    by_day: dict[dt.date, Fact] = {}
    for fact in found:
        rival = by_day.get(fact.as_of)
        if rival and rival.confidence == fact.confidence and rival.value != fact.value:
            raise InvalidInputError(
                f"facts.{fact.name}", f"{fact.as_of} 有两条相互矛盾的记录", "同日只留一条"
            )
        by_day[fact.as_of] = fact
    return tuple(by_day.values())


def read_facts(
    raw: Mapping[str, object],
    words: Mapping[str, FieldWords],
    as_of: dt.date,
    source: str,
    confidence: float = 1.0,
) -> Facts:
    """Return facts read from JSON values, all of one day and source.

    Raises:
        InvalidInputError: a name or a value does not fit; the value is not repeated.
    """
    if not 0 < confidence <= 1:
        raise InvalidInputError("confidence", "不在 0 与 1 之间", "大于 0,不大于 1")
    return Facts(
        Fact(name, read_value(name, value, words), as_of, source, confidence)
        for name, value in raw.items()
    )


def read_value(name: str, raw: object, words: Mapping[str, FieldWords]) -> FactValue:
    """Return the typed value of a fact read from JSON; dates are `YYYY-MM-DD`.

    Raises:
        UnknownValueError: no such fact.
        InvalidInputError: the fact is not stated by people, or the value has another type.
    """
    where = f"facts.{name}"
    if name not in words:
        raise UnknownValueError("facts", name, words)
    if name in FROM_DATES or name in COMPUTED:
        raise InvalidInputError(where, "由系统得出,不能填写", "去掉这一项")
    type_ = words[name].type
    value = _typed(type_, raw)
    if value is None:
        raise InvalidInputError(where, "取值类型不符", _RIGHT[type_])
    if words[name].whole and not float(value).is_integer():  # type: ignore[arg-type]  # numbers only
        raise InvalidInputError(where, "不是整数", "整数")
    if isinstance(value, float) and not words[name].low <= value <= words[name].high:
        raise InvalidInputError(where, "超出可能的范围", _range(words[name]))
    return value


def _range(words: FieldWords) -> str:
    scale, unit = (100.0, "%") if words.unit == "%" else (1.0, words.unit)
    if words.high == math.inf:
        return f"不小于 {words.low * scale:g}{unit}"
    said = f"{words.low * scale:g} 至 {words.high * scale:g}{unit}"
    return f"{said},即 {words.low:g} 至 {words.high:g}" if unit == "%" else said


def read_text(name: str, text: str, words: Mapping[str, FieldWords]) -> FactValue:
    """Return the typed value of a fact written as text (`12`, `500万`, `60%`, `是`, `甲,乙`).

    Raises:
        UnknownValueError: no such fact.
        InvalidInputError: the text does not fit.
    """
    if name not in words:
        raise UnknownValueError("facts", name, words)
    raw: object = text.strip()
    type_ = words[name].type
    if type_ == "bool":
        raw = _TRUTHS.get(text.strip().lower(), raw)
    elif type_ == "number":
        raw = _number(text)
    elif type_ in {"multi", "policy"}:
        raw = [part.strip() for part in text.replace("、", ",").split(",") if part.strip()]
    return read_value(name, raw, words)


_TRUTHS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
_RIGHT = {
    "bool": "true 或 false",
    "number": "数字",
    "date": "YYYY-MM-DD",
    "enum": f"不超过 {_LONGEST_WORD} 字的文字",
    "multi": "词的列表(没有则为空列表),互不重复",
    "policy": "政策编号的列表(没有则为空列表),互不重复",
}


_SCALES = {"%": 0.01, "万": 1e4, "亿": 1e8}


def _number(text: str) -> object:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip().removesuffix("元")
    scale = _SCALES.get(plain[-1:], 1.0)
    try:
        # rounded, since 0.07 is meant by 7 % and not what floating point makes of it
        return round(float(plain[:-1] if plain[-1:] in _SCALES else plain) * scale, 12)
    except ValueError:
        return text


def _typed(type_: str, raw: object) -> FactValue | None:
    if type_ == "bool":
        return raw if isinstance(raw, bool) else None
    if type_ == "number":
        return finite(raw)
    if type_ == "date":
        return _day(raw)
    if type_ == "enum":
        return raw.strip() if _is_word(raw) else None  # type: ignore[attr-defined]  # a str
    return _words(raw)


def _day(raw: object) -> dt.date | None:
    if isinstance(raw, dt.datetime):
        return None
    if isinstance(raw, dt.date):
        return raw
    try:
        day = dt.date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
    return day if day is not None and day.isoformat() == raw else None


def _is_word(raw: object) -> bool:
    return isinstance(raw, str) and bool(raw.strip()) and len(raw) <= _LONGEST_WORD


def _words(raw: object) -> tuple[str, ...] | None:
    if not isinstance(raw, list | tuple) or len(raw) > _MOST_WORDS:
        return None
    found = [item.strip() for item in raw if _is_word(item)]
    if len(found) < len(raw) or len(set(found)) < len(found):
        return None
    return tuple(sorted(found))
