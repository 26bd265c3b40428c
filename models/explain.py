"""Contributions become sentences that an officer can read out to a founder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.choice import CHOICE_LABEL, HISTORY_LABEL
from models.latent import LATENT_LABEL
from models.lifts import SUFFIX
from models.margin import BASE_LABEL, Contributions
from models.standing import ANSWERS, POPULARITY, ROOM, TREND
from models.standing import LABELS as STANDING_LABELS
from models.text_lift import TEXT_LABEL

LONGEST = 60
"""Characters of one sentence; a detail that would make it longer is left out."""

STRONG, CLEAR = 0.6, 0.2
"""Contributions in log-odds from which a fact counts as strong, or as clear."""

_LEARNT = {
    STANDING_LABELS[POPULARITY]: ("近期对接成功较多", "近期对接成功较少"),
    STANDING_LABELS[TREND]: ("近来对接成功增多", "近来对接成功减少"),
    STANDING_LABELS[ANSWERS]: (
        "过往成效:收到邀约后多数促成会面",
        "过往成效:收到邀约后促成会面较少",
    ),
    STANDING_LABELS[ROOM]: ("近来承接较少,尚有余力", "近来承接较多,余力有限"),
    LATENT_LABEL: ("情况相近的项目曾与其顺利对接", "情况相近的项目较少与其对接"),
    CHOICE_LABEL: ("条件相同的项目多选择这一资源方", "条件相同的项目较少选择这一资源方"),
    HISTORY_LABEL: ("与项目此前的合作方常有共同项目", "与项目此前的合作方少有共同项目"),
    TEXT_LABEL: ("文字描述相近的需求曾与其顺利对接", "文字描述相近的需求较少与其对接"),
}
_LIFTED = ("同类{}的需求与其对接成功较多", "同类{}的需求与其对接成功较少")
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
        details: label -> what is behind it, such as `同为人工智能`; said in place of how the pair
            compares with others.
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
    if details.get(label):
        sentence = _with_share(f"{label}:{details[label]}", share)
        if len(sentence) <= LONGEST:
            return sentence
    degree = "明显优于平均" if value >= STRONG else "优于平均" if value >= CLEAR else "略优于平均"
    words = _learnt_words(label, 0) or f"「{label}」{degree}"
    return f"{words}(占推荐理由的 {share:.0%})"


def _with_share(sentence: str, share: float) -> str:
    """Return the sentence with the share in its last brackets, or in brackets of its own."""
    said = f"占 {share:.0%})"
    return f"{sentence[:-1]},{said}" if sentence.endswith(")") else f"{sentence}({said}"


def _against(label: str, value: float, details: Mapping[str, str]) -> str:
    if details.get(label):
        sentence = f"需留意:{label},{details[label]}"
        if len(sentence) <= LONGEST:
            return sentence
    degree = "明显低于平均" if value <= -STRONG else "低于平均"
    words = _learnt_words(label, 1) or f"「{label}」{degree}"
    return f"需留意:{words}"


def _learnt_words(label: str, side: int) -> str | None:
    """Return what a learnt group says in favour (0) or against (1); None for a comparison."""
    if label in _LEARNT:
        return _LEARNT[label][side]
    topic = label.removesuffix(SUFFIX)
    return None if topic == label else _LIFTED[side].format(topic)


def all_sentences(
    found: Contributions, details: Sequence[Mapping[str, str]] | None = None, limit: int = 3
) -> list[tuple[str, ...]]:
    """Return the reasons of every pair, in order of the pairs.

    Args:
        found: contributions of pairs.
        details: one mapping a pair from a group's label to what is behind it.
        limit: reasons in favour a pair at most.
    """
    behind = details if details is not None else [{}] * len(found.values)
    return [sentences(found, row, said, limit) for row, said in enumerate(behind)]
