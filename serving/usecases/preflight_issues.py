"""One thing that preflight found, before it is numbered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """What looks wrong.

    Attributes:
        code: stable, such as `all-equal`.
        detail: Chinese, with figures; ids at most, no personal data.
    """

    code: str
    detail: str
