"""What people hand in, before it is checked against the kind files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from peipao.domain.requests import RequestChannel

Raw = Mapping[str, Any]
"""Attribute name -> JSON value, as stated."""


@dataclass(frozen=True, slots=True)
class NeedDraft:
    """A need as stated.

    Attributes:
        attributes: name -> JSON value, or {"value": …, "stance": …}.
        id: None gives a new one.
        wanted: None is the default of the kind.
        owner: id of the officer who looks after it.
    """

    kind: str
    attributes: Raw = field(default_factory=dict)
    id: str | None = None
    wanted: int | None = None
    priority: int = 0
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """A project as stated.

    Attributes:
        open_stage_needs: also open a need of every kind that its stage is due.
    """

    name: str
    stage: str
    attributes: Raw = field(default_factory=dict)
    id: str | None = None
    external_ids: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[NeedDraft, ...] = ()
    open_stage_needs: bool = False


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """A provider as stated.

    Attributes:
        capacity: None is the default of the kind.
    """

    kind: str
    name: str
    attributes: Raw = field(default_factory=dict)
    id: str | None = None
    capacity: int | None = None
    districts_served: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    paused: bool = False
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """A request as stated.

    Attributes:
        channel: where it came in.
        needs: at most one of a kind; none is a need of whoever accompanies the project.
        words: what was said, at most 2,000 characters.
        source_id: its id where it came in; sent again, the first request is returned.
        said_at: when it was said; None is now.
    """

    project_id: str
    channel: RequestChannel
    needs: tuple[NeedDraft, ...] = ()
    words: str = ""
    id: str | None = None
    source_id: str | None = None
    said_at: dt.datetime | None = None
