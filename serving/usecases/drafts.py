"""What people hand in, before it is checked against the kind files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
