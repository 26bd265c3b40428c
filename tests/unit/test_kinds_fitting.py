"""Planted bad kind files: each is refused with its file, its key and what would be right."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from peipao.errors import KindFileError
from peipao.kinds.catalogue import load_catalogue
from peipao.kinds.fitting import MEASURE_TYPES, TEST_TYPES
from peipao.kinds.spec import Measure, Test
from peipao.reference.loader import Reference, load_reference

GOOD = """\
name = "law_firm"
label = "律师事务所"
team = "general"
stages = []

[provider.areas]
type = "multi"
label = "业务领域"
values = ["equity", "contract"]
labels = { equity = "股权", contract = "合同" }

[provider.size]
type = "category"
label = "规模"
values = ["small", "large"]
labels = { small = "小型", large = "大型" }

[provider.place]
type = "place"
label = "办公位置"

[provider.fee]
type = "number"
unit = "CNY"
label = "费用(元)"

[provider.stages]
type = "multi"
label = "擅长阶段"
values = "stages"

[provider.intro]
type = "text"
label = "简介"

[need.areas]
type = "multi"
label = "法律需求"
values = ["equity", "contract"]
labels = { equity = "股权", contract = "合同" }

[need.budget]
type = "number"
unit = "CNY"
label = "预算(元)"

[[comparisons]]
name = "areas"
need = "areas"
provider = "areas"
measure = "coverage"
weight = 2.0
label = "业务契合"

[[comparisons]]
name = "fee"
need = "budget"
provider = "fee"
measure = "at_least"
weight = 1.0
label = "资金匹配"

[[rules]]
need = "areas"
test = "overlaps"
provider = "areas"
only_if_must = true
reason = "律所业务领域未覆盖项目的法律需求"

[[rules]]
test = "one_of"
provider = "size"
values = ["small", "large"]
reason = "律所规模不在服务范围之内"

[pairing]
capacity = 4
"""

CODES = '["equity", "contract"]\nlabels = { equity = "股权", contract = "合同" }\n\n'

REPLACED = [
    ("text-values", 'label = "简介"', 'label = "简介"\nvalues = ["a"]', "provider.intro", "values"),
    (
        "one-of-none",
        'values = ["small", "large"]\nreason',
        "reason",
        "rules[1]",
        "values",
    ),
    ("limit-none", 'test = "overlaps"', 'test = "within_minutes"', "rules[0]", "limit"),
    ("wieght", "weight = 2.0", "wieght = 2.0", "comparisons[0].wieght", "weight"),
    ("top-key", 'team = "general"', 'team = "general"\nteams = "x"', "teams", "stages"),
    ("attr-key", 'type = "place"', 'type = "place"\nunits = "km"', "provider.place.units", "unit"),
    ("pair-key", "capacity = 4", "capacity = 4\nplaces = 4", "pairing.places", "capacity"),
    ("rule-key", 'test = "one_of"', 'test = "one_of"\nwhy = "x"', "rules[1].why", "reason"),
    ("stem", 'name = "law_firm"', 'name = "lawyers"', "name", "'law_firm'"),
    ("bad-name", 'name = "law_firm"', 'name = "Law Firm"', "name", "小写字母"),
    ("no-label", 'label = "律师事务所"\n', "", "label", "写明 label"),
    ("empty-label", 'label = "律师事务所"', 'label = ""', "label", "至少 1 个字"),
    ("team", 'team = "general"', 'team = "legal"', "team", "general"),
    ("stage", "stages = []", 'stages = ["startup", "teen"]', "stages[1]", "mature"),
    ("stage-type", "stages = []", 'stages = "startup"', "stages", "列表"),
    ("stage-twice", "stages = []", 'stages = ["seed", "seed"]', "stages", "只写一次"),
    ("no-table", 'values = "stages"', 'values = "cities"', "provider.stages.values", "districts"),
    ("table-type", 'values = "stages"', "values = 3", "provider.stages.values", "编码列表"),
    (
        "table-labels",
        'values = "stages"',
        'values = "stages"\nlabels = { a = "b" }',
        "provider.stages.labels",
        "删去",
    ),
    (
        "list-type",
        '["small", "large"]\nlabels',
        '["small", 3]\nlabels',
        "provider.size.values[1]",
        "文本",
    ),
    (
        "code-form",
        '["small", "large"]\nlabels',
        '["small", "大型"]\nlabels',
        "provider.size.values[1]",
        "小写字母",
    ),
    (
        "code-twice",
        '["small", "large"]\nlabels',
        '["small", "small"]\nlabels',
        "provider.size.values[1]",
        "只写一次",
    ),
    ("code-empty", '["small", "large"]\nlabels', "[]\nlabels", "provider.size.values", "至少 1"),
    ("code-unsaid", ', large = "大型" }', " }", "provider.size.labels", "large"),
    (
        "label-over",
        'large = "大型" }',
        'large = "大型", huge = "巨" }',
        "provider.size.labels.huge",
        "small、large",
    ),
    (
        "labels-text",
        'label = "简介"',
        'label = "简介"\nlabels = { a = "b" }',
        "provider.intro.labels",
        "category 与 multi",
    ),
    ("type", 'type = "place"', 'type = "point"', "provider.place.type", "place"),
    ("no-values", 'values = "stages"\n', "", "provider.stages", "代码表"),
    ("no-unit", 'unit = "CNY"\nlabel = "费用(元)"', 'label = "费用(元)"', "provider.fee", "单位"),
    ("unit-of-text", 'label = "简介"', 'label = "简介"\nunit = "m"', "provider.intro", "number"),
    ("attr-name", "[provider.fee]", '[provider."Fee CNY"]', "provider.Fee CNY", "小写字母"),
    (
        "stance",
        'label = "法律需求"',
        'label = "法律需求"\ndefault_stance = "maybe"',
        "need.areas.default_stance",
        "must, prefer, indifferent",
    ),
    (
        "required-text",
        'label = "法律需求"',
        'label = "法律需求"\nrequired = "yes"',
        "need.areas.required",
        "true 或 false",
    ),
    (
        "auto-required",
        "stages = []",
        'stages = ["seed"]\n[need.topic]\ntype = "text"\nlabel = "事项"\nrequired = true',
        "need.topic.required",
        "stages = []",
    ),
    ("twice", 'name = "fee"', 'name = "areas"', "comparisons[1].name", "另取名称"),
    ("weight-low", "weight = 2.0", "weight = -2.0", "comparisons[0].weight", "不小于 0"),
    ("weight-high", "weight = 2.0", "weight = 200", "comparisons[0].weight", "不大于 20"),
    ("weight-nan", "weight = 2.0", "weight = nan", "comparisons[0].weight", "有限"),
    ("weight-inf", "weight = 2.0", "weight = inf", "comparisons[0].weight", "有限"),
    ("weight-text", "weight = 2.0", 'weight = "2"', "comparisons[0].weight", "数字"),
    ("weight-true", "weight = 2.0", "weight = true", "comparisons[0].weight", "数字"),
    ("weight-date", "weight = 2.0", "weight = 2026-01-01", "comparisons[0].weight", "数字"),
    ("measure", 'measure = "coverage"', 'measure = "cosine"', "comparisons[0].measure", "near"),
    ("no-need", 'need = "budget"', 'need = "money"', "comparisons[1].need", "project.stage"),
    ("no-proj", 'need = "budget"', 'need = "project.money"', "comparisons[1].need", "budget"),
    ("no-prov", 'provider = "fee"', 'provider = "price"', "comparisons[1].provider", "fee"),
    (
        "misfit",
        'measure = "coverage"',
        'measure = "travel"',
        "comparisons[0].measure",
        "place 与 place",
    ),
    (
        "misfit-one",
        'provider = "fee"',
        'provider = "intro"',
        "comparisons[1].measure",
        "number 与 number",
    ),
    (
        "units",
        'unit = "CNY"\nlabel = "预算(元)"',
        'unit = "hour"\nlabel = "预算"',
        "comparisons[1].measure",
        "hour 与 CNY",
    ),
    (
        "codes",
        CODES + "[provider.size]",
        '["tax"]\nlabels = { tax = "税" }\n\n[provider.size]',
        "comparisons[0].measure",
        "tax",
    ),
    (
        "taxonomy",
        'measure = "coverage"',
        'measure = "taxonomy"',
        "comparisons[0].measure",
        "industries",
    ),
    ("test", 'test = "overlaps"', 'test = "touches"', "rules[0].test", "overlaps"),
    ("rule-need", 'need = "areas"\ntest', 'need = "fields"\ntest', "rules[0].need", "areas"),
    ("rule-misfit", 'test = "overlaps"', 'test = "at_most"', "rules[0].test", "date 与 date"),
    (
        "rule-project",
        'need = "areas"\ntest = "overlaps"\nprovider = "areas"',
        'need = "project.stage"\ntest = "member"\nprovider = "stages"',
        "rules[0].only_if_must",
        "需求属性",
    ),
    ("reason", '"律所业务领域未覆盖项目的法律需求"', '"不行"', "rules[0].reason", "至少 4 个字"),
    (
        "one-of-code",
        'values = ["small", "large"]\nreason',
        'values = ["tiny"]\nreason',
        "rules[1].values[0]",
        "large",
    ),
    ("one-of-type", 'provider = "size"', 'provider = "fee"', "rules[1].test", "category 或 multi"),
    (
        "one-of-must",
        'provider = "size"',
        'provider = "size"\nonly_if_must = true',
        "rules[1].only_if_must",
        "false",
    ),
    ("one-of-need", 'test = "one_of"', 'test = "one_of"\nneed = "areas"', "rules[1]", "one_of"),
    ("limit", 'test = "one_of"', 'test = "one_of"\nlimit = 30', "rules[1]", "within_minutes"),
    ("capacity", "capacity = 4", "capacity = -4", "pairing.capacity", "不小于 0"),
    ("capacity-text", "capacity = 4", 'capacity = "4"', "pairing.capacity", "整数"),
    ("wanted", "capacity = 4", "capacity = 4\nwanted = 0", "pairing.wanted", "不小于 1"),
    ("solver", "capacity = 4", 'capacity = 4\nsolver = "magic"', "pairing.solver", "auto"),
    ("pairing", "[pairing]\ncapacity = 4", "pairing = 3", "rules[1].pairing", "reason"),
    ("no-pairing", "[pairing]\ncapacity = 4", "", "pairing", "写明 pairing"),
    ("prior", "stages = []", "prior_acceptance = 1.0", "prior_acceptance", "小于 1"),
    ("syntax", "weight = 2.0", "weight = = 2.0", "第 52 行", "TOML"),
    ("key-twice", 'team = "general"', 'team = "general"\nteam = "park"', "第 4 行", "TOML"),
    ("digits", "weight = 2.0", "weight = " + "9" * 5_000, "文件", "过长的数字"),
    ("deep", "stages = []", "a.b.c.d.e.f.g.h.i.j.k = 1", "a.b.c", "嵌套过深"),
]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def refusal(folder: Path, reference: Reference, content: bytes) -> KindFileError:
    (folder / "law_firm.toml").write_bytes(content)
    with pytest.raises(KindFileError) as caught:
        load_catalogue(reference, folder)
    return caught.value


def test_the_good_file_is_good(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "law_firm.toml").write_text(GOOD, encoding="utf-8")
    assert load_catalogue(reference, tmp_path)["law_firm"].pairing.capacity == 4


@pytest.mark.parametrize(
    ("change", "key", "right"),
    [pytest.param(row[1:3], *row[3:], id=row[0]) for row in REPLACED],
)
def test_a_bad_file_is_refused_with_its_name_its_key_and_what_is_right(
    tmp_path: Path, reference: Reference, change: tuple[str, str], key: str, right: str
) -> None:
    old, new = change
    assert GOOD.count(old) >= 1
    error = refusal(tmp_path, reference, GOOD.replace(old, new, 1).encode())
    assert (error.file, error.key) == ("law_firm.toml", key)
    assert right in str(error)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "name"),
        (b"\xff\xfe", "第 0 字节"),
        ("label = '律师".encode("gbk"), "第 9 字节"),
        (b"name = ", "文件末尾"),
        (b"name = [", "文件末尾"),
        (b"x" * 300_000, "文件"),
        (b"a = " + b"[" * 20_000, "文件"),
    ],
    ids=["empty", "utf16", "gbk", "cut", "open", "huge", "nested"],
)
def test_a_file_that_is_no_kind_at_all_is_refused(
    tmp_path: Path, reference: Reference, content: bytes, key: str
) -> None:
    error = refusal(tmp_path, reference, content)
    assert (error.file, error.key) == ("law_firm.toml", key)


def test_a_folder_named_like_a_file_is_refused(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "law_firm.toml").mkdir()
    with pytest.raises(KindFileError, match="无法读取"):
        load_catalogue(reference, tmp_path)


def test_every_measure_and_every_test_knows_its_types() -> None:
    assert set(MEASURE_TYPES) == set(Measure)
    assert set(TEST_TYPES) == set(Test) - {Test.ONE_OF, Test.POLICY}


def test_the_planted_files_are_what_they_claim_to_be() -> None:
    assert tomllib.loads(GOOD)["name"] == "law_firm"
    assert len({row[0] for row in REPLACED}) == len(REPLACED)


POLICY_RULE = """
[[rules]]
test = "policy"
{keys}
reason = "项目不符合该产品所依据政策的条件"

[pairing]
"""
SMALL_MICRO = 'policy = "qd-guarantee-loan-smallmicro"'
POLICY_RULES = [
    ("unknown", 'policy = "qd-loan"\nif_unknown = "pass"', "rules[2].policy", "qd-guarantee-loan"),
    ("neither", 'if_unknown = "pass"', "rules[2]", "policy 或 provider 之一"),
    ("both", f'{SMALL_MICRO}\nprovider = "size"\nif_unknown = "pass"', "rules[2]", "之一"),
    ("silent", SMALL_MICRO, "rules[2]", "if_unknown"),
    ("word", f'{SMALL_MICRO}\nif_unknown = "maybe"', "rules[2].if_unknown", "pass"),
    ("need", f'{SMALL_MICRO}\nneed = "areas"\nif_unknown = "pass"', "rules[2]", "one_of 或 policy"),
    ("size", 'provider = "size"\nif_unknown = "pass"', "rules[2].provider", "policies"),
    ("nobody", 'provider = "law"\nif_unknown = "pass"', "rules[2].provider", "areas"),
    ("must", f'{SMALL_MICRO}\nonly_if_must = true\nif_unknown = "pass"', "rules[2]", "false"),
    (
        "missing",
        f'{SMALL_MICRO}\nif_missing = "fail"\nif_unknown = "pass"',
        "rules[2]",
        "if_missing",
    ),
]


def with_policy_rule(keys: str) -> str:
    return GOOD.replace("\n[pairing]\n", POLICY_RULE.format(keys=keys))


@pytest.mark.parametrize(
    ("keys", "key", "right"), [pytest.param(*row[1:], id=row[0]) for row in POLICY_RULES]
)
def test_a_wrong_rule_on_policies_is_refused_with_its_key(
    tmp_path: Path, reference: Reference, keys: str, key: str, right: str
) -> None:
    error = refusal(tmp_path, reference, with_policy_rule(keys).encode())
    assert error.key.startswith(key)
    assert right in str(error)


@pytest.mark.parametrize("keys", ['policy = "qd-loan"', 'if_unknown = "pass"'])
def test_keys_of_policies_stand_in_rules_on_policies_alone(
    tmp_path: Path, reference: Reference, keys: str
) -> None:
    content = GOOD.replace('test = "overlaps"', f'test = "overlaps"\n{keys}')
    assert refusal(tmp_path, reference, content.encode()).key == "rules[0]"


def test_a_rule_without_its_attribute_is_refused(tmp_path: Path, reference: Reference) -> None:
    content = GOOD.replace('provider = "size"\n', "")
    assert "provider 不能省略" in str(refusal(tmp_path, reference, content.encode()))


def test_a_rule_on_policies_is_part_of_the_rules_and_no_other_file_changes_its_hash(
    tmp_path: Path, reference: Reference
) -> None:
    (tmp_path / "law_firm.toml").write_text(GOOD, encoding="utf-8")
    plain = load_catalogue(reference, tmp_path)["law_firm"]
    (tmp_path / "law_firm.toml").write_text(
        with_policy_rule(f'{SMALL_MICRO}\nif_unknown = "fail"'), encoding="utf-8"
    )
    asking = load_catalogue(reference, tmp_path)["law_firm"]
    said = asking.rules[-1].model_dump(mode="json")
    assert (said["policy"], said["if_unknown"]) == ("qd-guarantee-loan-smallmicro", "fail")
    assert all("if_unknown" not in rule.model_dump(mode="json") for rule in plain.rules)
    assert type(asking.rules[-1]).model_validate(said) == asking.rules[-1]
