"""From a folder to records: the same values, read by the same code as those of the product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from peipao.datasets.spec import DatasetSpec, read_dataset_spec
from peipao.datasets.tables import STAGE, DatasetTables
from peipao.domain.ids import checked_id
from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Stated, Value
from peipao.errors import InvalidInputError
from peipao.kinds.spec import AttributeSpec, AttributeType
from peipao.kinds.values import parse_value

if TYPE_CHECKING:
    import pandas as pd

SIDES = ("projects", "needs", "providers")
_KEYS = {
    "projects": ("id",),
    "needs": ("id", "project", "opened", "split"),
    "providers": ("id",),
    "interactions": ("need", "provider", "at"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """One line of `interactions`.

    Attributes:
        at: seconds since 1970-01-01 UTC.
        weight: in (0, 1].
        scored: whether it is an answer where its need is a query.
    """

    need: str
    provider: str
    at: float
    weight: float
    scored: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset in the records of the product.

    Attributes:
        spec: what `dataset.toml` says.
        tables: its codes.
        needs: each with its project, by id.
        providers: by id.
        split: need id -> split.
        links: in the order of the file.
    """

    spec: DatasetSpec
    tables: DatasetTables
    needs: tuple[tuple[Need, Project], ...]
    providers: tuple[Provider, ...]
    split: Mapping[str, str]
    links: tuple[Link, ...]


def read_dataset(folder: Path) -> Dataset:
    """Return the dataset of a folder.

    Raises:
        KindFileError: `dataset.toml` is wrong.
        InvalidInputError: a table is missing or a line of it is wrong; names the line.
    """
    spec = read_dataset_spec(folder)
    frames = {name: _frame(folder, name) for name in _KEYS}
    declared = dict(zip(SIDES, (spec.project, spec.need, spec.provider), strict=True))
    tables = _tables(frames, declared)
    rows = {name: _rows(frames[name], name, declared[name], tables) for name in SIDES}
    projects = {key: Project(key, key, STAGE, values) for key, values in rows["projects"].items()}
    needs = _needs(spec, frames["needs"], rows["needs"], projects)
    providers = tuple(Provider(k, spec.name, k, 1, v) for k, v in sorted(rows["providers"].items()))
    asked = frames["needs"][["id", "split"]].astype(str)
    split = dict(zip(asked["id"], asked["split"], strict=True))
    unknown = sorted(set(split.values()) - set(spec.splits))
    if unknown:
        raise InvalidInputError(
            "needs.split", f"未声明的划分 {unknown[0]!r}", "、".join(spec.splits)
        )
    links = _links(frames["interactions"], split, rows["providers"])
    return Dataset(spec, tables, needs, providers, split, links)


def _frame(folder: Path, name: str) -> pd.DataFrame:
    import pandas as pd

    for suffix, read in ((".parquet", pd.read_parquet), (".csv", _read_csv)):
        path = folder / f"{name}{suffix}"
        if path.is_file():
            frame = read(path)
            missing = [key for key in _KEYS[name] if key not in frame.columns]
            if missing:
                raise InvalidInputError(path.name, f"缺少列 {missing[0]}", "、".join(_KEYS[name]))
            return frame
    raise InvalidInputError(str(folder), f"没有 {name}.parquet 或 {name}.csv", "四张表齐全")


def _read_csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def _tables(
    frames: Mapping[str, pd.DataFrame], declared: Mapping[str, Mapping[str, AttributeSpec]]
) -> DatasetTables:
    found: dict[str, set[str]] = {"districts": set()}
    for side, attributes in declared.items():
        for name, spec in attributes.items():
            present = name in frames[side].columns
            cells: list[str] = (
                [] if not present else frames[side][name].dropna().astype(str).tolist()
            )
            codes = {code.strip() for cell in cells for code in _parts(spec, cell)}
            if spec.type is AttributeType.PLACE:
                found["districts"] |= codes
            elif isinstance(spec.values, str):
                found.setdefault(spec.values, set()).update(codes)
    return DatasetTables({table: tuple(sorted(codes - {""})) for table, codes in found.items()})


def _parts(spec: AttributeSpec, cell: str) -> list[str]:
    return cell.split("|") if spec.type is AttributeType.MULTI else [cell]


def _rows(
    frame: pd.DataFrame, side: str, declared: Mapping[str, AttributeSpec], tables: DatasetTables
) -> dict[str, dict[str, Value]]:
    """Return id -> values; a blank cell is a value that nobody stated."""
    missing = [name for name in declared if name not in frame.columns]
    if missing:
        raise InvalidInputError(side, f"缺少列 {missing[0]}", "dataset.toml 声明的每个属性一列")
    ids = [checked_id(str(key), f"{side}.id") for key in frame["id"]]
    rows: dict[str, dict[str, Value]] = {key: {} for key in ids}
    if len(rows) < len(ids):
        raise InvalidInputError(f"{side}.id", "编号重复", "每个编号一行")
    for name, spec in declared.items():
        column = frame[name]
        for at in column.notna().to_numpy().nonzero()[0].tolist():
            raw = _raw(spec, column.iloc[at])
            if raw not in ("", []):
                where = f"{side}[{at}].{name}"
                rows[ids[at]][name] = parse_value(spec, raw, where, tables)
    return rows


def _raw(spec: AttributeSpec, cell: object) -> object:
    """Return a cell as the JSON value that the kinds' own reader takes."""
    if spec.type is AttributeType.NUMBER:
        return float(str(cell))
    text = str(cell).strip()
    if spec.type is AttributeType.MULTI:
        return [code.strip() for code in text.split("|") if code.strip()]
    if spec.type is AttributeType.DATE:
        return text[:10]
    return "".join(c if c.isprintable() else " " for c in text)


def _needs(
    spec: DatasetSpec,
    frame: pd.DataFrame,
    rows: Mapping[str, Mapping[str, Value]],
    projects: Mapping[str, Project],
) -> tuple[tuple[Need, Project], ...]:
    found = []
    for key, project, opened in zip(
        frame["id"].astype(str), frame["project"].astype(str), frame["opened"], strict=True
    ):
        if project not in projects:
            raise InvalidInputError(f"needs {key!r}.project", f"没有项目 {project!r}", "已有的编号")
        stated = {
            name: Stated(value, spec.need[name].default_stance) for name, value in rows[key].items()
        }
        found.append((Need(key, project, spec.name, _moment(opened), stated), projects[project]))
    return tuple(sorted(found, key=lambda pair: pair[0].id))


def _moment(cell: object) -> dt.datetime:
    moment = dt.datetime.fromisoformat(str(cell))
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _links(
    frame: pd.DataFrame, needs: Mapping[str, str], providers: Mapping[str, object]
) -> tuple[Link, ...]:
    n = len(frame)
    weights = frame["weight"].to_list() if "weight" in frame else [1.0] * n
    scored = frame["scored"].to_list() if "scored" in frame else [True] * n
    found = []
    for at, (need, provider, moment, weight, answer) in enumerate(
        zip(
            frame["need"].astype(str),
            frame["provider"].astype(str),
            frame["at"],
            weights,
            scored,
            strict=True,
        )
    ):
        if need not in needs or provider not in providers:
            raise InvalidInputError(f"interactions[{at}]", "没有这个需求或资源方", "已有的编号")
        found.append(Link(need, provider, _moment(moment).timestamp(), float(weight), bool(answer)))
    return tuple(found)
