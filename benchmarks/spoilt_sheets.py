"""Tables of scores as an honest committee makes them, and as spreadsheets spoil them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from serving.usecases.round_terms import RoundTerms
from serving.usecases.score_sheet import ScoreRow, ScoreSheet, sheet_of
from serving.wiring import Peipao


@dataclass(frozen=True)
class Pairs:
    """The eligible pairs of a kind with the model's affinity, in the order a clerk lists them."""

    need_ids: tuple[str, ...]
    provider_ids: tuple[str, ...]
    affinity: np.ndarray


def eligible_pairs(peipao: Peipao, kind: str = "mentor") -> Pairs:
    """Return the pairs that a round of today would weigh."""
    snapshots, spec = peipao.run_round.snapshots, peipao.catalogue[kind]
    table = snapshots.scored(spec, snapshots(spec)).affinity
    return Pairs(
        tuple(table.need_ids[table.need].tolist()),
        tuple(table.provider_ids[table.provider].tolist()),
        table.affinity,
    )


def honest(pairs: Pairs, dice: np.random.Generator) -> ScoreSheet:
    """Return a committee's own view: it agrees with the model in part, each in its own scale.

    Judges look at some 60 to 100 % of the pairs, add a view of their own that weighs as much as
    what the model knows, use more or less of the scale, and round to two or three digits.
    """
    seen = np.flatnonzero(dice.random(len(pairs.affinity)) < dice.uniform(0.6, 1.0))
    model = pairs.affinity[seen]
    known = (model - model.mean()) / model.std()
    view = known + dice.uniform(0.5, 1.5) * dice.standard_normal(len(seen))
    score = dice.uniform(0.4, 0.7) + dice.uniform(0.08, 0.15) * view
    return ScoreSheet(
        "honest.csv",
        tuple(pairs.need_ids[row] for row in seen),
        tuple(pairs.provider_ids[row] for row in seen),
        np.round(score.clip(0.0, 1.0), int(dice.integers(2, 4))),
    )


def ranked(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return ranks within each need, divided by their number, in place of scores."""
    del dice
    needs = np.array(sheet.need_ids)
    found = np.zeros(len(needs))
    for need in np.unique(needs):
        rows = np.flatnonzero(needs == need)
        found[rows] = (np.argsort(np.argsort(-sheet.scores[rows])) + 1) / (len(rows) + 1)
    return replace(sheet, scores=np.round(found, 4))


def reversed_scale(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return the scores as if 0 were the best."""
    del dice
    return replace(sheet, scores=1.0 - sheet.scores)


def shifted(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return the column of scores moved by one to three rows from some row on."""
    step, start = int(dice.integers(1, 4)), int(dice.integers(0, len(sheet.scores) // 3))
    scores = sheet.scores.copy()
    scores[start:] = np.roll(scores[start:], step)
    return replace(sheet, scores=scores)


def sorted_alone(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return the scores sorted while the ids stayed where they were."""
    del dice
    return replace(sheet, scores=np.sort(sheet.scores)[::-1].copy())


def halved(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return the first half of the rows: the rest was not copied."""
    del dice
    kept = len(sheet.scores) // 2
    return ScoreSheet(
        sheet.name, sheet.need_ids[:kept], sheet.provider_ids[:kept], sheet.scores[:kept]
    )


def flat(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return the same score for everybody."""
    return replace(sheet, scores=np.full(len(sheet.scores), round(float(dice.random()), 2)))


def of_another_year(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return a sheet a third of whose needs are not of this round any more."""
    gone = {need for need in sorted(set(sheet.need_ids)) if dice.random() < 1 / 3}
    needs = tuple(f"old-{need}" if need in gone else need for need in sheet.need_ids)
    return replace(sheet, need_ids=needs)


def rounded_ids(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
    """Return ids as a spreadsheet leaves 18-digit numbers: the last three digits are zeros."""
    del dice
    number = {need: 370_202_199_001_011_000 + 1000 * at for at, need in enumerate(sheet.need_ids)}
    return replace(sheet, need_ids=tuple(str(number[need]) for need in sheet.need_ids))


def one_district_off(districts: Mapping[str, str], district: str) -> Spoil:
    """Return a slip that puts 0.35 on the scores of one district."""

    def spoil(sheet: ScoreSheet, dice: np.random.Generator) -> ScoreSheet:
        del dice
        more = [0.35 if districts[need] == district else 0.0 for need in sheet.need_ids]
        return replace(sheet, scores=(sheet.scores + np.array(more)).clip(0.0, 1.0))

    return spoil


Spoil = Callable[[ScoreSheet, np.random.Generator], ScoreSheet]

SLIPS: Mapping[str, Spoil] = {
    "a rank pasted as a score": ranked,
    "the scale reversed": reversed_scale,
    "rows shifted": shifted,
    "one column sorted": sorted_alone,
    "half the rows": halved,
    "all scores equal": flat,
    "another year's file": of_another_year,
    "ids that lost their precision": rounded_ids,
}
"""What went wrong -> how; each slip is a function of the honest sheet alone."""


def terms(sheet: ScoreSheet) -> RoundTerms:
    """Return the terms of a round scored by a sheet, read again as a file would be."""
    rows = zip(sheet.need_ids, sheet.provider_ids, sheet.scores.tolist(), strict=True)
    read = [ScoreRow(f"第 {at} 行", *row) for at, row in enumerate(rows, start=2)]
    return RoundTerms(scores=sheet_of(sheet.name, read))
