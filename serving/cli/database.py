"""`peipao db …`: create, upgrade and inspect the database."""

from __future__ import annotations

from serving.cli.help import command, group
from serving.cli.screen import say
from serving.cli.session import opened

app = group("建立、升级和查看数据库。", "peipao db migrate", "db")


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
