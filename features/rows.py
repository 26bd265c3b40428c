"""Entities as rows of named values: the one place where an attribute may enter a profile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Stance, Value
from peipao.errors import InvalidInputError, SensitiveFactError
from peipao.kinds.attributes import PROJECT_PREFIX, STAGE_NAME
from peipao.kinds.sensitive import is_sensitive


@dataclass(frozen=True, slots=True)
class Row:
    """One entity.

    Attributes:
        id: of the need or provider.
        values: attribute name of the profile -> stated value.
        stances: attribute name -> stance, where one was said.
    """

    id: str
    values: Mapping[str, Value]
    stances: Mapping[str, Stance] = field(default_factory=dict)


def need_rows(
    kind: str, needs: Iterable[tuple[Need, Project]], declared: Collection[str]
) -> list[Row]:
    """Return needs with their project joined in, sorted by id.

    Raises:
        SensitiveFactError: an entity carries a sensitive fact as an attribute.
        InvalidInputError: an attribute is not declared, a need is of another kind or project, or an
            id comes twice.
    """
    return _sorted([_need_row(kind, need, project, declared) for need, project in needs], "需求")


def provider_rows(kind: str, providers: Iterable[Provider], declared: Collection[str]) -> list[Row]:
    """Return providers sorted by id; raises like `need_rows`."""
    return _sorted([_provider_row(kind, provider, declared) for provider in providers], "资源方")


def refuse_sensitive(names: Iterable[str], where: str) -> None:
    """Refuse names that only policy eligibility may read.

    Raises:
        SensitiveFactError: one of the names is sensitive.
    """
    for name in names:
        if is_sensitive(name.removeprefix(PROJECT_PREFIX)):
            raise SensitiveFactError(
                f"{where}.{name}", "敏感信息不得进入画像", "只存为敏感事实,供政策资格核算"
            )


def _check_names(names: Collection[str], declared: Collection[str], where: str) -> None:
    refuse_sensitive(names, where)
    unknown = sorted(set(names) - set(declared))
    if unknown:
        raise InvalidInputError(
            f"{where}.{unknown[0]}", "未声明的属性", "、".join(sorted(declared)) or "没有任何属性"
        )


def _need_row(kind: str, need: Need, project: Project, declared: Collection[str]) -> Row:
    where = f"需求 {need.id!r}"
    if need.kind != kind:
        raise InvalidInputError(f"{where}.kind", f"类别是 {need.kind!r}", kind)
    if need.project_id != project.id:
        raise InvalidInputError(f"{where}.project_id", f"与项目 {project.id!r} 不符", project.id)
    own = {name: stated.value for name, stated in need.attributes.items()}
    joined = {PROJECT_PREFIX + name: value for name, value in project.attributes.items()}
    _check_names(own.keys() | joined.keys(), declared, where)
    joined[PROJECT_PREFIX + STAGE_NAME] = project.stage
    stances = {name: stated.stance for name, stated in need.attributes.items()}
    return Row(need.id, {**joined, **own}, stances)


def _provider_row(kind: str, provider: Provider, declared: Collection[str]) -> Row:
    where = f"资源方 {provider.id!r}"
    if provider.kind != kind:
        raise InvalidInputError(f"{where}.kind", f"类别是 {provider.kind!r}", kind)
    _check_names(provider.attributes.keys(), declared, where)
    return Row(provider.id, provider.attributes)


def _sorted(rows: list[Row], noun: str) -> list[Row]:
    check_unique([row.id for row in rows], noun)
    return sorted(rows, key=lambda row: row.id)


def check_unique(ids: Sequence[str], noun: str) -> None:
    """Refuse an id that comes twice.

    Raises:
        InvalidInputError: one does.
    """
    if len(set(ids)) < len(ids):
        twice = next(one for at, one in enumerate(ids) if one in ids[:at])
        raise InvalidInputError(f"{noun} {twice!r}", "编号重复", "每个编号只出现一次")
