"""The steps of a tick, in their order; each calls one use case and says how many it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from serving.wiring import Peipao


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a tick does.

    Attributes:
        name: stable, in the report and the log.
        label: Chinese, for people.
        run: time of the tick -> how many records it acted on. Running it again at the same time
            does nothing more.
    """

    name: str
    label: str
    run: Callable[[dt.datetime], int]


def steps_of(peipao: Peipao) -> tuple[Step, ...]:
    """Return the steps of a wired service; what tells people of others comes last."""
    return (
        Step("offers.expire", "到期未答复的推荐", peipao.expire_offers),
        Step("replies.forget", "清除旧的答复存根", peipao.forget_replies),
    )
