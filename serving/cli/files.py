"""Writing a result to a file, and saying in Chinese why a file or address cannot be used."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

_WHY = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "所在磁盘为只读",
    errno.ENOENT: "不存在",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "是文件夹,不是文件",
    errno.EEXIST: "已存在",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.ENAMETOOLONG: "名称过长",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


def reason(error: OSError) -> str:
    """Return why the operating system refused, in Chinese where we have words for it."""
    return _WHY.get(error.errno or 0, error.strerror or type(error).__name__)


def known(error: OSError) -> bool:
    """Tell whether we have words for an error."""
    return error.errno in _WHY


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; what was there stays if it fails."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    draft = path.with_name(f"{path.name}.part")
    try:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None
