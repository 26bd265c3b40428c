"""Attribute values: from JSON or TOML to typed, checked values and back.

Every function is idempotent: a value that was parsed may be parsed again and stays the same. So
the checks of whole records and of fresh input are the same checks.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping

from peipao.domain.values import Place, Stance, Stated, Value
from peipao.errors import InvalidInputError, UnknownValueError
from peipao.kinds.attributes import CodeTables, code_labels, codes_of
from peipao.kinds.spec import AttributeSpec, AttributeType
from peipao.kinds.units import unit_of

JsonValue = str | float | list[str] | dict[str, str | float]
"""A value as JSON: a date is ISO text, a place an object, several codes a list."""

MAX_TEXT = 4000
"""Characters of one text."""

EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""Inclusive limits of a date."""

_PLACE_KEYS = ("district", "zone", "lat", "lon")
_DISTRICTS, _ZONES = "districts", "zones"


def parse_value(spec: AttributeSpec, raw: object, where: str, reference: CodeTables) -> Value:
    """Return the typed value of an attribute.

    Args:
        spec: what the kind file says of the attribute.
        raw: a JSON or TOML value, or a value parsed before. A place is an object with `district`,
            `zone`, `lat`, `lon`, or the name, alias, code or zone of a district as text; a
            district as a category may be said in the same words.
        where: what to call it in errors, such as `need.skills`.
        reference: the code tables.

    Raises:
        UnknownValueError: a code is not in its table.
        InvalidInputError: anything else that is wrong; says what would be right.
    """
    return _PARSERS[spec.type](spec, _present(raw, where), where, reference)


def parse_stated(spec: AttributeSpec, raw: object, where: str, reference: CodeTables) -> Stated:
    """Return a need value with its stance.

    Args:
        spec: what the kind file says of the attribute; gives the stance when none is said.
        raw: a `Stated`, an object `{"value": …, "stance": "must"}`, or the bare value.
        where: what to call it in errors.
        reference: the code tables.

    Raises:
        InvalidInputError: as `parse_value`, or the stance is none.
    """
    value, stance = raw, spec.default_stance.value
    if isinstance(raw, Stated):
        value, stance = raw.value, raw.stance
    elif isinstance(raw, Mapping) and "value" in raw:
        _check_keys(raw, ("value", "stance"), where)
        value, stance = raw["value"], raw.get("stance", stance)
    return Stated(parse_value(spec, value, where, reference), _stance(stance, f"{where}.stance"))


def value_to_json(value: Value) -> JsonValue:
    """Return the JSON form of a value; `value_from_json` of the same type is its inverse."""
    if isinstance(value, Place):
        return _place_to_json(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value


def stated_to_json(stated: Stated) -> dict[str, JsonValue]:
    """Return the JSON form of a need value with its stance."""
    return {"value": value_to_json(stated.value), "stance": stated.stance.value}


def value_from_json(kind: AttributeType, raw: object, where: str = "value") -> Value:
    """Return the value that `value_to_json` wrote, looking at its form only, at no table.

    For what was stored: codes that have left their table since then can still be read.

    Raises:
        InvalidInputError: it has not the form of that type.
    """
    return _FORMS[kind](_present(raw, where), where)


def checked_text(raw: object, where: str, limit: int = MAX_TEXT) -> str:
    """Return text without blanks at its ends, its lines ended by LF: a workbook keeps no CR.

    Raises:
        InvalidInputError: no text, empty, too long, or holds characters that cannot be stored.
    """
    if not isinstance(raw, str):
        raise InvalidInputError(where, "类型不对", "文本")
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise InvalidInputError(where, "内容为空", "有内容的文本;未填写时不要给出此项")
    if len(text) > limit:
        raise InvalidInputError(where, f"文本过长,共 {len(text)} 字", f"不超过 {limit} 字")
    bad = next((c for c in text if _is_unstorable(c)), None)
    if bad is not None:
        raise InvalidInputError(where, f"含有不可用的字符 U+{ord(bad):04X}", "正常文字")
    return text


def shown_name(name: object) -> str:
    """Return a name that somebody made up as text that any answer can carry."""
    text = name[:40] if isinstance(name, str) else type(name).__name__
    return text if text.isprintable() else ascii(text)


def _is_unstorable(char: str) -> bool:
    """NUL is refused by PostgreSQL, lone surrogates by UTF-8, the others by every workbook."""
    control = (char < " " and char not in "\n\t") or char == "\x7f"
    return control or "\ud800" <= char <= "\udfff" or char in "\ufffe\uffff"


def _present(raw: object, where: str) -> object:
    if raw is None:
        raise InvalidInputError(where, "值为空(null)", "未填写时不要给出此项")
    return raw


def _stance(raw: object, where: str) -> Stance:
    known = [stance.value for stance in Stance]
    if not isinstance(raw, str) or raw not in known:
        raise InvalidInputError(where, "不认识的取值", "、".join(known))
    return Stance(raw)


def _number(raw: object, where: str) -> float:
    # True is an int to Python and a slip to everybody else.
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise InvalidInputError(where, "类型不对", "数字")
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInputError(where, "不是有限的数字", "有限的数字")
    return number + 0.0  # -0.0 would be another byte for the same amount


def _date(raw: object, where: str) -> dt.date:
    right = f"日期 YYYY-MM-DD,{EARLIEST} 至 {LATEST}"
    if isinstance(raw, str):
        try:
            raw = dt.date.fromisoformat(raw)
        except ValueError:
            raise InvalidInputError(where, "不是日期", right) from None
    if isinstance(raw, dt.datetime) or not isinstance(raw, dt.date):
        raise InvalidInputError(where, "类型不对", right)
    if not EARLIEST <= raw <= LATEST:
        raise InvalidInputError(where, f"日期 {raw} 超出范围", right)
    return raw


def _code_list(raw: object, where: str) -> list[str]:
    if not isinstance(raw, list | tuple):
        raise InvalidInputError(where, "类型不对", "编码的列表")
    if not raw:
        raise InvalidInputError(where, "列表为空", "至少 1 个编码;未填写时不要给出此项")
    return [checked_text(code, f"{where}[{index}]") for index, code in enumerate(raw)]


def _codes(raw: object, where: str) -> tuple[str, ...]:
    return tuple(sorted(set(_code_list(raw, where))))


def _place(raw: object, where: str) -> Place:
    if isinstance(raw, Place):
        raw = _place_to_json(raw)
    if not isinstance(raw, Mapping):
        raise InvalidInputError(where, "类型不对", "区市名称,或含 district 的对象")
    _check_keys(raw, _PLACE_KEYS, where)
    if ("lat" in raw) != ("lon" in raw):
        raise InvalidInputError(where, "经纬度只给了一个", "lat 与 lon 同时给出或同时省略")
    return Place(
        district=checked_text(raw.get("district"), f"{where}.district"),
        zone=checked_text(raw["zone"], f"{where}.zone") if "zone" in raw else None,
        latitude=_degrees(raw["lat"], f"{where}.lat", 90) if "lat" in raw else None,
        longitude=_degrees(raw["lon"], f"{where}.lon", 180) if "lon" in raw else None,
    )


def _place_to_json(place: Place) -> dict[str, str | float]:
    values = (place.district, place.zone, place.latitude, place.longitude)
    return {key: value for key, value in zip(_PLACE_KEYS, values, strict=True) if value is not None}


def _degrees(raw: object, where: str, limit: int) -> float:
    degrees = _number(raw, where)
    if abs(degrees) > limit:
        raise InvalidInputError(where, f"坐标 {degrees:g} 超出范围", f"-{limit} 至 {limit} 度")
    return degrees


def _check_keys(raw: Mapping[object, object], known: tuple[str, ...], where: str) -> None:
    for key in raw:
        if key not in known:
            raise InvalidInputError(f"{where}.{shown_name(key)}", "不认识的键", "、".join(known))


_FORMS: Mapping[AttributeType, Callable[[object, str], Value]] = {
    AttributeType.CATEGORY: checked_text,
    AttributeType.MULTI: _codes,
    AttributeType.NUMBER: _number,
    AttributeType.DATE: _date,
    AttributeType.TEXT: checked_text,
    AttributeType.PLACE: _place,
}


def _parse_number(spec: AttributeSpec, raw: object, where: str, _: CodeTables) -> float:
    number, unit = _number(raw, where), unit_of(spec.unit)
    if not unit.low <= number <= unit.high:
        right = f"{unit.low:,.0f} 至 {unit.high:,.0f} {unit.word}"
        raise InvalidInputError(where, f"数值 {number:g} 超出范围", right)
    return number


def _parse_date(_: AttributeSpec, raw: object, where: str, __: CodeTables) -> dt.date:
    return _date(raw, where)


def _parse_text(_: AttributeSpec, raw: object, where: str, __: CodeTables) -> str:
    return checked_text(raw, where)


def _parse_category(spec: AttributeSpec, raw: object, where: str, reference: CodeTables) -> str:
    return _known_code(spec, checked_text(raw, where), where, reference)


def _parse_multi(
    spec: AttributeSpec, raw: object, where: str, reference: CodeTables
) -> tuple[str, ...]:
    codes = _code_list(raw, where)
    known = (
        _known_code(spec, code, f"{where}[{index}]", reference) for index, code in enumerate(codes)
    )
    return tuple(sorted(set(known)))


def _known_code(spec: AttributeSpec, code: str, where: str, reference: CodeTables) -> str:
    if spec.values == _DISTRICTS:
        return known_district(code, where, reference)
    if code not in codes_of(spec, reference):
        labels = code_labels(spec, reference)
        raise UnknownValueError(where, code[:80], [f"{c}({zh})" for c, zh in labels.items()])
    return code


def known_district(text: str, where: str, reference: CodeTables) -> str:
    """Return the id of the district that text means.

    Raises:
        UnknownValueError: no district has that id, code, name or alias.
    """
    district = reference.district_of(text)
    if district is None:
        known = [f"{c}({reference.label(_DISTRICTS, c)})" for c in reference.codes(_DISTRICTS)]
        raise UnknownValueError(where, text[:80], known)
    return district


def _parse_place(_: AttributeSpec, raw: object, where: str, reference: CodeTables) -> Place:
    if isinstance(raw, str):
        return Place(known_district(checked_text(raw, where), where, reference))
    if isinstance(raw, Mapping) and "zone" in raw and "district" not in raw:
        raw = {**raw, "district": raw["zone"]}
    place = _place(raw, where)
    district = known_district(place.district, f"{where}.district", reference)
    if place.zone is not None and place.zone not in reference.codes(_ZONES):
        raise UnknownValueError(f"{where}.zone", place.zone[:80], reference.codes(_ZONES))
    return Place(district, place.zone, place.latitude, place.longitude)


_PARSERS: Mapping[AttributeType, Callable[[AttributeSpec, object, str, CodeTables], Value]] = {
    AttributeType.CATEGORY: _parse_category,
    AttributeType.MULTI: _parse_multi,
    AttributeType.NUMBER: _parse_number,
    AttributeType.DATE: _parse_date,
    AttributeType.TEXT: _parse_text,
    AttributeType.PLACE: _parse_place,
}
