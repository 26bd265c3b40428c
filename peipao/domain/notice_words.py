"""What each event is called and what its notice says, in Chinese: the only catalogue of it.

A slot is filled from the notice's parameters; `subject` is the id of what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "need.opened": "需求 {subject}({kind})已登记,请于 {due} 前受理。",
        "need.acknowledged": "需求 {subject} 已受理,经办专员 {owner}。",
    }
)
"""Event code -> words."""


def slots_of(event: str) -> frozenset[str]:
    """Return the names of the slots in the words of an event."""
    parts = Formatter().parse(EVENTS[event])
    return frozenset(name for _, name, _, _ in parts if name)
