"""Reviewed JSON files: compared as they are, rewritten only on demand (`make golden`)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
REWRITE = "PEIPAO_REWRITE_GOLDEN"
_WIDTH = 180


def reviewed(name: str, made: dict[str, Any]) -> dict[str, Any]:
    """Return the reviewed content of a file; on demand write what was made first."""
    path = FOLDER / f"{name}.json"
    if os.environ.get(REWRITE):  # noqa: TID251  a switch of the test run, no setting
        path.write_text(f"{readable(made)}\n", encoding="utf-8")
    if not path.is_file():
        pytest.fail(f"{path.name} is missing: run `make golden` and read it")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def readable(value: Any, depth: int = 0) -> str:
    """Return JSON with one line for whatever fits on one, so that a diff shows whole matches."""
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(flat) <= _WIDTH or not isinstance(value, dict | list):
        return flat
    inside = " " * (depth + 1)
    if isinstance(value, list):
        parts, (start, end) = [readable(one, depth + 1) for one in value], "[]"
    else:
        parts = [f"{json.dumps(k)}: {readable(value[k], depth + 1)}" for k in sorted(value)]
        start, end = "{}"
    lines = f",\n{inside}".join(parts)
    return f"{start}\n{inside}{lines}\n{' ' * depth}{end}"
