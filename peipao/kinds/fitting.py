"""Whether a kind file fits the project, the reference tables and itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from peipao.errors import KindFileError, SensitiveFactError
from peipao.kinds.attributes import (
    PROJECT_PREFIX,
    STAGE_NAME,
    CodeTables,
    codes_of,
    need_side_attributes,
)
from peipao.kinds.sensitive import is_sensitive
from peipao.kinds.spec import (
    AttributeSpec,
    AttributeType,
    ComparisonSpec,
    KindSpec,
    Measure,
    ProjectSpec,
    RuleSpec,
    Test,
)
from peipao.plugins import plugin_names
from peipao.reference.loader import CODE_TABLES

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_T = AttributeType
_CODED = frozenset({_T.CATEGORY, _T.MULTI})

Types = tuple[AttributeType, AttributeType]
_NUMBERS: tuple[Types, ...] = ((_T.NUMBER, _T.NUMBER),)
_ORDERED: tuple[Types, ...] = (*_NUMBERS, (_T.DATE, _T.DATE))
_MULTIS: tuple[Types, ...] = ((_T.MULTI, _T.MULTI),)
_MEMBERS: tuple[Types, ...] = ((_T.CATEGORY, _T.MULTI), (_T.MULTI, _T.CATEGORY))

MEASURE_TYPES: Mapping[Measure, tuple[Types, ...]] = {
    Measure.SAME: ((_T.CATEGORY, _T.CATEGORY),),
    Measure.MEMBER: _MEMBERS,
    Measure.COVERAGE: _MULTIS,
    Measure.TAXONOMY: _MULTIS,
    Measure.TEXT: ((_T.TEXT, _T.TEXT),),
    Measure.TRAVEL: ((_T.PLACE, _T.PLACE),),
    Measure.AT_MOST: _NUMBERS,
    Measure.AT_LEAST: _NUMBERS,
    Measure.NEAR: _NUMBERS,
}
"""Types (need, provider) that each measure can compare."""

POLICIES = "policies"
"""The table of policies, for provider attributes that name one."""

TEST_TYPES: Mapping[Test, tuple[Types, ...]] = {
    Test.EQUALS: ((_T.CATEGORY, _T.CATEGORY),),
    Test.MEMBER: _MEMBERS,
    Test.OVERLAPS: _MULTIS,
    Test.COVERS: _MULTIS,
    Test.AT_MOST: _ORDERED,
    Test.AT_LEAST: _ORDERED,
    Test.WITHIN_MINUTES: ((_T.PLACE, _T.PLACE),),
}
"""Types (need, provider) that each test can look at; `one_of` and `policy` have no need side."""


def check_project_spec(file: str, project: ProjectSpec, reference: CodeTables) -> None:
    """Refuse a `project.toml` that cannot be used.

    Raises:
        KindFileError: with the file and the dotted key.
        SensitiveFactError: an attribute is a sensitive fact.
    """
    if STAGE_NAME in project.attributes:
        raise KindFileError(
            file,
            f"attributes.{STAGE_NAME}",
            "阶段是项目记录自身的字段",
            "删去此属性,用 project.stage",
        )
    _check_attributes(file, "attributes", project.attributes, reference)


def check_kind_spec(
    file: str, stem: str, kind: KindSpec, project: ProjectSpec, reference: CodeTables
) -> None:
    """Refuse a kind file that does not fit its name, the project or the reference tables.

    Raises:
        KindFileError: with the file and the dotted key.
        SensitiveFactError: an attribute is a sensitive fact.
    """
    _check_head(file, stem, kind, reference)
    _check_attributes(file, "provider", kind.provider, reference)
    _check_attributes(file, "need", kind.need, reference)
    sides = _Sides(file, need_side_attributes(kind, project), kind.provider, reference)
    _check_comparisons(sides, kind.comparisons)
    for index, rule in enumerate(kind.rules):
        _check_rule(sides, f"rules[{index}]", rule)


def _check_head(file: str, stem: str, kind: KindSpec, reference: CodeTables) -> None:
    if kind.name != stem:
        raise KindFileError(file, "name", f"{kind.name!r} 与文件名不一致", repr(stem))
    _check_known(file, "team", kind.team, reference.codes("teams"))
    for index, stage in enumerate(kind.stages):
        _check_known(file, f"stages[{index}]", stage, reference.codes("stages"))
    if len(set(kind.stages)) < len(kind.stages):
        raise KindFileError(file, "stages", "有重复的阶段", "每个阶段只写一次")
    _check_known(file, "pairing.solver", kind.pairing.solver, plugin_names("peipao.solvers"))
    for name, spec in kind.need.items():
        if kind.stages and spec.required:
            # A need that opens by itself on entry has nobody to state the attribute.
            raise KindFileError(
                file,
                f"need.{name}.required",
                "随入库自动开出的需求无人填写必填项",
                "false,或 stages = []",
            )


def _check_known(file: str, key: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise KindFileError(file, key, f"不认识的取值 {value!r}", "、".join(known))


def _check_attributes(
    file: str, section: str, attributes: Mapping[str, AttributeSpec], reference: CodeTables
) -> None:
    for name, spec in attributes.items():
        key = f"{section}.{name}"
        if is_sensitive(name):
            raise SensitiveFactError(
                f"{file} [{key}]",
                "敏感信息不得作为排序属性",
                "删去此属性;只登记为政策计算用的敏感事实",
            )
        if isinstance(spec.values, str):
            _check_table(file, key, spec, reference)
        elif spec.values is not None:
            _check_codes(file, key, spec.values, spec.labels)
        elif spec.labels:
            raise KindFileError(
                file, f"{key}.labels", "labels 只用于 category 与 multi", "删去 labels"
            )


def _check_table(file: str, key: str, spec: AttributeSpec, reference: CodeTables) -> None:
    if spec.values not in CODE_TABLES:
        tables = "、".join(sorted(CODE_TABLES))
        raise KindFileError(
            file, f"{key}.values", f"没有代码表 {spec.values!r}", f"{tables},或编码列表"
        )
    if spec.labels:
        raise KindFileError(file, f"{key}.labels", "代码表自带中文名称", "删去 labels")
    codes_of(spec, reference)


def _check_codes(file: str, key: str, codes: tuple[str, ...], labels: Mapping[str, str]) -> None:
    if not codes:
        raise KindFileError(file, f"{key}.values", "编码列表为空", "至少 1 个编码")
    for index, code in enumerate(codes):
        if _CODE.fullmatch(code) is None:
            raise KindFileError(
                file, f"{key}.values[{index}]", f"编码 {code!r} 不合规则", "小写字母、数字、_ 与 -"
            )
        if code in codes[:index]:
            raise KindFileError(file, f"{key}.values[{index}]", f"编码 {code!r} 重复", "只写一次")
        if not labels.get(code, "").strip():
            raise KindFileError(
                file, f"{key}.labels", f"编码 {code!r} 没有中文名称", f'{code} = "…"'
            )
    for code in labels:
        if code not in codes:
            raise KindFileError(
                file, f"{key}.labels.{code}", "values 中没有这个编码", "、".join(codes)
            )


@dataclass(frozen=True, slots=True)
class _Sides:
    """What the comparisons and rules of one file may refer to."""

    file: str
    need: Mapping[str, AttributeSpec]
    provider: Mapping[str, AttributeSpec]
    reference: CodeTables

    def refuse(self, key: str, problem: str, right: str) -> KindFileError:
        return KindFileError(self.file, key, problem, right)

    def attribute(self, where: str, side: str, name: str) -> AttributeSpec:
        named = self.need if side == "need" else self.provider
        if name not in named:
            raise self.refuse(f"{where}.{side}", f"没有属性 {name!r}", "、".join(named))
        return named[name]


def _check_comparisons(sides: _Sides, comparisons: tuple[ComparisonSpec, ...]) -> None:
    seen: set[str] = set()
    for index, one in enumerate(comparisons):
        where = f"comparisons[{index}]"
        if one.name in seen:
            raise sides.refuse(f"{where}.name", f"名称 {one.name!r} 重复", "每个比较项另取名称")
        seen.add(one.name)
        need = sides.attribute(where, "need", one.need)
        provider = sides.attribute(where, "provider", one.provider)
        _check_types(
            sides, f"{where}.measure", one.measure, MEASURE_TYPES[one.measure], (need, provider)
        )
        tables = (need.values, provider.values)
        if one.measure is Measure.TAXONOMY and tables != ("industries", "industries"):
            raise sides.refuse(
                f"{where}.measure", "taxonomy 只用于产业", '两侧均为 values = "industries"'
            )


def _check_rule(sides: _Sides, where: str, rule: RuleSpec) -> None:
    if rule.test is Test.POLICY:
        _check_policy(sides, where, rule)
        return
    provider = sides.attribute(where, "provider", str(rule.provider))
    if rule.need is None:
        _check_one_of(sides, where, rule, provider)
        return
    need = sides.attribute(where, "need", rule.need)
    _check_types(sides, f"{where}.test", rule.test, TEST_TYPES[rule.test], (need, provider))
    if rule.only_if_must and rule.need.startswith(PROJECT_PREFIX):
        raise sides.refuse(
            f"{where}.only_if_must",
            "项目属性没有必须/优先之分,此规则永不生效",
            "false,或改用需求属性",
        )


def _check_one_of(sides: _Sides, where: str, rule: RuleSpec, provider: AttributeSpec) -> None:
    if provider.type not in _CODED:
        raise sides.refuse(
            f"{where}.test", f"one_of 不能用于 {provider.type.value}", "category 或 multi"
        )
    if rule.only_if_must:
        raise sides.refuse(f"{where}.only_if_must", "one_of 没有需求一侧,此规则永不生效", "false")
    known = codes_of(provider, sides.reference)
    for index, code in enumerate(rule.values):
        _check_known(sides.file, f"{where}.values[{index}]", code, known)


def _check_policy(sides: _Sides, where: str, rule: RuleSpec) -> None:
    if rule.only_if_must:
        raise sides.refuse(f"{where}.only_if_must", "policy 没有需求一侧,此规则永不生效", "false")
    if rule.policy is not None:
        known = sides.reference.codes(POLICIES)
        _check_known(sides.file, f"{where}.policy", rule.policy, known)
        return
    provider = sides.attribute(where, "provider", str(rule.provider))
    if (provider.type, provider.values) != (_T.CATEGORY, POLICIES):
        raise sides.refuse(
            f"{where}.provider", "没有说明是哪一项政策", f'category,values = "{POLICIES}"'
        )


def _check_types(
    sides: _Sides,
    key: str,
    by: Measure | Test,
    fitting: tuple[Types, ...],
    pair: tuple[AttributeSpec, AttributeSpec],
) -> None:
    need, provider = pair
    if (need.type, provider.type) not in fitting:
        right = "或".join(f"{a.value} 与 {b.value}" for a, b in fitting)
        problem = f"{by.value} 不能比较 {need.type.value} 与 {provider.type.value}"
        raise sides.refuse(key, problem, f"(需求、资源方)为 {right}")
    for check in _PAIR_CHECKS:
        problem = check(need, provider, sides.reference)
        if problem:
            raise sides.refuse(key, problem, "两侧一致")


def _units_differ(need: AttributeSpec, provider: AttributeSpec, _: CodeTables) -> str:
    if need.unit == provider.unit:
        return ""
    return f"两侧单位不同:{need.unit} 与 {provider.unit}"


def _codes_differ(need: AttributeSpec, provider: AttributeSpec, reference: CodeTables) -> str:
    """One side may know more codes than the other, as long as it knows all of the other's."""
    ours, theirs = set(codes_of(need, reference)), set(codes_of(provider, reference))
    if ours <= theirs or theirs <= ours:
        return ""
    return f"两侧代码表不同,仅一侧有:{'、'.join(sorted(ours ^ theirs)[:10])}"


_PAIR_CHECKS: tuple[Callable[[AttributeSpec, AttributeSpec, CodeTables], str], ...] = (
    _units_differ,
    _codes_differ,
)
