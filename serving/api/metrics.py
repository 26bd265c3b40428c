"""Prometheus figures, one registry an app; labels are routes and codes, never ids."""

from __future__ import annotations

import time
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one app.

    Attributes:
        requests: count by method, route template and status.
        seconds: time to the last byte by method and route template.
        model: 1 for each (kind, version) being served.
    """

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    model: Gauge

    def page(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self.registry)


def new_metrics() -> Metrics:
    """Return figures in a registry of their own, so that two apps do not share any."""
    registry = CollectorRegistry()
    by_route = ("method", "route")
    return Metrics(
        registry=registry,
        requests=Counter(
            "peipao_http_requests", "HTTP requests", (*by_route, "status"), registry=registry
        ),
        seconds=Histogram(
            "peipao_http_request_seconds",
            "Seconds to the last byte",
            by_route,
            registry=registry,
            buckets=_BUCKETS,
        ),
        model=Gauge("peipao_model", "Model being served", ("kind", "version"), registry=registry),
    )


class Measured:
    """ASGI middleware that counts and times requests by route template."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # The route is known only after routing; an unknown path must not become a label.
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if route != "none" else "any"
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)
