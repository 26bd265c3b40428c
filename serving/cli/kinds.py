"""`peipao kinds …`: what can be matched, and how it is declared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peipao.config import load_settings
from peipao.kinds.catalogue import load_catalogue
from peipao.kinds.describing import describe_kind
from peipao.reference.loader import load_reference
from serving.cli.screen import say, table

app = typer.Typer(help="查看和检查匹配类别(一个类别一个 TOML 文件)。", no_args_is_help=True)


@app.command("list")
def list_kinds() -> None:
    """列出全部类别、所属陪跑团和默认名额。"""
    settings = load_settings()
    reference = load_reference(settings.reference_dir)
    catalogue = load_catalogue(reference, settings.kinds_dir)
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


@app.command()
def show(kind: Annotated[str, typer.Argument(help="类别,如 mentor")]) -> None:
    """列出一个类别的全部特征:名称、类型、单位、来源,用于哪些比较和规则。"""
    settings = load_settings()
    reference = load_reference(settings.reference_dir)
    catalogue = load_catalogue(reference, settings.kinds_dir)
    spec = catalogue[kind]
    sides = {"project": "项目", "need": "需求", "provider": "资源方"}
    table(
        f"{spec.label} ({spec.name})",
        ("方", "特征", "名称", "类型", "单位", "来源", "用于"),
        (
            (
                sides.get(row.side, row.side),
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


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="含 *.toml 的文件夹", exists=True, file_okay=False)
    ],
) -> None:
    """检查一个文件夹中的类别文件;有误时指出文件与键。"""
    catalogue = load_catalogue(load_reference(load_settings().reference_dir), folder)
    say(f"可以使用,共 {len(catalogue)} 个类别:{'、'.join(catalogue)}")
