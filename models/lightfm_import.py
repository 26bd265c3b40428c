"""The only door to LightFM.

The wheel for CPython 3.11 (1.18.7) was built against an old C library: its extension asks for
`__log_finite` and `__exp_finite`, which glibc 2.31 took out of reach of programs, so the import
fails on every current Debian. Both are the ordinary `log` and `exp` for finite arguments, and
nothing else in the file is wrong. On such a system the two names are changed in a private copy of
that one file, recognised by its SHA-256, and the copy is loaded in its place. Any other file is
loaded as it is. The decision and its alternatives: docs/adr/0008-lightfm-on-python-3.11.md.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.machinery
import importlib.util
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

_EXTENSION = "lightfm._lightfm_fast_openmp"
_BROKEN_SHA256 = "544c2ba7e6403208a785f735d212bca50ef0cb02de50555930d5bca0e2212553"
_RENAMED = {b"\0__log_finite\0": b"\0log\0", b"\0__exp_finite\0": b"\0exp\0"}


def import_lightfm() -> Any:  # noqa: ANN401  LightFM is untyped
    """Return the class `lightfm.LightFM`, importable on every supported Python.

    Raises:
        ImportError: LightFM is not installed.
    """
    _mend_extension()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lightfm import LightFM
    return LightFM


def _mend_extension() -> None:
    if _EXTENSION in sys.modules:
        return
    found = importlib.util.find_spec("lightfm")
    if found is None or found.origin is None:
        raise ImportError("lightfm-next is not installed")
    folder = Path(found.origin).parent
    for path in folder.glob("_lightfm_fast_openmp.*.so"):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == _BROKEN_SHA256:
            _load_copy(renamed_symbols(content), folder)


def renamed_symbols(content: bytes) -> bytes:
    """Return the file with the two retired names replaced, padded to the same length.

    Undefined names are in no hash table of an ELF file, so nothing else has to change. A name
    stands in the dynamic and in the debug strings; only the first is read by the loader.

    Raises:
        ImportError: a name is not there.
    """
    for old, new in _RENAMED.items():
        if old not in content:
            raise ImportError("the LightFM extension is not the one this repair was written for")
        content = content.replace(old, new.ljust(len(old), b"\0"))
    return content


def _load_copy(content: bytes, folder: Path) -> None:
    # The copy lies elsewhere, so the OpenMP library beside the wheel is loaded ahead of it.
    for library in (folder.parent / "lightfm_next.libs").glob("libgomp*"):
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "_lightfm_fast_openmp.so"
        copy.write_bytes(content)
        loader = importlib.machinery.ExtensionFileLoader(_EXTENSION, str(copy))
        spec = importlib.util.spec_from_loader(_EXTENSION, loader)
        if spec is None:
            raise ImportError(_EXTENSION)
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    sys.modules[_EXTENSION] = module
