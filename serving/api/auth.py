"""Who calls: an API key with scopes, a link, or local staff while no key exists."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.params import Depends as DependsMarker
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from peipao.domain.offers import Link
from peipao.errors import (
    ForbiddenError,
    PeipaoError,
    TooManyFailuresError,
    UnauthenticatedError,
    UnsafeBindError,
)
from serving.api.pace import Pace
from serving.api.problems import problem_response
from serving.usecases.authenticate import Actor, Authenticate
from serving.usecases.keys import Scope as KeyScope
from serving.usecases.keys import key_id
from serving.usecases.link_texts import link_id

OPEN_PATHS = frozenset(
    {
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/answer",
        "/answer.js",
        "/answer.css",
        "/bids",
        "/bids.js",
    }
)
"""Paths that tell nothing about anybody and need no key."""

_STATE_KEY = "peipao_actor"
_MAX_FAILURES, _WINDOW_S, _MAX_PLACES = 10, 60.0, 10_000


class Failures:
    """Counts wrong keys by place within a sliding minute; bounded in memory."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._times: dict[str, list[float]] = {}

    def check(self, place: str) -> None:
        """Refuse a place that has failed too often.

        Raises:
            TooManyFailuresError: says how long to wait.
        """
        recent = self._recent(place)
        if len(recent) >= _MAX_FAILURES:
            wait = recent[0] + _WINDOW_S - self._monotonic()
            raise TooManyFailuresError(max(1, int(wait) + 1))

    def note(self, place: str) -> None:
        """Count one failure."""
        if len(self._times) >= _MAX_PLACES:
            self._times.clear()
        self._times[place] = [*self._recent(place), self._monotonic()]

    def _recent(self, place: str) -> list[float]:
        since = self._monotonic() - _WINDOW_S
        return [at for at in self._times.get(place, ()) if at > since]


class Authenticated:
    """ASGI middleware: every path but the open ones has an actor, or the call ends here."""

    def __init__(
        self, app: ASGIApp, authenticate: Authenticate, failures: Failures, pace: Pace
    ) -> None:
        self._app, self._authenticate = app, authenticate
        self._failures, self._pace = failures, pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its actor."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            actor = await self._actor(scope)
        except PeipaoError as error:
            await problem_response(error)(scope, receive, send)
            return
        scope[_STATE_KEY] = actor
        await self._app(scope, receive, send)

    async def _actor(self, scope: Scope) -> Actor:
        client, headers = scope.get("client"), Headers(scope=scope)
        address = client[0] if client else ""
        key = _bearer(headers.get("authorization", ""))
        # By key id too, so that one caller's wrong key does not lock out all behind a proxy.
        place = f"{address} {key_id(key or '') or link_id(key or '')}"
        # The name asked for as well: a page elsewhere may let its own name point to this machine.
        local = is_loopback(address) and is_loopback(_host(headers.get("host", "")))
        self._failures.check(place)
        try:
            actor = await run_in_threadpool(self._authenticate, key, from_loopback=local)
        except UnauthenticatedError:
            if key:
                self._failures.note(place)
            raise
        if actor.link is not None:
            self._pace.check(actor.link.id)
        return actor


def actor_of(request: Request) -> Actor:
    """Return who calls."""
    actor = request.scope[_STATE_KEY]
    if not isinstance(actor, Actor):
        raise UnauthenticatedError("缺少密钥")
    return actor


def require(actor: Actor, scope: KeyScope) -> Actor:
    """Return the actor if it has the scope.

    Raises:
        ForbiddenError: it has not.
    """
    if scope not in actor.scopes:
        raise ForbiddenError(scope.value)
    return actor


def may(scope: KeyScope) -> Callable[[Request], Actor]:
    """Return a dependency that gives the actor if it has the scope."""

    def dependency(request: Request) -> Actor:
        return require(actor_of(request), scope)

    return dependency


def held_link(request: Request) -> Link:
    """Return the link that was followed.

    Raises:
        ForbiddenError: the caller has a key, not a link.
    """
    link = actor_of(request).link
    if link is None:
        raise ForbiddenError("link")
    return link


def whole_provider(link: Link) -> str:
    """Return the provider that a link speaks for in all things, not in one match alone.

    Raises:
        ForbiddenError: the link opens one match, and nothing else.
    """
    if link.provider_id is None or link.match_id is not None:
        raise ForbiddenError("provider")
    return link.provider_id


def may_either(*scopes: KeyScope) -> Callable[[Request], Actor]:
    """Return a dependency that gives the actor if it has one of the scopes."""

    def dependency(request: Request) -> Actor:
        actor = actor_of(request)
        if actor.scopes.isdisjoint(scopes):
            raise ForbiddenError(" 或 ".join(scope.value for scope in scopes))
        return actor

    return dependency


def needs(scope: KeyScope) -> list[DependsMarker]:
    """Return the `dependencies` of a route that asks for a scope and not for who acts."""
    return [Depends(may(scope))]


Reader = Annotated[Actor, Depends(may(KeyScope.READ))]
Asker = Annotated[Actor, Depends(may(KeyScope.RANK))]
Writer = Annotated[Actor, Depends(may(KeyScope.WRITE))]
Teller = Annotated[Actor, Depends(may(KeyScope.FEEDBACK))]
Drafter = Annotated[Actor, Depends(may(KeyScope.ROUNDS_WRITE))]
Approver = Annotated[Actor, Depends(may(KeyScope.ROUNDS_APPROVE))]
Confidant = Annotated[Actor, Depends(may(KeyScope.SENSITIVE))]
Offerer = Annotated[Actor, Depends(may(KeyScope.OFFERS))]
Caller = Annotated[Actor, Depends(may(KeyScope.CALLS))]
Holder = Annotated[Link, Depends(held_link)]
PortalOrReader = Annotated[Actor, Depends(may_either(KeyScope.PORTAL, KeyScope.READ))]
PortalOrWriter = Annotated[Actor, Depends(may_either(KeyScope.PORTAL, KeyScope.WRITE))]
Publisher = Annotated[Actor, Depends(may(KeyScope.PUBLISH))]


def ensure_safe_bind(host: str, *, has_keys: bool) -> None:
    """Refuse to listen beyond loopback while no key exists.

    Raises:
        UnsafeBindError: names the address.
    """
    if not has_keys and not is_loopback(host):
        raise UnsafeBindError(host)


def is_loopback(host: str) -> bool:
    """Tell whether an address or name means this machine alone."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _host(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _bearer(header: str) -> str | None:
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None
