"""What `peipao round run` and `freeze` take beside the kind, from text to terms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.errors import InvalidInputError

if TYPE_CHECKING:
    from serving.usecases.round_terms import Quota, RoundTerms

_QUOTA = re.compile(
    r"^(?P<id>[A-Za-z0-9_-]{1,64}):(?P<side>need|provider):(?P<attribute>[a-z][a-z0-9_.]*)="
    r"(?P<values>[^:]+):(?P<least>\d{1,7})?\.\.(?P<most>\d{1,7})?$"
)
TOTAL = "total"
_RIGHT = "编号:need|provider:属性=取值|取值:下限..上限,如 ls:need:project.district=laoshan:2..10"

Pins = Annotated[list[str] | None, typer.Option("--pin", help="指定配对 需求=资源方,可多次")]
Vetoes = Annotated[list[str] | None, typer.Option("--veto", help="本轮否决 需求=资源方,可多次")]
Quotas = Annotated[list[str] | None, typer.Option("--quota", help=f"配额 {_RIGHT};可多次")]
Previous = Annotated[str | None, typer.Option(help="尽量保持不变的另一轮,给出编号")]
MaxChanges = Annotated[int | None, typer.Option(min=0, help="至多变更几处(配合 --previous)")]
ChangeCost = Annotated[float, typer.Option(min=0.0, help="每处变更的代价,匹配度单位")]
Scores = Annotated[
    Path | None, typer.Option(help="评分表 CSV:需求编号,资源方编号,评分(0 至 1);代替模型匹配度")
]

Objective = Annotated[
    str,
    typer.Option(help="目标:total 总匹配度最高;rawls、leximin 先照顾最差的;stable 稳定配对"),
]


def terms_of(
    pins: list[str] | None,
    vetoes: list[str] | None,
    quotas: list[str] | None,
    previous: str | None,
    max_changes: int | None,
    change_cost: float,
    scores: Path | None,
    objective: str,
) -> RoundTerms:
    """Return the terms that the options state.

    Raises:
        InvalidInputError: names the option and what would be right.
        SheetRefusedError: lists what is wrong with the table of scores.
    """
    # The use cases cost a second to import; a help page must not wait for them.
    from serving.intake.sheets import read_scores
    from serving.usecases.round_terms import RoundTerms

    return RoundTerms(
        pins=tuple(_pair("--pin", text) for text in pins or ()),
        vetoes=tuple(_pair("--veto", text) for text in vetoes or ()),
        quotas=tuple(map(_quota, quotas or ())),
        previous=previous,
        max_changes=max_changes,
        change_cost=change_cost,
        objective=objective,
        scores=None if scores is None else read_scores(scores),
    )


def _pair(option: str, text: str) -> tuple[str, str]:
    need, found, provider = text.partition("=")
    if not (need and found and provider):
        raise InvalidInputError(option, f"{text[:80]!r} 不是配对", "需求编号=资源方编号")
    return need, provider


def _quota(text: str) -> Quota:
    from serving.usecases.round_terms import Quota

    found = _QUOTA.fullmatch(text)
    if found is None:
        raise InvalidInputError("--quota", f"{text[:80]!r} 不合格式", _RIGHT)
    return Quota(
        id=found["id"],
        side=found["side"],
        attribute=found["attribute"],
        values=tuple(found["values"].split("|")),
        least=int(found["least"] or 0),
        most=None if found["most"] is None else int(found["most"]),
    )
