"""What every command needs: the wired service, opened from the settings and closed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from peipao.config import load_settings
from serving.wiring import Peipao, wire

By = Annotated[
    str, typer.Option("--by", help="操作账号(编号,不是姓名);写入台账", show_default=True)
]
Why = Annotated[str, typer.Option("--why", help="原因;写入台账")]
DEFAULT_BY = "local-staff"


@contextmanager
def opened(*, migrated: bool = True) -> Iterator[Peipao]:
    """Wire the service from the settings of the working folder.

    Args:
        migrated: refuse to go on unless the database is of the revision this code needs.

    Raises:
        SettingsError: a setting cannot be used.
        DatabaseNotReadyError: `migrated` and the database is not.
    """
    peipao = wire(load_settings())
    try:
        if migrated:
            peipao.store.check_ready()
        yield peipao
    finally:
        peipao.close()
