"""Numbers as people say them: 50 万元, 12 个月, 3.85%."""

from __future__ import annotations

from peipao.kinds.units import unit_of

_SCALES = ((1e8, "亿"), (1e4, "万"))
_COUNTED = {"月": "个月"}
"""Words that read as a date after a number, and what is said instead."""


def amount(value: float, unit: str) -> tuple[str, str]:
    """Return a number with at most two decimals, and the Chinese word it is counted in.

    Args:
        value: any finite number.
        unit: as in kind files, such as `CNY` or `m2`.
    """
    word = unit_of(unit).word
    for scale, prefix in _SCALES:
        if abs(value) >= scale and word != "%":
            return _plain(value / scale), prefix + word
    return _plain(value), _COUNTED.get(word, word)


def said(value: float, unit: str) -> str:
    """Return a number with its unit, such as `1.2 万平方米`."""
    number, word = amount(value, unit)
    return f"{number}%" if word == "%" else f"{number} {word}".strip()


def said_range(low: float, high: float, unit: str) -> str:
    """Return both ends, the unit once if it is the same: `30–200 万元`."""
    (_, low_word), (_, high_word) = amount(low, unit), amount(high, unit)
    if low_word != high_word:
        return f"{said(low, unit)}–{said(high, unit)}"
    return f"{amount(low, unit)[0]}–{said(high, unit)}"


def _plain(value: float) -> str:
    # Adding zero turns a negative zero into the ordinary one.
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
