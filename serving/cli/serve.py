"""`peipao serve` and `peipao openapi`."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from peipao.config import load_settings
from peipao.errors import SettingsError
from serving.api.app import create_app
from serving.api.auth import ensure_safe_bind
from serving.api.reference_pages import reference_pages
from serving.cli.screen import say
from serving.cli.session import opened
from serving.wiring import Peipao, wire


def serve(
    host: Annotated[str | None, typer.Option(help="监听地址;离开本机须先建立密钥")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="监听端口")] = None,
) -> None:
    """启动 HTTP 服务。"""
    with opened() as peipao:
        listen(peipao, host, port)


def listen(peipao: Peipao, host: str | None = None, port: int | None = None) -> None:
    """Serve until stopped.

    Args:
        peipao: the wired service.
        host: None is the setting.
        port: None is the setting.

    Raises:
        UnsafeBindError: beyond loopback without any key.
        SettingsError: the port is taken.
    """
    api = peipao.settings.api
    host, port = host or api.host, api.port if port is None else port
    ensure_safe_bind(host, has_keys=peipao.keys.any_valid())
    bound = _bound(host, port)
    port = int(bound.getsockname()[1])
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(f"服务地址 {address}(Ctrl-C 停止)")
    say(f"试一试:curl '{address}/v1/projects/{_a_project(peipao)}/matches?kind=mentor&limit=3'")
    config = uvicorn.Config(create_app(peipao), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[bound])


def openapi(
    out: Annotated[Path, typer.Argument(help="写入的文件,如 docs/reference/openapi.json")],
) -> None:
    """写出接口的 OpenAPI 说明与错误代码表。"""
    peipao = wire(load_settings())
    try:
        pages = reference_pages(create_app(peipao))
        out.write_text(pages["openapi.json"], encoding="utf-8")
        out.with_name("errors.md").write_text(pages["errors.md"], encoding="utf-8")
    finally:
        peipao.close()
    say(f"已写入 {out} 与 {out.with_name('errors.md')}")


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        raise SettingsError(
            f"不能在 {host}:{port} 上监听({error.strerror});请换一个端口,如 --port {port + 1}"
        ) from None
    return bound


def _a_project(peipao: Peipao) -> str:
    with peipao.store.reading() as tx:
        projects = tx.projects.list(stage="startup") or tx.projects.list()
    return projects[0].id if projects else "项目编号"
