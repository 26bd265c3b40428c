"""One guarded HTTP call: resolved once, no redirects, an end in time, an answer of bounded size."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from typing_extensions import override

from peipao.errors import UndeliverableError
from serving.channels.addresses import Network, Target, chosen_address

TIMEOUT_S = 5.0
LONGEST_ANSWER = 65_536
_AGAIN = frozenset({408, 425, 429})

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port -> its addresses as text."""


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host; empty if it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(one[4][0]).partition("%")[0] for one in found]


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    networks: Sequence[Network] = (),
    *,
    resolve: Resolve = resolved,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Send a body and return once it was taken with a status of 2xx.

    Raises:
        UndeliverableError: it was not; the answer's words are neither read on nor repeated.
    """
    address = chosen_address(resolve(target.host, target.port), networks)
    connection = _Connection(target, address, timeout_s)
    try:
        with _ended_in_time(connection, timeout_s):
            connection.request("POST", target.path, body, dict(headers))
            with connection.getresponse() as answer:
                status = answer.status
                answer.read(LONGEST_ANSWER)
    except TimeoutError as error:
        raise UndeliverableError("timeout", final=False) from error
    except ssl.SSLError as error:
        raise UndeliverableError("tls", final=False) from error
    except (OSError, http.client.HTTPException) as error:
        raise UndeliverableError("no-connection", final=False) from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise UndeliverableError(f"status-{status}", final=status < 500 and status not in _AGAIN)


class _Connection(http.client.HTTPConnection):
    """Connects to an address that was checked, and is served under the name that was asked for."""

    def __init__(self, target: Target, address: str, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._address, self._secure = address, target.secure

    @override
    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)
        self.sock = raw


@contextmanager
def _ended_in_time(connection: http.client.HTTPConnection, timeout_s: float) -> Iterator[None]:
    # The time-out of a socket begins anew with every byte; this one ends the whole call.
    over = threading.Event()

    def end() -> None:
        over.set()
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(timeout_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise TimeoutError
