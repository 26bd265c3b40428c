"""Lower and upper limits on how many matches a need, a provider or a named group may have.

A group is a set of needs, of providers or of pairs; its quota counts the matches among its
members. Whatever its side, it ends as a set of pair rows with two bounds, so that every engine,
the checker and the relaxations read all of them alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from matching.columns import Whole, wholes
from matching.network import LongArray
from peipao.domain.ids import checked_id
from peipao.errors import InvalidInputError
from peipao.tables.profiles import BoolArray, IntArray, TextArray

MAX_GROUPS, MAX_QUOTA = 2_000, 1_000_000


class Side(StrEnum):
    """What the members of a group are."""

    NEED = "need"
    PROVIDER = "provider"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class RawGroup:
    """A group as handed in, before anything is believed.

    Attributes:
        id: text, distinct among the groups.
        side: `need`, `provider` or `pair`.
        members: ids, or for pairs (need id, provider id); a pair that is not eligible is harmless.
        least: matches among the members at least, >= 0.
        most: at most, >= `least`; None is without limit.
    """

    id: str
    side: str
    members: Sequence[object]
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A quota on a set of pairs.

    Attributes:
        id: text; side: what staff listed as members.
        members: text, ids or `need/provider`, sorted; for words only.
        rows: int64 (n_rows,), ascending pair rows of the problem.
        least, most: bounds on the matches among them; 0 <= least <= most.
    """

    id: str
    side: Side
    members: tuple[str, ...]
    rows: LongArray
    least: int
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What a problem asks beyond places: minimum loads and quotas.

    Attributes:
        need_min: int64 (n_needs,), matches at least; provider_min: int64 (n_providers,).
        groups: sorted by id.
    """

    need_min: LongArray
    provider_min: LongArray
    groups: tuple[Group, ...]

    def or_none(self) -> Limits | None:
        """Return None where nothing is asked, so that a plain problem stays a plain problem."""
        asks = self.need_min.any() or self.provider_min.any() or self.groups
        return self if asks else None

    def reordered(self, by_need: LongArray, by_provider: LongArray, rows: LongArray) -> Limits:
        """Return the limits with nodes and pairs in another order.

        Args:
            by_need: int64 (n_needs,), the old row at each new one.
            by_provider: int64 (n_providers,), likewise.
            rows: int64 (n_pairs,), the old pair row at each new one.
        """
        new = np.empty(len(rows), dtype=np.int64)
        new[rows] = np.arange(len(rows))
        groups = [replace(group, rows=np.sort(new[group.rows])) for group in self.groups]
        return Limits(
            need_min=self.need_min[by_need],
            provider_min=self.provider_min[by_provider],
            groups=tuple(sorted(groups, key=lambda group: group.id)),
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """The pairs as they were listed, to find the rows of a group.

    Attributes:
        need_ids, provider_ids: text; need, provider: int32 (n_pairs,), rows into them.
    """

    need_ids: TextArray
    provider_ids: TextArray
    need: IntArray
    provider: IntArray

    def rows_of(self, side: Side, members: Sequence[str]) -> LongArray:
        """Return int64, the pair rows that belong to the members of one side, ascending."""
        ids, column = (
            (self.need_ids, self.need) if side is Side.NEED else (self.provider_ids, self.provider)
        )
        inside: BoolArray = np.isin(ids, np.array(members, dtype=np.str_))
        return np.flatnonzero(inside[column])

    def rows_of_pairs(self, pairs: Sequence[tuple[str, str]]) -> LongArray:
        """Return int64, the rows of those of the pairs that are eligible, ascending."""
        need = {str(key): at for at, key in enumerate(self.need_ids)}
        provider = {str(key): at for at, key in enumerate(self.provider_ids)}
        width = len(provider)
        keys = self.need.astype(np.int64) * width + self.provider
        wanted = [need[i] * width + provider[j] for i, j in pairs]
        return np.flatnonzero(np.isin(keys, wanted))


def checked_limits(
    listed: Listed, need_min: Whole, provider_min: Whole, groups: Sequence[RawGroup]
) -> Limits | None:
    """Return the limits, all of them legal; None where nothing is asked.

    Raises:
        InvalidInputError: naming the id or the group, and what would be right.
    """
    if len(groups) > MAX_GROUPS:
        raise InvalidInputError("分组 groups", f"共 {len(groups)} 个", f"不超过 {MAX_GROUPS} 个")
    seen: set[str] = set()
    for group in groups:
        key = checked_id(group.id, "分组编号")
        if key in seen:
            raise InvalidInputError(f"分组 {key}", "编号重复", "每个编号只出现一次")
        seen.add(key)
    return Limits(
        need_min=wholes(need_min, listed.need_ids, "需求下限 min", (0, MAX_QUOTA)),
        provider_min=wholes(provider_min, listed.provider_ids, "资源方下限 min", (0, MAX_QUOTA)),
        groups=tuple(_checked(listed, group) for group in groups),
    ).or_none()


def refuse_minimum_above_places(
    least: LongArray, most: LongArray, ids: TextArray, noun: str
) -> None:
    """Do nothing if no minimum exceeds the places.

    Raises:
        InvalidInputError: naming the first id where it does.
    """
    over = np.flatnonzero(least > most)
    if over.size:
        at = int(over[0])
        raise InvalidInputError(
            f"{noun} {ids[at]}", f"下限 {least[at]} 大于名额 {most[at]}", "下限不超过名额"
        )


def _checked(listed: Listed, raw: RawGroup) -> Group:
    where = f"分组 {raw.id}"
    sides = [side.value for side in Side]
    if raw.side not in sides:
        raise InvalidInputError(
            f"{where} 的 side", f"不认识的取值 {raw.side!r:.40}", "、".join(sides)
        )
    side = Side(raw.side)
    names, rows = _members(listed, raw, side, where)
    least, most = _quota(raw, where)
    most = len(rows) if most is None else most
    return Group(raw.id, side, names, rows, least, max(most, least))


def _quota(raw: RawGroup, where: str) -> tuple[int, int | None]:
    for word, bound in (("min", raw.least), ("max", raw.most)):
        if bound is None and word == "max":
            continue
        whole = isinstance(bound, int | np.integer) and not isinstance(bound, bool)
        if not whole or not 0 <= int(bound or 0) <= MAX_QUOTA:
            raise InvalidInputError(
                f"{where} 的 {word}", f"{bound!r:.40} 不可用", f"0 至 {MAX_QUOTA} 的整数"
            )
    if raw.most is not None and raw.least > raw.most:
        raise InvalidInputError(where, f"下限 {raw.least} 大于上限 {raw.most}", "min 不超过 max")
    return int(raw.least), None if raw.most is None else int(raw.most)


def _members(
    listed: Listed, raw: RawGroup, side: Side, where: str
) -> tuple[tuple[str, ...], LongArray]:
    """Return the members in words and their pair rows."""
    if not raw.members:
        raise InvalidInputError(f"{where} 的 members", "没有成员", "至少一个成员")
    if side is Side.PAIR:
        ends = set(listed.need_ids.tolist()), set(listed.provider_ids.tolist())
        pairs = [_known_pair(ends, member, where) for member in raw.members]
        _refuse_twice([f"{need}/{provider}" for need, provider in pairs], where)
        names = sorted(f"{need}/{provider}" for need, provider in pairs)
        return tuple(names), listed.rows_of_pairs(pairs)
    ids = listed.need_ids if side is Side.NEED else listed.provider_ids
    known = set(ids.tolist())
    members = [_known(member, known, where) for member in raw.members]
    _refuse_twice(members, where)
    return tuple(sorted(members)), listed.rows_of(side, members)


def _known_pair(
    ends: tuple[Collection[str], Collection[str]], member: object, where: str
) -> tuple[str, str]:
    if not isinstance(member, list | tuple) or len(member) != 2:
        raise InvalidInputError(
            f"{where} 的成员 {member!r:.80}", "不是配对", "[需求编号, 资源方编号]"
        )
    return _known(member[0], ends[0], where), _known(member[1], ends[1], where)


def _known(member: object, known: Collection[str], where: str) -> str:
    if not isinstance(member, str) or member not in known:
        raise InvalidInputError(f"{where} 的成员 {member!r:.80}", "不认识的编号", "本轮中的编号")
    return member


def _refuse_twice(members: Sequence[str], where: str) -> None:
    for member, count in Counter(members).items():
        if count > 1:
            raise InvalidInputError(f"{where} 的成员 {member}", "重复出现", "每个成员只列一次")
