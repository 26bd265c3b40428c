"""Contributions become sentences that an officer can read out to a founder."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.margin import BASE_LABEL, LATENT_LABEL, POPULARITY_LABEL, Contributions

STRONG, CLEAR = 0.6, 0.2
"""Contributions in log-odds from which a fact counts as strong, or as clear."""

_LEARNT = {
    POPULARITY_LABEL: ("近期对接成功较多", "近期对接成功较少"),
    LATENT_LABEL: ("情况相近的项目曾与其顺利对接", "情况相近的项目较少与其对接"),
}
_NOTHING = "各项条件接近平均水平,无突出的契合点"


def sentences(
    found: Contributions,
    row: int,
    details: Mapping[str, str] | None = None,
    limit: int = 3,
) -> tuple[str, ...]:
    """Return Chinese reasons for one pair, strongest first, then at most one reservation.

    Args:
        found: contributions of pairs.
        row: which of the pairs.
        details: label -> what is behind it, such as `均涉及人工智能`; added after a colon.
        limit: how many reasons in favour at most, >= 1.

    Returns:
        At least one sentence; a share is that of all that speaks in favour of the pair.
    """
    details = details or {}
    parts = [
        (label, float(value))
        for label, value in zip(found.labels, found.values[row], strict=True)
        if label != BASE_LABEL
    ]
    parts.sort(key=lambda part: -part[1])
    total = sum(value for _, value in parts if value > 0)
    best = [p for p in parts if p[1] >= 0.005][:limit]
    said = [_in_favour(label, value, value / total, details) for label, value in best]
    if parts and parts[-1][1] <= -CLEAR:
        said.append(_against(*parts[-1], details))
    return tuple(said) or (_NOTHING,)


def _in_favour(label: str, value: float, share: float, details: Mapping[str, str]) -> str:
    degree = "明显优于平均" if value >= STRONG else "优于平均" if value >= CLEAR else "略优于平均"
    words = _LEARNT[label][0] if label in _LEARNT else f"「{label}」{degree}"
    return f"{words}(占推荐理由的 {share:.0%}){_detail(label, details)}"


def _against(label: str, value: float, details: Mapping[str, str]) -> str:
    degree = "明显低于平均" if value <= -STRONG else "低于平均"
    words = _LEARNT[label][1] if label in _LEARNT else f"「{label}」{degree}"
    return f"需留意:{words}{_detail(label, details)}"


def _detail(label: str, details: Mapping[str, str]) -> str:
    return f":{details[label]}" if details.get(label) else ""


def all_sentences(found: Contributions, limit: int = 3) -> list[tuple[str, ...]]:
    """Return the reasons of every pair, in order of the pairs."""
    return [sentences(found, row, limit=limit) for row in np.arange(len(found.values)).tolist()]
