"""Rankers, solvers and encoders are found by name among the installed entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from peipao.errors import InvalidInputError


def plugin_names(group: str) -> tuple[str, ...]:
    """Return the sorted names registered in an entry point group, such as `peipao.solvers`."""
    return tuple(sorted({point.name for point in _points(group)}))


def load_plugin(group: str, name: str) -> Any:  # noqa: ANN401  the caller knows the protocol
    """Return the object registered as `name` in `group`.

    Raises:
        InvalidInputError: nothing of that name is registered.
    """
    for point in _points(group):
        if point.name == name:
            return point.load()
    raise InvalidInputError(group, f"没有插件 {name!r}", "、".join(plugin_names(group)))


@cache
def _points(group: str) -> tuple[EntryPoint, ...]:
    # Finding them reads the metadata of every installed package, and a catalogue asks nine times.
    return tuple(entry_points(group=group))
