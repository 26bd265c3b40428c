"""Child process: clean and wrong tables of scores through the preflight of real rounds.

usage: python -m benchmarks.rounds_sheets HOME SEED
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.digest_child import NOW, size_of
from benchmarks.spoilt_sheets import (
    SLIPS,
    Pairs,
    Spoil,
    eligible_pairs,
    honest,
    one_district_off,
    terms,
)
from peipao.clock import FixedClock
from peipao.config import Settings
from serving.usecases.score_sheet import ScoreSheet
from serving.wiring import Peipao, wire

KIND, BY, PROJECTS = "mentor", "benchmarks", 150
CLEAN, EACH = 20, 2
AGAIN, DISTRICT = "the same file uploaded again", "one district scored up"


def main() -> None:
    home, seed = Path(sys.argv[1]), int(sys.argv[2])
    peipao = wire(Settings(home=home), FixedClock(NOW))
    peipao.store.migrate()
    peipao.load_sample(size_of(PROJECTS), seed, by=BY)
    peipao.train_model(KIND, by=BY, track=False)
    pairs = eligible_pairs(peipao)
    clean = [_codes(peipao, honest(pairs, np.random.default_rng(n))) for n in range(CLEAN)]
    wrong = {name: _tried(peipao, pairs, spoil) for name, spoil in _slips(peipao)}
    wrong[AGAIN] = [_again(peipao, pairs, n) for n in range(EACH)]
    peipao.close()
    answer = {
        "clean": _summed(clean),
        "wrong": {name: _summed(codes) for name, codes in wrong.items()},
    }
    print(json.dumps(answer, ensure_ascii=False))


def _slips(peipao: Peipao) -> Iterator[tuple[str, Spoil]]:
    yield from SLIPS.items()
    snapshots, spec = peipao.run_round.snapshots, peipao.catalogue[KIND]
    asked = snapshots(spec).asked
    district = {need.id: str(project.attributes["district"]) for need, project in asked}
    largest = max(sorted(set(district.values())), key=list(district.values()).count)
    yield DISTRICT, one_district_off(district, largest)


def _tried(peipao: Peipao, pairs: Pairs, spoil: Spoil) -> list[set[str]]:
    found = []
    for number in range(EACH):
        dice = np.random.default_rng(100 + number)
        found.append(_codes(peipao, spoil(honest(pairs, dice), dice)))
    return found


def _codes(peipao: Peipao, sheet: ScoreSheet) -> set[str]:
    key = peipao.run_round(KIND, by=BY, terms=terms(sheet))
    return {one.code for one in peipao.override_finding.list(key) if one.blocks}


def _again(peipao: Peipao, pairs: Pairs, number: int) -> set[str]:
    """Publish a round by a sheet, upload the sheet again, and take the round back."""
    sheet = honest(pairs, np.random.default_rng(200 + number))
    key = peipao.run_round(KIND, by=BY, terms=terms(sheet))
    peipao.review_round.check(key, by=BY)
    peipao.review_round.approve(key, by="checker")
    peipao.review_round.publish(key, by="checker")
    found = _codes(peipao, sheet)
    peipao.review_round.withdraw(key, by="checker", why="benchmark")
    return found


def _summed(codes: list[set[str]]) -> dict[str, Any]:
    return {
        "tried": len(codes),
        "blocked": sum(bool(one) for one in codes),
        "codes": sorted(set().union(*codes)),
    }


if __name__ == "__main__":
    main()
