"""How a function of the kernel is compiled, and kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Return the function compiled by numba on its first call, without the interpreter's lock.

    The machine code is kept beside the source or in the user's cache folder; where neither can be
    written, numba refuses at decoration, and the function is compiled anew in every process.
    """
    try:
        return cast("_Function", njit(nogil=True, error_model="numpy", cache=True)(function))
    except RuntimeError:
        return cast("_Function", njit(nogil=True, error_model="numpy")(function))


def inlined(function: _Function) -> _Function:
    """Return the function woven into its callers: passing the arrays costs more than its work."""
    return cast("_Function", njit(inline="always", error_model="numpy")(function))
