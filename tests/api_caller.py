"""Calls an app in this process over ASGI, as a client on some address would."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI


@dataclass(frozen=True)
class Caller:
    """Calls an app in this process, one request after the other.

    Attributes:
        address: where the call comes from.
        key: an API key, or None.
        host: the name under which the service is called.
    """

    app: FastAPI
    address: str = "127.0.0.1"
    key: str | None = None
    host: str = "127.0.0.1"

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Send a GET request."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """Send a POST request."""
        return self.request("POST", path, **more)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request and return the whole answer."""
        return asyncio.run(self._sent(method, path, more))

    async def _sent(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(
            self.app, client=(self.address, 50_000), raise_app_exceptions=False
        )
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        async with httpx.AsyncClient(
            transport=transport, base_url=f"http://{self.host}", headers=headers
        ) as client:
            return await client.request(method, path, **more)
