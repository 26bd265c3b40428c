"""What every command needs: the wired service, opened from the settings and closed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.domain.ids import checked_id
from peipao.errors import InvalidInputError

if TYPE_CHECKING:
    from serving.wiring import Peipao

MAX_SEED = 2**31 - 1
MAX_ROWS = 10_000
"""More lines than anybody reads; larger numbers are slips of the keyboard."""

_LONGEST_WHY = 500


def _reason(why: str) -> str:
    if len(why) > _LONGEST_WHY or not why.isprintable():
        raise InvalidInputError("--why", "原因不合适", f"至多 {_LONGEST_WHY} 个字符的一行文本")
    return why


def _given_reason(why: str) -> str:
    if not why.strip():
        raise InvalidInputError("--why", "没有写明原因", f"1 至 {_LONGEST_WHY} 个字符的一行文本")
    return _reason(why)


def _account(by: str) -> str:
    # The ledger is for ever: no name of a person may get into it by way of an option.
    return checked_id(by, "--by")


By = Annotated[
    str, typer.Option("--by", callback=_account, help="操作账号(编号,不是姓名);写入台账")
]
Why = Annotated[
    str, typer.Option("--why", callback=_reason, help=f"原因,至多 {_LONGEST_WHY} 字;写入台账")
]
GivenWhy = Annotated[
    str,
    typer.Option("--why", callback=_given_reason, help=f"原因,至多 {_LONGEST_WHY} 字;写入台账"),
]
"""A reason that must be there."""
Rows = Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="各表显示多少行")]
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
    # The service costs seconds to import; a help page or a usage error must not wait for it.
    from peipao.config import load_settings
    from serving.wiring import wire

    peipao = wire(load_settings())
    try:
        if migrated:
            peipao.store.check_ready()
        yield peipao
    finally:
        peipao.close()
