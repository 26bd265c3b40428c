"""`peipao db …`: create, upgrade and inspect the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.help import command, group
from serving.cli.screen import say
from serving.cli.session import opened

if TYPE_CHECKING:
    from serving.usecases.back_up import BackedUp

File = Annotated[Path, typer.Argument(metavar="FILE", help="备份文件(zip)")]

app = group("建立、升级、查看、备份和恢复数据库。", "peipao db migrate", "db")


@command(app, "peipao db migrate")
def migrate() -> None:
    """把数据库升级到当前程序所需的版本;可重复运行。"""
    with opened(migrated=False) as peipao:
        peipao.store.migrate()
        say(f"数据库已就绪:{peipao.store.database_version()}")


@command(app, "peipao db status")
def status() -> None:
    """检查数据库能否连接、版本是否匹配,并给出各类记录的数量。"""
    with opened() as peipao:
        say(peipao.store.database_version())
        with peipao.store.reading() as tx:
            counts = {
                "项目": tx.projects.count(),
                "需求": tx.needs.count(),
                "资源方": tx.providers.count(),
                "台账": int(tx.data_version()),
            }
        say("、".join(f"{name} {count}" for name, count in counts.items()))


@command(app, "peipao db backup peipao-20261129.zip")
def backup(file: File) -> None:
    """把全部记录、模型包和轮次的冻结输入写成一个文件;服务不必停止。

    取自同一时刻的快照,SQLite 与 PostgreSQL 通用。敏感信息保持加密,密钥(facts.key、signing.key)
    不在其中,请与备份分开保管。
    """
    with opened() as peipao:
        _tell("已备份", peipao.back_up(file))


@command(app, "peipao db drill peipao-20261129.zip")
def drill(file: File) -> None:
    """恢复演练:在临时目录中恢复备份,逐行核对哈希、校验台账链,然后删除。"""
    with opened(migrated=False) as peipao:
        _tell("演练通过", peipao.drill_restore(file))


@command(app, "peipao db restore peipao-20261129.zip")
def restore(file: File) -> None:
    """把备份恢复到空的数据库和数据目录;要么全部恢复,要么什么也不改变。

    恢复前把原来的 facts.key 与 signing.key 放回数据目录,否则敏感信息打不开、模型包不被信任。
    """
    with opened(migrated=False) as peipao:
        _tell("已恢复", peipao.restore(file))


def _tell(verb: str, found: BackedUp) -> None:
    say(f"{verb}:{found.rows} 行、{found.files} 个文件,状态截至台账第 {found.sequence} 条")
    say(f"内容哈希 {found.content}")
    say(f"台账末条 {found.head}")
