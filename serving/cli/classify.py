"""`peipao classify`: which industries and lines of business a text is about."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.screen import say, table


def classify(text: Annotated[str, typer.Argument(help="一段文字,如项目简介")]) -> None:
    """按文字建议所属产业与赛道及其可能性;说不准时不作建议,也不会填入任何项目。"""
    from peipao.config import load_settings
    from peipao.reference.loader import load_reference
    from serving.usecases.classify_text import ClassifyText

    found = ClassifyText(load_reference(load_settings().reference_dir))(text)
    if found.abstained:
        say("文字没有说明所属产业,不作建议")
        return
    table(
        "建议的产业(请核对)",
        ("产业", "名称", "可能性", "赛道", "依据的词"),
        (
            (
                one.industry,
                one.label,
                f"{one.confidence:.0%}",
                "、".join(f"{track.name} {track.confidence:.0%}" for track in one.tracks) or None,
                "、".join(one.words) or None,
            )
            for one in found.industries
        ),
    )
