"""A small city with every measure and every test, for the tests of `features`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from features.builder import encode_needs, encode_providers, fit_schema
from features.schema import FeatureSchema
from features.text import NgramEncoder
from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Place, Stance, Stated, Value
from peipao.kinds.spec import KindSpec, ProjectSpec
from peipao.tables.profiles import ProfileTable

TODAY = dt.date(2026, 3, 2)
OPENED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DISTRICTS = ("jimo", "laoshan", "shinan")
INDUSTRIES = ("ai", "marine", "materials", "next-gen-it")
STAGES = ("growth", "startup")
MODES = ("onsite", "online", "phone")
MINUTES = {
    ("jimo", "jimo"): 30.0,
    ("jimo", "laoshan"): 50.0,
    ("jimo", "shinan"): 125.0,
    ("laoshan", "laoshan"): 20.0,
    ("laoshan", "shinan"): 25.0,
    ("shinan", "shinan"): 15.0,
}
NEARNESS = {("ai", "next-gen-it"): 1 / 3, ("ai", "marine"): 0.15, ("marine", "materials"): 0.7}


LABELS = {
    "jimo": "即墨区", "laoshan": "崂山区", "shinan": "市南区",
    "ai": "人工智能", "marine": "海洋", "materials": "新材料", "next-gen-it": "新一代信息技术",
    "growth": "成长期", "startup": "初创期",
    "onsite": "线下见面", "online": "线上交流", "phone": "电话沟通(限工作日)",
}  # fmt: skip
CHECKED = {("laoshan", "shinan")}


@dataclass(frozen=True)
class SmallTime:
    verified: bool


@dataclass(frozen=True)
class SmallTrack:
    zh: str


@dataclass(frozen=True)
class SmallIndustry:
    zh: str
    keywords: tuple[str, ...]
    tracks: tuple[SmallTrack, ...] = ()


@dataclass(frozen=True)
class SmallReference:
    """Three districts and four industries."""

    industries: Mapping[str, SmallIndustry] = field(
        default_factory=lambda: {
            "ai": SmallIndustry(
                "人工智能", ("大模型", "AI", "AI芯片"), (SmallTrack("人形机器人"),)
            ),
            "marine": SmallIndustry("海洋", ("海洋牧场", "船舶")),
            "materials": SmallIndustry("新材料", ("石墨烯",)),
            "next-gen-it": SmallIndustry("新一代信息技术", ("芯片", "VR/AR", "工业互联网平台")),
        }
    )

    travel: Mapping[tuple[str, str], SmallTime] = field(
        default_factory=lambda: {pair: SmallTime(pair in CHECKED) for pair in MINUTES}
    )

    def codes(self, table: str, /) -> tuple[str, ...]:
        return {"districts": DISTRICTS, "industries": INDUSTRIES, "stages": STAGES}[table]

    def label(self, table: str, code: str, /) -> str:
        return LABELS.get(code, code)

    def district_of(self, text: str, /) -> str | None:
        return text if text in DISTRICTS else None

    def travel_minutes(self, a: str, b: str, /) -> float:
        return MINUTES[min(a, b), max(a, b)]

    def industry_nearness(self, a: str, b: str, /) -> float:
        return 1.0 if a == b else NEARNESS.get((min(a, b), max(a, b)), 0.0)


def comparison(name: str, need: str, provider: str, measure: str) -> dict[str, Any]:
    return {
        "name": name,
        "need": need,
        "provider": provider,
        "measure": measure,
        "weight": 1.0,
        "label": "契合",
    }


def rule(test: str, need: str | None, provider: str, **more: Any) -> dict[str, Any]:
    return {"test": test, "need": need, "provider": provider, "reason": "不符合条件", **more}


COMPARISONS = (
    comparison("mode", "mode", "main_mode", "same"),
    comparison("stage", "project.stage", "stages", "member"),
    comparison("either", "modes", "main_mode", "member"),
    comparison("modes", "modes", "modes", "coverage"),
    comparison("industry", "project.industries", "industries", "taxonomy"),
    comparison("topic", "topic", "intro", "text"),
    comparison("intro", "project.intro", "intro", "text"),
    comparison("travel", "project.place", "place", "travel"),
    comparison("at_most", "amount", "amount", "at_most"),
    comparison("at_least", "amount", "amount", "at_least"),
    comparison("near", "amount", "amount", "near"),
)
RULES = (
    rule("equals", "mode", "main_mode", only_if_must=True),
    rule("member", "mode", "modes", if_missing="fail"),
    rule("overlaps", "project.industries", "industries"),
    rule("covers", "modes", "modes", only_if_must=True),
    rule("at_most", "amount", "amount", only_if_must=True, if_missing="fail"),
    rule("at_least", "start", "founded"),
    rule("within_minutes", "project.place", "place", limit=60),
    rule("one_of", None, "main_mode", values=["onsite", "online"]),
)


def a_kind(**changes: Any) -> KindSpec:
    """Return the kind `helper`; `changes` replace top-level keys of its file."""
    modes = {"values": MODES, "labels": {mode: LABELS[mode] for mode in MODES}}
    content = {
        "name": "helper",
        "label": "帮手",
        "team": "market",
        "provider": {
            "amount": {"type": "number", "label": "金额", "unit": "CNY"},
            "founded": {"type": "date", "label": "成立"},
            "industries": {"type": "multi", "label": "产业", "values": "industries"},
            "intro": {"type": "text", "label": "简介"},
            "main_mode": {"type": "category", "label": "主要方式", **modes},
            "modes": {"type": "multi", "label": "方式", **modes},
            "place": {"type": "place", "label": "位置"},
            "stages": {"type": "multi", "label": "阶段", "values": "stages"},
        },
        "need": {
            "amount": {"type": "number", "label": "金额", "unit": "CNY"},
            "mode": {"type": "category", "label": "方式", **modes},
            "modes": {"type": "multi", "label": "可行方式", **modes},
            "start": {"type": "date", "label": "开始"},
            "topic": {"type": "text", "label": "问题"},
        },
        "comparisons": COMPARISONS,
        "rules": (),
        "pairing": {"capacity": 1},
    }
    return KindSpec.model_validate({**content, **changes})


def a_project_spec(**attributes: Any) -> ProjectSpec:
    content = {
        "district": {"type": "category", "label": "区市", "values": "districts"},
        "founded": {"type": "date", "label": "成立"},
        "industries": {"type": "multi", "label": "产业", "values": "industries"},
        "intro": {"type": "text", "label": "简介"},
        "place": {"type": "place", "label": "位置"},
        "team_size": {"type": "number", "label": "人数", "unit": "person"},
    }
    return ProjectSpec.model_validate({"attributes": {**content, **attributes}})


def a_project(key: str = "p1", **attributes: Value) -> Project:
    return Project(key, f"项目{key}", "startup", attributes)


def a_need(key: str = "n1", project: str = "p1", **attributes: Value | Stated) -> Need:
    stated = {k: v if isinstance(v, Stated) else Stated(v) for k, v in attributes.items()}
    return Need(key, project, "helper", OPENED, stated)


def a_pair(key: str = "n1", *, own: Mapping[str, Any] | None = None, **project: Value) -> NeedPair:
    """Return a need `key` with attributes `own` of a project of the same id."""
    return a_need(key, key, **(own or {})), a_project(key, **project)


def a_provider(key: str = "m1", **attributes: Value) -> Provider:
    return Provider(key, "helper", f"帮手{key}", 1, attributes)


NeedPair = tuple[Need, Project]

WORDS = (
    "人工智能", "大模型", "海洋牧场", "船舶", "石墨烯", "芯片", "AI芯片", "VR", "SaaS平台", "养殖",
    "企业", "提供", "面向", "市场", "渠道", "推广", "的", "与", ",", "。", "5G", "人形机器人",
)  # fmt: skip


@dataclass(frozen=True)
class SmallCity:
    """Entities and their tables."""

    spec: KindSpec
    schema: FeatureSchema
    pairs: Sequence[NeedPair]
    providers: Sequence[Provider]
    needs_table: ProfileTable
    providers_table: ProfileTable


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311  sample data, no secrets


def random_text(random: Random) -> str:
    return "".join(random.choices(WORDS, k=random.randint(3, 14)))


def _some(random: Random, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(random.sample(values, random.randint(1, len(values)))))


def _maybe(random: Random, **values: Any) -> dict[str, Any]:
    """Leave out about one value in five, to be missing."""
    return {name: value for name, value in values.items() if random.random() > 0.2}


def random_pair(random: Random, key: str) -> NeedPair:
    said = _maybe(
        random,
        amount=random.choice([-5.0, 0.0, 1.0, 1.5, 3.0, 9.0, 1e6]),
        mode=random.choice(MODES),
        modes=_some(random, MODES),
        start=dt.date(2026, 1, 1) + dt.timedelta(random.randint(-100, 100)),
        topic=random_text(random),
    )
    own = {name: Stated(value, random.choice(list(Stance))) for name, value in said.items()}
    joined = _maybe(
        random,
        industries=_some(random, INDUSTRIES),
        intro=random_text(random),
        place=Place(random.choice(DISTRICTS)),
        team_size=float(random.randint(1, 50)),
        founded=dt.date(2020, 1, random.randint(1, 28)),
    )
    need, project = a_pair(key, own=own, **joined)
    return need, replace(project, stage=random.choice(STAGES))


def random_provider(random: Random, key: str) -> Provider:
    attributes = _maybe(
        random,
        amount=random.choice([-5.0, 0.0, 1.0, 2.0, 3.0, 11.0]),
        founded=dt.date(2026, 1, 1) + dt.timedelta(random.randint(-100, 100)),
        industries=_some(random, INDUSTRIES),
        intro=random_text(random),
        main_mode=random.choice(MODES),
        modes=_some(random, MODES),
        place=Place(random.choice(DISTRICTS)),
        stages=_some(random, STAGES),
    )
    return a_provider(key, **attributes)


def a_city(
    seed: int = 0, n_needs: int = 25, n_providers: int = 20, rules: Sequence[Any] = RULES
) -> SmallCity:
    """Return a random city; the same seed gives the same one."""
    random = dice(seed)
    pairs = [random_pair(random, f"n{at}") for at in range(n_needs)]
    providers = [random_provider(random, f"m{at}") for at in range(n_providers)]
    return encoded(a_kind(rules=tuple(rules)), pairs, providers)


def encoded(spec: KindSpec, pairs: Sequence[NeedPair], providers: Sequence[Provider]) -> SmallCity:
    """Return the entities with a schema fitted on them and their tables."""
    schema = fit_schema(spec, a_project_spec(), SmallReference(), pairs, providers, NgramEncoder())
    return SmallCity(
        spec,
        schema,
        pairs,
        providers,
        encode_needs(schema, pairs),
        encode_providers(schema, providers),
    )
