"""评分表: a table of scores that staff bring into a round in place of the model's affinity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from peipao.canonical import sha256_lines
from peipao.errors import SheetRefusedError
from peipao.tables.pairs import AffinityTable
from peipao.tables.profiles import FloatArray

LEAST = 1e-6
"""A score of 0 or 1 is moved by this much into the open interval."""


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """Scores of pairs as somebody handed them in, in the order of the rows.

    Attributes:
        name: file name or `API`; for words only.
        need_ids, provider_ids: text of each row.
        scores: float64 (n_rows,), in [0, 1], higher is better.
    """

    name: str
    need_ids: tuple[str, ...]
    provider_ids: tuple[str, ...]
    scores: FloatArray

    def hash(self) -> str:
        """Return the SHA-256 of what the sheet says, whatever the order of its rows."""
        rows = zip(self.need_ids, self.provider_ids, self.scores.tolist(), strict=True)
        return sha256_lines([need, provider, repr(score)] for need, provider, score in sorted(rows))


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score as stated.

    Attributes:
        where: file and row, or place in a request; begins every error about it.
    """

    where: str
    need_id: str
    provider_id: str
    score: float


def sheet_of(name: str, rows: Sequence[ScoreRow]) -> ScoreSheet:
    """Return the sheet of rows.

    Raises:
        SheetRefusedError: lists every row with a score outside [0, 1], and every pair that comes
            twice, by its place.
    """
    problems, seen = [], dict[tuple[str, str], str]()
    for row in rows:
        if not 0.0 <= row.score <= 1.0:
            problems.append(f"{row.where} 评分:{row.score!s} 不可用;应为:0 至 1")
        pair = (row.need_id, row.provider_id)
        first = seen.setdefault(pair, row.where)
        if first != row.where:
            problems.append(f"{row.where}:配对 ({', '.join(pair)}) 与 {first} 重复")
    if not rows:
        problems.append(f"{name}:没有任何评分行")
    if problems:
        raise SheetRefusedError(problems)
    return ScoreSheet(
        name=name,
        need_ids=tuple(row.need_id for row in rows),
        provider_ids=tuple(row.provider_id for row in rows),
        scores=np.array([row.score for row in rows], dtype=np.float64),
    )


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the rows of a sheet stand among the eligible pairs of a round.

    Attributes:
        rows: int64 (n_rows,), the pair row of each row of the sheet; -1 where the pair is not
            eligible or an id is not of this round.
        unknown: bool (n_rows,), True where an id is not of this round.
    """

    rows: np.ndarray
    unknown: np.ndarray


def placed(sheet: ScoreSheet, table: AffinityTable) -> Placed:
    """Return where the rows of a sheet stand in a table of eligible pairs."""
    needs = {key: at for at, key in enumerate(table.need_ids.tolist())}
    providers = {key: at for at, key in enumerate(table.provider_ids.tolist())}
    need = np.array([needs.get(key, -1) for key in sheet.need_ids], dtype=np.int64)
    provider = np.array([providers.get(key, -1) for key in sheet.provider_ids], dtype=np.int64)
    unknown = (need < 0) | (provider < 0)
    keys = table.need.astype(np.int64) * max(len(providers), 1) + table.provider
    wanted = np.where(unknown, -1, need * max(len(providers), 1) + provider)
    at = np.searchsorted(keys, wanted).clip(0, max(len(keys) - 1, 0))
    hit = ~unknown & (keys[at] == wanted) if len(keys) else np.zeros(len(wanted), dtype=np.bool_)
    return Placed(np.where(hit, at, -1), unknown)


def scored_by(sheet: ScoreSheet, table: AffinityTable) -> AffinityTable:
    """Return the pairs that are eligible and scored, with the scores in place of the affinity."""
    where = placed(sheet, table).rows
    order = np.argsort(where[where >= 0])
    rows = where[where >= 0][order]
    score = np.clip(sheet.scores[where >= 0][order], LEAST, 1 - LEAST)
    return AffinityTable(
        need_ids=table.need_ids,
        provider_ids=table.provider_ids,
        need=table.need[rows],
        provider=table.provider[rows],
        margin=np.log(score / (1 - score)),
        affinity=score,
        calibrated=False,
        model_version=table.model_version,
    )
