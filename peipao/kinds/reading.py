"""One kind file becomes one spec; whatever is wrong with it is said in Chinese with its key."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from peipao.errors import KindFileError

SpecT = TypeVar("SpecT", bound=BaseModel)
Location = tuple[str | int, ...]

MAX_FILE_BYTES = 256 * 1024
"""A kind file is a page or two of text; anything larger is no kind file."""

MAX_DEPTH = 8
"""Deeper than any key of the schema language; dotted keys could nest without end."""

_TYPE_WORDS = {
    "string_type": "文本",
    "int_type": "整数",
    "float_type": "数字",
    "bool_type": "true 或 false",
    "tuple_type": "列表 [ … ]",
    "dict_type": "小节 [ … ]",
    "model_type": "小节 [ … ]",
}
_LIMIT_WORDS = {
    "greater_than_equal": ("ge", "不小于 {}"),
    "greater_than": ("gt", "大于 {}"),
    "less_than_equal": ("le", "不大于 {}"),
    "less_than": ("lt", "小于 {}"),
    "string_too_short": ("min_length", "至少 {} 个字"),
    "too_short": ("min_length", "至少 {} 项"),
}
_NAME_RULE = "小写字母开头,只含小写字母、数字和下划线,最多 40 位"


def read_spec(file: Path | Traversable, model: type[SpecT]) -> SpecT:
    """Return the spec that a TOML file holds.

    Raises:
        KindFileError: the file cannot be read, is no TOML, or does not fit the schema language.
    """
    data = _parsed(file)
    for where, problem in _foreign(data, ()):
        raise KindFileError(
            file.name, _dotted(where), problem, "文本、有限的数字、true/false 或列表"
        )
    try:
        # Strict JSON: "2" is no number and true is no 1, while text may still name an enum.
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise _translated(file.name, model, error) from None


def _parsed(file: Path | Traversable) -> dict[str, Any]:
    name = file.name
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise KindFileError(
            name, "文件", f"无法读取({type(error).__name__})", "可读的文件"
        ) from None
    if len(raw) > MAX_FILE_BYTES:
        raise KindFileError(name, "文件", "文件过大", f"不超过 {MAX_FILE_BYTES} 字节")
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise KindFileError(name, f"第 {error.start} 字节", "不是 UTF-8 文本", "UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        where, problem = _syntax(str(error))
        raise KindFileError(name, where, f"TOML 语法错误({problem})", "符合 TOML 1.0") from None
    except ValueError:  # an integer of more digits than Python converts
        raise KindFileError(name, "文件", "有过长的数字", "不超过 4300 位") from None
    except RecursionError:
        raise KindFileError(name, "文件", "嵌套过深", "照现有类别文件书写") from None


def _syntax(message: str) -> tuple[str, str]:
    problem, _, place = message.partition(" (at ")
    digits = "".join(c if c.isdigit() else " " for c in place).split()
    return (f"第 {digits[0]} 行", problem) if digits else ("文件末尾", problem)


def _foreign(value: object, where: Location) -> Iterator[tuple[Location, str]]:
    """Yield what TOML can say and the schema language has no use for."""
    if len(where) > MAX_DEPTH:
        yield where[:3], "嵌套过深"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _foreign(inner, (*where, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _foreign(inner, (*where, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield where, "不是有限的数字"
    elif not isinstance(value, str | int | float):
        yield where, "此处不能写日期或时间"


def _translated(file: str, model: type[BaseModel], error: ValidationError) -> KindFileError:
    """Return the first problem; an unknown key comes first, it explains a missing one."""
    problems = sorted(error.errors(), key=_urgency)
    found = problems[0]
    where = _cleaned(found["loc"])
    problem, right = _worded(found, _model_at(model, where[:-1]))
    return KindFileError(file, _dotted(where), problem, right)


def _urgency(found: ErrorDetails) -> tuple[bool, bool]:
    return found["type"] != "extra_forbidden", found["loc"][-1:] == ("str",)


def _cleaned(where: Location) -> Location:
    """Drop what pydantic adds for itself: union members after `values`, and `[key]`."""
    kept: list[str | int] = []
    for part in where:
        union_member = bool(kept) and kept[-1] == "values" and isinstance(part, str)
        if part != "[key]" and not union_member:
            kept.append(part)
    return tuple(kept)


def _dotted(where: Sequence[str | int]) -> str:
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "文件"


def _worded(found: ErrorDetails, at: type[BaseModel] | None) -> tuple[str, str]:
    """Return what is wrong and what would be right."""
    kind, context = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden":
        return f"不认识的键 {found['loc'][-1]!r}", _known_keys(at)
    if kind == "missing":
        return "缺少必填的键", f"写明 {found['loc'][-1]}"
    if kind == "string_pattern_mismatch":
        return "名称不合规则", _NAME_RULE
    if kind == "value_error":
        return str(context["error"]), ""
    if _cleaned(found["loc"])[-1:] == ("values",) != found["loc"][-1:]:
        return "类型不对", "代码表的名称,或编码列表"
    return _worded_value(kind, context, found["msg"])


def _worded_value(kind: str, context: Mapping[str, Any], message: str) -> tuple[str, str]:
    if kind in _TYPE_WORDS:
        return "类型不对", _TYPE_WORDS[kind]
    if kind in _LIMIT_WORDS:
        key, words = _LIMIT_WORDS[kind]
        return "取值超出范围", words.format(context[key])
    if "expected" in context:
        return "不认识的取值", str(context["expected"]).replace("'", "").replace(" or ", ", ")
    return message, ""


def _known_keys(at: type[BaseModel] | None) -> str:
    return "已有的键 " + "、".join(at.model_fields) if at is not None else ""


def _model_at(model: type[BaseModel], where: Location) -> type[BaseModel] | None:
    """Return the model whose keys stand at a place of the file."""
    current: type[BaseModel] | None = model
    for part in where:
        # A number or the name of an attribute only chooses a row of a list or section of models.
        field = None if current is None else current.model_fields.get(str(part))
        if field is not None:
            current = _row_model(field.annotation)
    return current


def _row_model(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  a typing construct
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _row_model(inner)
        if found is not None:
            return found
    return None
