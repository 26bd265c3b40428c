"""`peipao serve` and `peipao openapi`."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.errors import SettingsError
from serving.cli.files import reason, write_whole
from serving.cli.screen import say
from serving.cli.session import opened

if TYPE_CHECKING:
    from serving.wiring import Peipao

_LAST_PORT = 65_535
Host = Annotated[str | None, typer.Option(help="监听地址;离开本机须先建立密钥")]
Port = Annotated[int | None, typer.Option(min=0, max=_LAST_PORT, help="监听端口;0 为任意空闲端口")]


def serve(host: Host = None, port: Port = None) -> None:
    """启动 HTTP 服务。"""
    with opened() as peipao:
        host, port = address_of(peipao, host, port)
        refuse_unsafe(peipao, host)
        with bound(host, port) as listener:
            listen(peipao, listener)


def address_of(peipao: Peipao, host: str | None, port: int | None) -> tuple[str, int]:
    """Return where to listen: what was asked for, else the settings."""
    api = peipao.settings.api
    return host or api.host, api.port if port is None else port


def refuse_unsafe(peipao: Peipao, host: str) -> None:
    """Refuse to serve beyond this machine without keys.

    Raises:
        UnsafeBindError: `host` is not loopback and no key is valid.
    """
    from serving.api.auth import ensure_safe_bind

    ensure_safe_bind(host, has_keys=peipao.keys.any_valid())


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address, not yet listening.

    Raises:
        SettingsError: the port is taken, or the address is none of this machine.
    """
    listener: socket.socket | None = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:
        if listener is not None:
            listener.close()
        why = "地址无法解析" if listener is None else reason(_as_os_error(error))
        other = port + 1 if 0 < port < _LAST_PORT else 8000
        raise SettingsError(
            f"不能在 {host}:{port} 上监听({why});请换一个,如 --host 127.0.0.1 --port {other}"
        ) from None
    return listener


def listen(peipao: Peipao, listener: socket.socket) -> None:
    """Serve on a bound socket until stopped."""
    import uvicorn

    from serving.api.app import create_app
    from serving.jobs.schedule import ticking

    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    config = uvicorn.Config(create_app(peipao), log_level="warning", access_log=False)
    # From here on a caller waits for the service instead of being turned away.
    listener.listen(config.backlog)
    say(f"服务地址 {address}(Ctrl-C 停止)")
    say(f"试一试:curl '{address}/v1/projects/{_a_project(peipao)}/matches?kind=mentor&limit=3'")
    # Once it has shut down, the server raises again what stopped it; here that is the normal end.
    with ticking(peipao), contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    say("服务已停止")


def openapi(
    out: Annotated[Path, typer.Argument(help="写入的文件,如 docs/reference/openapi.json")],
) -> None:
    """写出接口的 OpenAPI 说明;同一文件夹中已有的错误代码表 errors.md 一并重写。"""
    from serving.api.app import create_app
    from serving.api.reference_pages import reference_pages

    with opened(migrated=False) as peipao:
        pages = reference_pages(create_app(peipao))
    write_whole(out, pages["openapi.json"])
    beside = out.with_name("errors.md")
    if beside.is_file():
        write_whole(beside, pages["errors.md"])
    say(f"已写入 {out}")


def _as_os_error(error: OSError | UnicodeError) -> OSError:
    return error if isinstance(error, OSError) else OSError(str(error))


def _a_project(peipao: Peipao) -> str:
    with peipao.store.reading() as tx:
        waiting = tx.needs.open_of_kind("mentor") or tx.needs.list()
    return waiting[0].project_id if waiting else "项目编号"
