"""`peipao kinds …`: what can be matched, and how it is declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.help import command, group
from serving.cli.screen import say, table

if TYPE_CHECKING:
    from peipao.kinds.catalogue import Catalogue
    from peipao.reference.loader import Reference

app = group("查看和检查匹配类别(一个类别一个 TOML 文件)。", "peipao kinds show mentor", "kinds")
_SIDES = {"project": "项目", "need": "需求", "provider": "资源方"}


@command(app, "peipao kinds list", "list")
def list_kinds() -> None:
    """列出全部类别、所属陪跑团和默认名额。"""
    reference, catalogue = _read()
    table(
        "匹配类别",
        ("类别", "名称", "陪跑团", "默认名额", "入库时自动提出需求的阶段"),
        (
            (
                spec.name,
                spec.label,
                reference.label("teams", spec.team),
                spec.pairing.capacity,
                "、".join(reference.label("stages", stage) for stage in spec.stages) or None,
            )
            for spec in catalogue.values()
        ),
    )


@command(app, "peipao kinds show mentor")
def show(kind: Annotated[str, typer.Argument(help="类别,如 mentor")]) -> None:
    """列出一个类别的全部特征:名称、类型、单位、来源,用于哪些比较和规则。"""
    from peipao.kinds.describing import describe_kind

    reference, catalogue = _read()
    spec = catalogue[kind]
    table(
        f"{spec.label} ({spec.name})",
        ("方", "特征", "名称", "类型", "单位", "来源", "用于"),
        (
            (
                _SIDES.get(row.side, row.side),
                row.name,
                row.label,
                row.type,
                row.unit,
                row.source,
                "、".join(row.used_in) or None,
            )
            for row in describe_kind(spec, catalogue.project, reference)
        ),
    )
    table("准入规则", ("规则", "不符合时的说明"), ((r.test, r.reason) for r in spec.rules))


@command(app, "peipao kinds check .")
def check(
    folder: Annotated[
        Path, typer.Argument(help="含 *.toml 的文件夹", exists=True, file_okay=False)
    ],
) -> None:
    """检查一个文件夹中的类别文件;有误时指出文件与键。"""
    _, catalogue = _read(folder)
    say(f"可以使用,共 {len(catalogue)} 个类别:{'、'.join(catalogue)}")


def _read(folder: Path | None = None) -> tuple[Reference, Catalogue]:
    from peipao.config import load_settings
    from peipao.kinds.catalogue import load_catalogue
    from peipao.reference.loader import load_reference

    settings = load_settings()
    reference = load_reference(settings.reference_dir)
    return reference, load_catalogue(reference, folder or settings.kinds_dir)
