"""How districts and founder groups fared, as a table on the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from serving.cli.screen import say, table

if TYPE_CHECKING:
    from models.disparity import Cell

_SIDES = {"project": "项目", "provider": "资源方"}


def show_disparity(found: Sequence[Cell]) -> None:
    """Print the figures of every group; nothing where there are none."""
    if not found:
        return
    table(
        "分组差异(不足 5 个的组已合并或略去;括号内为与同侧平均之比)",
        ("侧", "分组", "组", "个数", "曝光", "匹配度", "对接率"),
        (
            (
                _SIDES[cell.side],
                cell.grouping,
                cell.group,
                str(cell.n),
                *(_figure(cell, name) for name in cell.values),
            )
            for cell in found
        ),
    )
    say("曝光:项目为可选资源方占全部的比例;资源方为在各需求前十名中所占的份额,1 为均等")


def _figure(cell: Cell, name: str) -> str:
    value, ratio = cell.values[name], cell.ratios[name]
    return "-" if math.isnan(value) else f"{value:.3f}({ratio:.2f})"
