"""诉求: what a founder or an officer says, and what is said about it afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RequestChannel(StrEnum):
    """诉求渠道: where a request came in."""

    PORTAL = "portal"
    HOTLINE = "hotline"
    SPACE = "space"
    OFFICER = "officer"
    IMPORT = "import"


CHANNEL_LABELS: Mapping[RequestChannel, str] = {
    RequestChannel.PORTAL: "青创通",
    RequestChannel.HOTLINE: "热线",
    RequestChannel.SPACE: "陪跑空间",
    RequestChannel.OFFICER: "服务专员",
    RequestChannel.IMPORT: "导入",
}


CLOSE_REASONS: Mapping[str, str] = {
    "duplicate": "与另一需求重复",
    "not_eligible": "不属于服务范围",
    "unreachable": "多次联系不上",
    "project_ended": "项目已终止",
    "other": "其他",
}
"""Why staff close a need that was not served; code -> words."""


@dataclass(frozen=True, slots=True)
class Request:
    """诉求: one thing said at one time; it opens one need a kind.

    Attributes:
        channel: where it came in.
        source_id: its id there; the same id of the same channel is the same request.
        words: what was said; for staff and the project's own people, never for logs or rankings.
        opened_at: when it was said; aware, UTC.
    """

    id: str
    project_id: str
    channel: RequestChannel
    opened_at: dt.datetime
    source_id: str | None = None
    words: str = field(default="", repr=False)


class Side(StrEnum):
    """Who speaks about a need."""

    FOUNDER = "founder"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Comment:
    """留言: what one side says about a need.

    Attributes:
        side: who said it; `by` the account.
        words: what was said; kept out of logs and rankings.
    """

    id: str
    need_id: str
    side: Side
    by: str
    at: dt.datetime
    words: str = field(repr=False)
