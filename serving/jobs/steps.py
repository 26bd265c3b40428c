"""The steps of a tick, in their order; each calls one use case and says how many it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
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
    watch = peipao.watch_deadlines
    return (
        Step("offers.expire", "到期未答复的推荐", peipao.expire_offers),
        Step("replies.forget", "清除旧的答复存根", peipao.forget_replies),
        Step("deadlines", "按公布的节假日重算期限", lambda _now: watch.settle_assumed()),
        Step("reminders", "临期提醒与无人可接的转办", watch.remind),
        Step("overdue", "逾期事件", watch.raise_overdue),
        Step("notices", "投递通知", peipao.deliver_notices),
        *_daily(peipao),
    )


def _daily(peipao: Peipao) -> Iterator[Step]:
    if peipao.settings.jobs.policy_needs:
        yield Step("policies.open", "新符合政策的项目", peipao.open_policy_needs)
