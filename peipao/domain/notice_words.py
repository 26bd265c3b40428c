"""What each event is called and what its notice says, in Chinese: the only catalogue of it.

A slot is filled from the notice's parameters; `subject` is the id of what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

from peipao.domain.calls import LOST_REASONS
from peipao.domain.offers import (
    DECLINE_REASONS,
    END_REASONS,
    NO_ANSWER,
    PAUSED,
    SIDES,
    SMALLER_LOAD,
    Side,
)
from peipao.domain.requests import CLOSE_REASONS

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "need.opened": "需求 {subject} 已登记,请于 {due} 前受理。",
        "need.received": "您的需求 {subject} 已收到,由专员 {owner} 负责。",
        "need.acknowledged": "需求 {subject} 已受理。",
        "need.waiting": "需求 {subject} 的推荐未成,重新等候对接。",
        "need.offered": "需求 {subject} 已有推荐,等待双方确认。",
        "need.matched": "需求 {subject} 双方均已接受,即将首次见面。",
        "need.in_service": "需求 {subject} 已开始服务。",
        "need.resolved": "需求 {subject} 已办结。",
        "need.closed": "需求 {subject} 已关闭。",
        "need.referred": "需求 {subject} 已转服务专员 {owner} 专人跟进。",
        "need.commented": "需求 {subject} 有新的留言。",
        "need.owner_changed": "需求 {subject} 改由专员 {owner} 负责。",
        "need.overdue": "需求 {subject} 的{step_zh}环节已超过 {due} 的期限,请尽快办理。",
        "need.due_soon": "需求 {subject} 的{step_zh}环节将于 {due} 到期,请尽快办理。",
        "month.closed": "{month} 月响应率已结账。",
        "month.restated": "{month} 月响应率已重述(第 {number} 次)。",
        "offer.made": "需求 {need} 有一项推荐({subject})待您答复,请于 {until} 前接受或谢绝。",
        "offer.accepted": "推荐 {subject}(需求 {need})对方已接受,请您答复。",
        "offer.declined": "推荐 {subject}(需求 {need})已谢绝({reason}),正在联系下一位候补。",
        "offer.expired": "推荐 {subject}(需求 {need})到期未答复({reason}),正在联系下一位候补。",
        "offer.moved": "推荐 {subject}(需求 {need})已调整,无须再答复;新的推荐另行通知。",
        "match.accepted": "对接 {subject}(需求 {need})双方均已接受,请尽快安排首次会面。",
        "match.active": "对接 {subject}(需求 {need})已首次会面,陪跑开始。",
        "match.ended": "对接 {subject}(需求 {need})已结束({reason})。",
        "need.no_alternate": "需求 {subject} 暂无空闲且符合条件的候补,请关注下一轮撮合。",
        "bid.awarded": "您的揭榜意向 {subject}(需求 {need})已授榜,等待项目方确认。",
        "bid.lost": "您的揭榜意向 {subject}(需求 {need})未授榜({reason}),原因可凭链接查看。",
        "bid.cancelled": "您的揭榜意向 {subject}(需求 {need})所在的榜单已取消。",
        "provider.paused": "资源方 {subject} 已暂停接单({reason})。",
        "provider.smaller-load": "资源方 {subject} 已将名额减为 {places}({reason})。",
        "match.withdrawn": "对接 {subject} 已随轮次 {round} 撤回,名额退回,需求重新等候。",
        "round.published": "轮次 {subject}({kind})已发布,共 {matches} 对。",
        "round.withdrawn": "轮次 {subject}({kind})已撤回,{matches} 对不再有效。",
    }
)
"""Event code -> words."""

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        **DECLINE_REASONS,
        **END_REASONS,
        **LOST_REASONS,
        PAUSED: "资源方暂停接单",
        SMALLER_LOAD: "资源方减少名额",
        "resolved": "需求已办结",
        "need-withdrawn": "项目撤回需求",
        "need-referred": "需求转服务专员专人跟进",
        **{f"need-{code}": f"需求已关闭:{words}" for code, words in CLOSE_REASONS.items()},
    }
)


def reason_words(code: str) -> str:
    """Return the reason of an event in Chinese; a code of another release stays as it is."""
    kind, _, sides = code.partition(":")
    if kind == NO_ANSWER:
        return "、".join(SIDES[Side(side)] for side in sides.split("+"))
    return _REASONS.get(code, code)


def slots_of(event: str) -> frozenset[str]:
    """Return the names of the slots in the words of an event."""
    parts = Formatter().parse(EVENTS[event])
    return frozenset(name for _, name, _, _ in parts if name)
