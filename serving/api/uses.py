"""What a route is given: the wired use cases of its app."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from serving.wiring import Peipao


def peipao_of(request: Request) -> Peipao:
    """Return the wired service of the app that answers."""
    found = request.app.state.peipao
    if not isinstance(found, Peipao):
        raise TypeError("the app was not made by create_app")
    return found


Uses = Annotated[Peipao, Depends(peipao_of)]
