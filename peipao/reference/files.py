"""The reference files as text: those of the package, each replaceable from an override folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from peipao.canonical import sha256_json, sha256_text
from peipao.errors import ReferenceDataError

try:  # the C parser is ten times as fast; a build of PyYAML may lack it
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # pragma: no cover  both give the same values
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

FILE_NAMES = (
    "associations.csv",
    "deadlines.yaml",
    "districts.yaml",
    "hr_agencies.csv",
    "industries.yaml",
    "industry_terms.yaml",
    "investors.csv",
    "legal_requirements.yaml",
    "loan_products.csv",
    "mentor_rules.yaml",
    "monthly_facts.yaml",
    "policies.yaml",
    "policy_fields_zh.yaml",
    "policy_terms.yaml",
    "road_links.csv",
    "scale.yaml",
    "spaces.csv",
    "synonyms.yaml",
    "teams.yaml",
    "travel.csv",
)
"""Every reference file; an override folder may hold these names and no others."""

MOST_LEVELS = 100
"""How deep lists and tables of a reference file may be nested."""

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _TextDateLoader(_SafeLoader):
    """Safe YAML in which dates stay text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  the attribute PyYAML looks at
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
    }

    @override
    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError) as error:  # such as `!!bool maybe`
            raise _refusal(node, f"取值不合其类型 {node.tag.rpartition(':')[2]}") from error


def read_files(override: Path | None) -> dict[str, str]:
    """Return file name -> text, line ends as LF, in the order of `FILE_NAMES`.

    Raises:
        ReferenceDataError: the override folder is absent, holds an unknown name, or a file is
            not UTF-8.
    """
    replaced = _override_paths(override)
    package = resources.files("peipao.reference")
    return {name: _text(name, replaced.get(name) or package.joinpath(name)) for name in FILE_NAMES}


def _override_paths(override: Path | None) -> dict[str, Path]:
    if override is None:
        return {}
    if not override.is_dir():
        raise ReferenceDataError(override.name, "-", "-", "覆盖目录不存在或不是目录", "一个目录")
    found = {path.name: path for path in sorted(override.iterdir())}
    for name, path in found.items():
        if name not in FILE_NAMES or not path.is_file():
            raise ReferenceDataError(
                name, "-", "-", "覆盖目录中有不认识的文件名", "、".join(FILE_NAMES)
            )
    return found


def _text(name: str, source: Any) -> str:  # noqa: ANN401  a Path or a package resource
    try:
        text: str = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReferenceDataError(
            name, f"第 {error.start + 1} 字节", "-", "不是 UTF-8 文本", "以 UTF-8 编码保存"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def content_version(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 over the names and contents of all files."""
    return sha256_json({name: sha256_text(text) for name, text in texts.items()})


def parse_yaml(name: str, text: str) -> dict[str, Any]:
    """Return the mapping at the top of a YAML file.

    Raises:
        ReferenceDataError: it is no YAML, or no mapping.
    """
    try:
        content = _safe_value(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        row = "-" if mark is None else f"第 {mark.line + 1} 行"
        raise ReferenceDataError(name, row, "-", f"YAML 无法解析:{error.problem}") from error
    except yaml.YAMLError as error:
        raise ReferenceDataError(name, "-", "-", f"YAML 无法解析:{error}") from error
    if not isinstance(content, dict):
        raise ReferenceDataError(name, "-", "-", "最外层不是键值表", "键: 值")
    return content


def _safe_value(text: str) -> Any:  # noqa: ANN401  any YAML value
    _refuse_snares(text)
    loader = _TextDateLoader(text)
    node = loader.get_single_node()
    _refuse_double_keys(node)
    return None if node is None else loader.construct_document(node)


def _refuse_snares(text: str) -> None:
    # an alias may lead back to its own anchor or stand for more than fits in memory; the C parser
    # composes by recursion without a limit and would end the process
    depth = 0
    for event in yaml.parse(text, Loader=_TextDateLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_LEVELS:
            raise _refusal(event, f"嵌套超过 {MOST_LEVELS} 层")
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(event, "不可用别名 (&、*)")


def _refuse_double_keys(root: yaml.Node | None) -> None:
    # PyYAML would keep the last of two equal keys in silence
    ahead = [root]
    while ahead:
        now = ahead.pop()
        if isinstance(now, yaml.MappingNode):
            _refuse_double(now)
            ahead.extend(value for _, value in now.value)
        elif isinstance(now, yaml.SequenceNode):
            ahead.extend(now.value)


def _refusal(place: yaml.Node | yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    mark: Any = place.start_mark  # the C parser's mark has the same attributes, not the same type
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _refuse_double(mapping: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in mapping.value:
        if str(key.value) in seen:
            raise _refusal(key, f"键 {str(key.value)[:80]!r} 重复")
        seen.add(str(key.value))


def parse_csv(name: str, text: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of a CSV file as column -> text without outer blanks.

    Raises:
        ReferenceDataError: the header is not exactly `columns`, or a row has another length.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise ReferenceDataError(
            name, f"第 {reader.line_num} 行", "-", f"CSV 无法解析:{error}"
        ) from error
    header = tuple(rows[0]) if rows else ()
    if header != columns:
        wrong = sorted(set(header) ^ set(columns)) or ["顺序"]
        raise ReferenceDataError(name, "表头", wrong[0], "列与规定不符", ",".join(columns))
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(columns):
            raise ReferenceDataError(
                name, f"第 {number} 行", "-", f"有 {len(row)} 列", f"{len(columns)} 列"
            )
    return [dict(zip(columns, map(str.strip, row), strict=True)) for row in rows[1:]]
