"""预检发现: what preflight found about the inputs of a round, and who took it upon themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a round that blocks it until a named person overrides it.

    Attributes:
        number: 1, 2, 3 … within its round.
        code: stable, such as `all-equal`.
        detail: Chinese, with the figures that led to it; no personal data.
        overridden_by: the account that looked and let it pass; None while it blocks.
        override_reason: its reason; None while it blocks.
    """

    round_id: str
    number: int
    code: str
    detail: str
    overridden_by: str | None = None
    override_reason: str | None = None
    overridden_at: dt.datetime | None = None

    @property
    def blocks(self) -> bool:
        """Return whether nobody has overridden it yet."""
        return self.overridden_by is None
