"""资源方名册: the providers of a kind as rows of a sheet, and such rows back as providers.

The columns come from the kind file. Codes are written in the words that people use for them, and
read in either form; what the sheet does not name is left as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from peipao.domain.records import Provider
from peipao.errors import InvalidInputError, SheetRefusedError
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.entities import check_provider
from peipao.kinds.spec import KindSpec
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.roster_cells import AND, MIDNIGHT, Cell, cell_of, raw_of
from serving.usecases.sheet_rows import Line, Row, filled_up, rows_of

SHEET = "资源方名册"
_BASE = {
    "id": "编号",
    "name": "名称",
    "capacity": "名额",
    "districts_served": "服务区市",
    "valid_from": "有效期起",
    "valid_to": "有效期止",
    "paused": "暂停",
    "organisation": "所在单位",
}
_YES, _NO = "是", "否"
_SHOWN = 20
_DIGITS = 9
"""A whole number in a cell has no more: Python reads none of thousands."""


@dataclass(frozen=True, slots=True)
class StatedRoster:
    """How many providers of a sheet are new, are changed, and are as they were."""

    added: int
    changed: int
    same: int


@dataclass(slots=True)
class _Read:
    """What was made of the rows so far."""

    providers: list[Provider] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RosterSheet:
    """Writes and reads the sheet; what it wrote, read again, changes nothing."""

    store: Store
    catalogue: Catalogue
    reference: Reference

    def header(self, kind: str) -> list[str]:
        """Return the titles of the columns of a kind.

        Raises:
            UnknownKindError: there is no such kind.
        """
        return list(self._titles(self.catalogue[kind]).values())

    def rows(self, kind: str) -> list[list[Cell]]:
        """Return a row for every provider of a kind, by id.

        Raises:
            UnknownKindError: there is no such kind.
        """
        spec = self.catalogue[kind]
        with self.store.reading() as tx:
            return [self._row(one, spec) for one in tx.providers.of_kind(spec.name)]

    def state(
        self, kind: str, name: str, lines: Sequence[Line], *, by: str, why: str = ""
    ) -> StatedRoster:
        """Store what the lines of a sheet say: all of them or none.

        Providers that the sheet does not have stay as they are, and so does what it has no column
        for. Whoever holds places is not paused like this: the offers have to be passed on.

        Args:
            kind: of all providers of the sheet.
            name: of the file, for errors.
            lines: row number and cells; the first one is the header, in any order of columns.
            by: the account.
            why: reason for the ledger.

        Raises:
            UnknownKindError: there is no such kind.
            SheetRefusedError: lists row and field of everything wrong.
        """
        spec = self.catalogue[kind]
        titles = {key: (title,) for key, title in self._titles(spec).items()}
        rows = rows_of(name, filled_up(lines), titles, ["id"])
        versions = {"rules": self.catalogue.rules_hash(spec.name)}
        with self.store.transaction(who=by, why=why or "导入名册", versions=versions) as tx:
            held = {one.id: one for one in tx.providers.get_many([r.cells["id"] for r in rows])}
            read = _Read()
            for row in rows:
                self._take(row, spec, held.get(row.cells["id"]), read)
            if read.problems:
                raise SheetRefusedError(read.problems[:_SHOWN])
            return _stored(tx, read.providers, held)

    def _titles(self, spec: KindSpec) -> dict[str, str]:
        """Return field -> title; an attribute whose label is taken goes by its name."""
        titles = dict(_BASE)
        for name, one in spec.provider.items():
            titles[f"a.{name}"] = name if one.label in titles.values() else one.label
        return titles

    def _row(self, one: Provider, spec: KindSpec) -> list[Cell]:
        served = [self.reference.label("districts", code) for code in one.districts_served]
        base: list[Cell] = [
            one.id,
            one.name,
            one.capacity,
            AND.join(served),
            None if one.valid_from is None else one.valid_from.isoformat(),
            None if one.valid_to is None else one.valid_to.isoformat(),
            _YES if one.paused else _NO,
            one.organisation,
        ]
        cells = (
            cell_of(one.attributes.get(name), told, self.reference)
            for name, told in spec.provider.items()
        )
        return [*base, *cells]

    def _take(self, row: Row, spec: KindSpec, held: Provider | None, read: _Read) -> None:
        key = row.cells["id"]
        first = read.seen.setdefault(key, row.where)
        if first != row.where:
            read.problems.append(f"{row.where} 编号:{key!r} 与 {first} 重复")
            return
        if held is not None and held.kind != spec.name:
            read.problems.append(f"{row.where} 编号:{key!r} 属于类别 {held.kind}")
            return
        try:
            made = self._provider(row, spec, held)
        except InvalidInputError as wrong:
            said = self._title(spec, wrong.where)
            right = f";应为:{wrong.right}" if wrong.right else ""
            read.problems.append(f"{row.where} {said}:{wrong.problem}{right}")
            return
        if held is not None and made.paused and not held.paused and held.used:
            said = "有在办的对接,暂停须改派:请用 peipao offer pause"
            read.problems.append(f"{row.where} 暂停:{said}")
        elif held is not None and made.capacity < min(held.capacity, held.used):
            said = f"少于已占的 {held.used} 个,须改派:请用 peipao offer load"
            read.problems.append(f"{row.where} 名额:{said}")
        else:
            read.providers.append(made)

    def _title(self, spec: KindSpec, where: str) -> str:
        """Return the title of the column that `where` means, such as `provider.skills[0]`."""
        name, titles = where.removeprefix("provider.").partition("[")[0], self._titles(spec)
        name = name.partition(".")[0]
        return titles.get(f"a.{name}") or titles.get(name) or where

    def _provider(self, row: Row, spec: KindSpec, held: Provider | None) -> Provider:
        cells = row.cells
        before = held or Provider(
            id=cells["id"], kind=spec.name, name="", capacity=spec.pairing.capacity
        )
        attributes: dict[str, object] = dict(before.attributes)
        for name, one in spec.provider.items():
            if f"a.{name}" in cells:
                attributes.pop(name, None)
                raw = raw_of(cells[f"a.{name}"], one, self.reference)
                attributes |= {} if raw is None else {name: raw}
        stated = replace(
            before,
            kind=spec.name,
            name=cells.get("name", before.name),
            capacity=_whole(cells, before.capacity),
            districts_served=_districts(cells, before.districts_served),
            valid_from=_day(cells, "valid_from", before.valid_from),
            valid_to=_day(cells, "valid_to", before.valid_to),
            paused=_yes(cells, paused=before.paused),
            organisation=cells.get("organisation", before.organisation) or None,
            attributes=attributes,  # type: ignore[arg-type]  # checked in the next line
        )
        return check_provider(stated, self.catalogue, self.reference)


def _stored(
    tx: Transaction, stated: Sequence[Provider], held: Mapping[str, Provider]
) -> StatedRoster:
    fresh = [one for one in stated if one.id not in held]
    changed = [one for one in stated if one.id in held and one != held[one.id]]
    tx.providers.add_many(fresh)
    for one in changed:
        tx.providers.update(one)
    return StatedRoster(len(fresh), len(changed), len(stated) - len(fresh) - len(changed))


def _whole(cells: Mapping[str, str], before: int) -> int:
    text = cells.get("capacity", "")
    if text and not (text.isdecimal() and len(text) <= _DIGITS):
        raise InvalidInputError("名额", f"{text[:20]!r} 不是整数,或过大", "不小于 0 的整数")
    return int(text) if text else before


def _districts(cells: Mapping[str, str], before: tuple[str, ...]) -> tuple[str, ...]:
    if "districts_served" not in cells:
        return before
    return tuple(one.strip() for one in cells["districts_served"].split(AND) if one.strip())


def _day(cells: Mapping[str, str], name: str, before: dt.date | None) -> dt.date | None:
    if name not in cells:
        return before
    text = cells[name].removesuffix(MIDNIGHT)
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        said = f"{text[:20]!r} 不是日期"
        raise InvalidInputError(_BASE[name], said, "如 2026-12-31") from error


def _yes(cells: Mapping[str, str], *, paused: bool) -> bool:
    text = cells.get("paused", "") or (_YES if paused else _NO)
    if text not in {_YES, _NO}:
        raise InvalidInputError("暂停", f"{text[:20]!r} 不认识", f"{_YES} 或 {_NO}")
    return text == _YES
