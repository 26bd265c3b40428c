"""Attribute values by the kind file's own types and the ranges of `ranges.toml`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from peipao.domain.values import Stance, Stated, Value
from peipao.kinds.spec import AttributeSpec, AttributeType
from peipao.reference.loader import Reference
from peipao.sample.streams import Dice

STAGES = ("seed", "startup", "growth", "mature")

Range = Mapping[str, Any]


@functools.cache
def load_ranges() -> Mapping[str, Mapping[str, Mapping[str, Range]]]:
    """Return side -> kind -> attribute -> what is drawn for it."""
    text = resources.files("peipao.sample").joinpath("ranges.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def provider_values(
    kind: str, specs: Mapping[str, AttributeSpec], dice: Dice, reference: Reference
) -> dict[str, Value]:
    """Return drawn values of a provider; what is not stated is absent."""
    ranges = load_ranges()["provider"][kind]
    return dict(_drawn(specs, ranges, "startup", dice, reference))


def need_values(
    kind: str, specs: Mapping[str, AttributeSpec], stage: str, dice: Dice, reference: Reference
) -> dict[str, Stated]:
    """Return drawn values of a need with their stances; what is not stated is absent."""
    ranges = load_ranges()["need"][kind]
    return {
        name: Stated(value, _stance(ranges[name], dice))
        for name, value in _drawn(specs, ranges, stage, dice, reference)
    }


def _drawn(
    specs: Mapping[str, AttributeSpec],
    ranges: Mapping[str, Range],
    stage: str,
    dice: Dice,
    reference: Reference,
) -> Iterator[tuple[str, Value]]:
    for name, given in ranges.items():
        unstated = dice.chance(given.get("missing", 0.0))
        if unstated or name not in specs:  # a city may have kind files of its own
            continue
        if specs[name].type is AttributeType.NUMBER:
            yield name, _number(given, stage, dice)
        else:
            yield name, _codes(specs[name], given, stage, dice, reference)


def _number(given: Range, stage: str, dice: Dice) -> float:
    factor = given.get("stage", (1, 1, 1, 1))[STAGES.index(stage)]
    step = float(given["step"])
    drawn = dice.scaled(float(given["low"]), float(given["high"])) * float(factor)
    return round(max(round(drawn / step), 1) * step, 6)


def _codes(
    spec: AttributeSpec, given: Range, stage: str, dice: Dice, reference: Reference
) -> Value:
    codes = reference.codes(spec.values) if isinstance(spec.values, str) else spec.values or ()
    if "by_stage" in given:
        codes = tuple(given["by_stage"][STAGES.index(stage)])
    if spec.type is AttributeType.MULTI:
        return tuple(sorted(dice.some(codes, *given["count"])))
    return dice.weighted(codes, given["weights"]) if "weights" in given else dice.pick(codes)


def _stance(given: Range, dice: Dice) -> Stance:
    drawn = dice.unit()
    must = given.get("must", 0.0)
    if drawn < must:
        return Stance.MUST
    return Stance.INDIFFERENT if drawn < must + given.get("indifferent", 0.03) else Stance.PREFER
