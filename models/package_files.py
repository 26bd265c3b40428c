"""Files of a model package: written whole or not at all, read only if nothing was touched.

Order of reading: size cap, signature, SHA-256 of each file, array headers against the manifest,
and only then the arrays. Nothing is unpickled, nothing is decompressed, and what was hashed is
what is parsed: each file is read once.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from peipao.canonical import canonical_json
from peipao.errors import ModelPackageError

SCHEMA_VERSION = 3
MAX_BYTES = 1 << 30
"""Most bytes of a package; 15,000 providers whose needs have texts take 0.66 GB of it."""

ARRAYS, FEATURES, POLICY = "arrays.npz", "features.json", "policy.json"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CONTENT = (ARRAYS, FEATURES, POLICY)
FILES = (*CONTENT, MANIFEST, SIGNATURE)

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The content of a package, checked or about to be written.

    Attributes:
        arrays: name -> array of numbers or text, never objects.
        features, policy, manifest: JSON objects; the manifest without its file and array lists.
    """

    arrays: Arrays
    features: Mapping[str, Any]
    policy: Mapping[str, Any]
    manifest: Mapping[str, Any]


def write_files(content: PackageFiles, folder: Path, key: bytes | None) -> None:
    """Write a package folder in one step; it is there complete or not at all.

    Args:
        content: what to write.
        folder: must not exist; its parent must.
        key: signs the manifest with HMAC-SHA256; None writes a mere checksum.

    Raises:
        ModelPackageError: the folder exists already.
    """
    if folder.exists():
        raise ModelPackageError(folder.name, "目标文件夹已存在,模型版本不可覆盖")
    files = {
        ARRAYS: npz_bytes(content.arrays),
        FEATURES: _json_bytes(content.features),
        POLICY: _json_bytes(content.policy),
    }
    manifest = _json_bytes({**content.manifest, **listing(files, content.arrays)})
    files |= {MANIFEST: manifest, SIGNATURE: signature(manifest, key)}
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, data in files.items():
            _write_synced(scratch / name, data)
        _sync_folder(scratch)
        scratch.rename(folder)
    except OSError:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    _sync_folder(folder.parent)


def listing(files: Mapping[str, bytes], arrays: Arrays) -> dict[str, Any]:
    """Return the file and array lists of the manifest."""
    return {
        "schema": SCHEMA_VERSION,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in sorted(files.items())
        },
        "arrays": {
            name: {"dtype": array.dtype.str, "shape": list(array.shape)}
            for name, array in sorted(arrays.items())
        },
    }


def npz_bytes(arrays: Arrays) -> bytes:
    """Return an uncompressed npz whose bytes depend on the arrays alone, on no clock."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, array in sorted(arrays.items()):
            member = io.BytesIO()
            np.lib.format.write_array(
                member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False
            )
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return out.getvalue()


def signature(manifest: bytes, key: bytes | None) -> bytes:
    """Return the content of `manifest.sig`: the scheme and a hexadecimal digest."""
    if key is None:
        return f"sha256 {hashlib.sha256(manifest).hexdigest()}\n".encode()
    return f"hmac-sha256 {hmac.new(key, manifest, hashlib.sha256).hexdigest()}\n".encode()


def read_files(folder: Path, key: bytes | None, max_bytes: int = MAX_BYTES) -> PackageFiles:
    """Return the content of a package folder after checking all that the signature covers.

    Raises:
        ModelPackageError: something is missing, larger than `max_bytes`, changed, unsigned or
            not what the manifest says; the message names it.
    """
    name = folder.name
    raw = _read_capped(folder, max_bytes)
    if not hmac.compare_digest(raw[SIGNATURE], signature(raw[MANIFEST], key)):
        raise ModelPackageError(name, f"{SIGNATURE}:签名不符,清单被改动、未签名或密钥不同")
    manifest = _json_object(name, MANIFEST, raw[MANIFEST])
    _check_hashes(name, manifest, raw)
    return PackageFiles(
        arrays=_read_arrays(name, manifest, raw[ARRAYS]),
        features=_json_object(name, FEATURES, raw[FEATURES]),
        policy=_json_object(name, POLICY, raw[POLICY]),
        manifest=manifest,
    )


def _read_capped(folder: Path, max_bytes: int) -> dict[str, bytes]:
    name = folder.name
    if not folder.is_dir():
        raise ModelPackageError(name, "没有这个模型包文件夹")
    for path in sorted(folder.iterdir()):
        if path.name not in FILES:
            raise ModelPackageError(name, f"{path.name}:清单之外的文件")
    for file in FILES:
        path = folder / file
        if path.is_symlink() or not path.is_file():
            raise ModelPackageError(name, f"{file}:缺少文件,或不是普通文件")
    total = sum((folder / file).stat().st_size for file in FILES)
    if total > max_bytes:
        raise ModelPackageError(name, f"共 {total} 字节,超过 {max_bytes} 字节的上限")
    try:
        return {file: (folder / file).read_bytes() for file in FILES}
    except OSError as error:
        raise ModelPackageError(name, f"无法读取:{error.strerror}") from error


def _json_object(name: str, file: str, data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelPackageError(name, f"{file}:不是合法的 JSON") from error
    if not isinstance(found, dict):
        raise ModelPackageError(name, f"{file}:应为 JSON 对象")
    return found


def _check_hashes(name: str, manifest: Mapping[str, Any], raw: Mapping[str, bytes]) -> None:
    if manifest.get("schema") != SCHEMA_VERSION:
        raise ModelPackageError(name, f"{MANIFEST}:格式版本 {manifest.get('schema')!r} 不受支持")
    listed = manifest.get("files")
    if not isinstance(listed, dict) or set(listed) != set(CONTENT):
        raise ModelPackageError(name, f"{MANIFEST}:files 应恰好列出 {'、'.join(CONTENT)}")
    for file in CONTENT:
        if listed[file] != {
            "sha256": hashlib.sha256(raw[file]).hexdigest(),
            "bytes": len(raw[file]),
        }:
            raise ModelPackageError(name, f"{file}:内容与清单的 SHA-256 或字节数不符")


def _read_arrays(name: str, manifest: Mapping[str, Any], data: bytes) -> dict[str, np.ndarray]:
    listed = manifest.get("arrays")
    if not isinstance(listed, dict):
        raise ModelPackageError(name, f"{MANIFEST}:缺少 arrays")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sorted(archive.namelist()) != sorted(f"{a}.npy" for a in listed):
                raise ModelPackageError(name, f"{ARRAYS}:数组名称与清单不符")
            return {a: _read_array(name, a, archive, said) for a, said in listed.items()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise ModelPackageError(name, f"{ARRAYS}:无法读取数组({error})") from error


def _read_array(
    name: str, array: str, archive: zipfile.ZipFile, said: Mapping[str, Any]
) -> np.ndarray:
    """Return one array after its header, the manifest and the bytes at hand all agree."""
    member = archive.getinfo(f"{array}.npy")
    if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
        raise ModelPackageError(name, f"{ARRAYS}/{array}:不接受压缩的数组")
    with archive.open(member) as stream:
        member_bytes = stream.read()
    content = io.BytesIO(member_bytes)
    if np.lib.format.read_magic(content) != (1, 0):
        raise ModelPackageError(name, f"{ARRAYS}/{array}:数组格式版本不受支持")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(content)
    if dtype.hasobject:
        raise ModelPackageError(name, f"{ARRAYS}/{array}:不接受对象数组")
    if fortran or said != {"dtype": dtype.str, "shape": list(shape)}:
        raise ModelPackageError(name, f"{ARRAYS}/{array}:数组头的类型或形状与清单不符")
    body = memoryview(member_bytes)[content.tell() :]
    n_bytes = dtype.itemsize * int(np.prod(np.array(shape, dtype=object), initial=1))
    if len(body) != n_bytes:
        raise ModelPackageError(name, f"{ARRAYS}/{array}:数组头声明的大小与实际字节数不符")
    return np.frombuffer(body, dtype=dtype).reshape(shape).copy()


def _json_bytes(value: Mapping[str, Any]) -> bytes:
    return canonical_json(value).encode("utf-8")


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
