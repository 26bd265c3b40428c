"""Preflight of rosters: last year's list, a list put in twice, ids that were rounded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from features.facts import organisation_key
from peipao.kinds.spec import KindSpec
from peipao.store.codec import values_text
from serving.usecases.preflight_issues import Issue
from serving.usecases.round_shape import Shape
from serving.usecases.round_snapshot import Snapshot
from serving.usecases.score_pairs import city_date

SHOWN = 5
ROUNDED = re.compile(r"^(?:\d{13,}0{3,}|\d(?:\.\d+)?[eE]\+?\d{2})$")
"""What is left of a long number after a spreadsheet held it as 15 digits, or in scientific form."""


def about_rosters(now: Shape, earlier: Sequence[Shape], snapshot: Snapshot) -> Iterator[Issue]:
    """Yield what is wrong with who takes part."""
    if earlier and now.roster != earlier[0].roster:
        same = [one for one in earlier[1:] if one.roster == now.roster]
        if same:
            yield Issue(
                "roster-of-before", "资源方名册与上一轮不同,却与更早一轮逐字相同,疑为旧名册"
            )
    yield from _expired(snapshot)
    yield from _twice(snapshot)
    yield from _rounded(snapshot)


def about_conflicts(spec: KindSpec, snapshot: Snapshot) -> Iterator[Issue]:
    """Yield whose organisation nobody has stated, where the kind file wants it known."""
    if not spec.pairing.conflicts_known:
        return
    free = {key for key, places in snapshot.capacity.items() if places > 0}
    unknown = [
        one.id
        for one in snapshot.providers
        if one.id in free and not organisation_key(one.organisation)
    ]
    if unknown:
        yield Issue(
            "unknown-conflict",
            f"{len(unknown)} 个资源方未登记所在单位,无从判断回避:{_some(unknown)}",
        )


def _expired(snapshot: Snapshot) -> Iterator[Issue]:
    today, providers = city_date(snapshot.at), snapshot.providers
    over = [one.id for one in providers if one.valid_to is not None and one.valid_to < today]
    if providers and len(over) * 2 > len(providers):
        yield Issue(
            "roster-expired", f"{len(over)}/{len(providers)} 个资源方的有效期已过,疑为往年名册"
        )


def _twice(snapshot: Snapshot) -> Iterator[Issue]:
    told = Counter(
        (one.name, organisation_key(one.organisation), values_text(one.attributes))
        for one in snapshot.providers
    )
    again = sum(times - 1 for times in told.values())
    if again:
        yield Issue("duplicate-providers", f"{again} 个资源方与另一个除编号外完全相同,疑为重复导入")
    asked = Counter(
        (need.project_id, repr(sorted(need.attributes.items(), key=lambda item: item[0])))
        for need, _ in snapshot.asked
    )
    again = sum(times - 1 for times in asked.values())
    if again:
        yield Issue("duplicate-needs", f"{again} 条需求与同一项目的另一条完全相同,疑为重复导入")


def _rounded(snapshot: Snapshot) -> Iterator[Issue]:
    projects = {project.id: project for _, project in snapshot.asked}
    external = [pair for project in projects.values() for pair in project.external_ids.items()]
    ids = {*projects, *(one.id for one in snapshot.providers), *(key for _, key in external)}
    rounded = sorted(filter(is_rounded, ids | {need.id for need, _ in snapshot.asked}))
    if rounded:
        yield Issue("id-precision", f"{len(rounded)} 个编号像是被表格软件舍入:{_some(rounded)}")
    shared = [key for (_, key), times in Counter(external).items() if times > 1]
    if shared:
        yield Issue("id-shared", f"{len(shared)} 个外部编号属于多个项目:{_some(sorted(shared))}")


def is_rounded(key: str) -> bool:
    """Tell whether an id looks like a long number that a spreadsheet has rounded."""
    return ROUNDED.fullmatch(key) is not None


def _some(keys: Iterable[str]) -> str:
    listed = list(keys)
    more = f" 等 {len(listed)} 个" if len(listed) > SHOWN else ""
    return "、".join(listed[:SHOWN]) + more
