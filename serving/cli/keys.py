"""`peipao keys …`: API keys."""

from __future__ import annotations

from typing import Annotated

import typer

from peipao.domain.working_days import minute_of
from peipao.errors import InvalidInputError
from serving.cli.help import command, group
from serving.cli.screen import say, table
from serving.cli.session import DEFAULT_BY, By, opened

app = group("建立、列出和停用接口密钥。", "peipao keys create --label 青创通 --scope rank", "keys")
_LONGEST_ID = 40


@command(app, "peipao keys create --label 青创通 --scope rank --scope read")
def create(
    label: Annotated[str, typer.Option(help="给谁用,如 青创通")],
    scope: Annotated[list[str], typer.Option(help="权限,可多次给出,如 rank、read、publish")],
    days: Annotated[int, typer.Option(help="有效天数,1 至 365")] = 90,
    by: By = DEFAULT_BY,
) -> None:
    """建立一把密钥;全文只显示这一次。"""
    with opened() as peipao:
        made = peipao.keys(label, scope, days=days, by=by)
        say(f"密钥(只显示这一次):{made.text}")
        say(f"编号 {made.key.id},权限 {'、'.join(made.key.scopes)},{days} 天后失效")


@command(app, "peipao keys list", "list")
def list_keys() -> None:
    """列出全部密钥;只有编号,没有密钥本身。"""
    with opened() as peipao:
        table(
            "接口密钥",
            ("编号", "用途", "权限", "失效时间", "已停用"),
            (
                (
                    key.id,
                    key.label,
                    "、".join(key.scopes),
                    "不过期" if key.expires_at is None else minute_of(key.expires_at),
                    "是" if key.revoked_at else "否",
                )
                for key in peipao.keys.list()
            ),
        )


@command(app, "peipao keys revoke abcd2345")
def revoke(
    key: Annotated[str, typer.Argument(help="密钥编号(不是全文)")], by: By = DEFAULT_BY
) -> None:
    """立即停用一把密钥。"""
    if len(key) > _LONGEST_ID:
        # A whole key must not end up in an error line, which people copy into messages.
        raise InvalidInputError("key", "不是密钥编号", "8 位编号,见 peipao keys list")
    with opened() as peipao:
        say(f"已停用 {peipao.keys.revoke(key, by=by).id}")
