"""What the two databases say when something fails, translated in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from peipao.errors import DatabaseNotReadyError, InvalidInputError, StaleWriteError

MIGRATE = "请运行 peipao db migrate"
_RETRY = {"40001", "40P01"}
_DISK_FULL = "53100"
_UNKNOWN_TABLE_OR_COLUMN = {"42P01", "42703"}


class Violation(StrEnum):
    """Which constraint a write broke."""

    UNIQUE = "unique"
    FOREIGN = "foreign"
    OTHER = "other"


_SQLSTATES = {"23505": Violation.UNIQUE, "23503": Violation.FOREIGN}
_SQLITE_WORDS = {"UNIQUE": Violation.UNIQUE, "FOREIGN": Violation.FOREIGN}


def violation(error: IntegrityError) -> Violation:
    """Return which constraint was broken."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _SQLSTATES.get(state, Violation.OTHER)
    return _SQLITE_WORDS.get(str(error.orig).split(" ", 1)[0], Violation.OTHER)


@contextmanager
def named_failures() -> Iterator[None]:
    """Turn a failure of the database into an error for staff.

    Raises:
        DatabaseNotReadyError: unreachable, locked, full, not migrated or of another version.
        StaleWriteError: another transaction came first; reading again and retrying helps.
        InvalidInputError: a value the database cannot store.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseNotReadyError("数据库连接已用尽,请稍后再试") from error
    except IntegrityError as error:
        raise InvalidInputError("数据库", "数据违反数据库约束") from error
    except DBAPIError as error:
        raise _translated(_first(error)) from error
    except PendingRollbackError as error:
        raise DatabaseNotReadyError("数据库连接在操作中途断开,本次操作未生效") from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise _unstorable() from error


def _unstorable() -> InvalidInputError:
    return InvalidInputError("数据库", "有数据库无法存储的取值", "范围内的数、不含 NUL 的合法文本")


def _first(error: DBAPIError) -> DBAPIError:
    # A full disk makes SQLite undo the whole transaction, so that undoing a savepoint fails next.
    before = error.__context__
    while before is not None and not isinstance(before, DBAPIError):
        before = before.__context__
    return error if before is None else _first(before)


def _translated(error: DBAPIError) -> Exception:
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig)
    if state in _RETRY:
        return StaleWriteError("记录", "并发写入")
    if state in _UNKNOWN_TABLE_OR_COLUMN or "no such table" in text or "no such column" in text:
        return DatabaseNotReadyError(f"数据库尚未建表或版本不符;{MIGRATE}")
    if isinstance(error, DataError):
        return _unstorable()
    if "locked" in text or "busy" in text:
        return DatabaseNotReadyError("数据库正被其他进程写入,请稍后再试")
    if state == _DISK_FULL or "full" in text:
        return DatabaseNotReadyError("数据库所在磁盘已满,释放空间后可继续")
    return DatabaseNotReadyError("数据库无法连接或无法读写,请检查 store.url 与数据库服务")
