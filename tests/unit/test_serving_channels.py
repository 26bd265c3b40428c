"""Notices leave signed and once, and no channel can be talked into calling our own house."""

from __future__ import annotations

import datetime as dt
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from store_records import MORNING
from typing_extensions import override

from peipao.domain.notices import Delivery, DeliveryState, Notice, a_notice
from peipao.errors import InvalidInputError, SettingsError, UndeliverableError
from peipao.plugins import load_plugin
from peipao.store import Store
from serving.channels.addresses import checked_target, chosen_address
from serving.channels.calling import post
from serving.channels.ports import read_addresses
from serving.channels.webhook import Webhook, is_authentic, signature
from serving.usecases.deliver_notices import GIVE_UP, DeliverNotices

SECRET = b"0123456789abcdef0123456789abcdef"
LOOPBACK = ("127.0.0.0/8", "::1/128")
MINUTE = dt.timedelta(minutes=1)


@dataclass
class Gateway:
    """A server that answers every connection with the same bytes and keeps what it was sent."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)


@contextmanager
def answering(answer: bytes, *, pause_s: float = 0.0) -> Iterator[Gateway]:
    """Serve on a free port of this machine; a pause comes after each byte of the answer."""
    gateway, over = Gateway(), threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        @override
        def handle(self) -> None:
            gateway.received.append(_whole(self.request))
            for number in range(len(answer)):
                if over.is_set():
                    return
                self.request.sendall(answer[number : number + 1] if pause_s else answer)
                if not pause_s:
                    return
                over.wait(pause_s)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        block_on_close = False

        @override
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of callers that have gone."""

    with Server(("127.0.0.1", 0), Handler) as server:
        gateway.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield gateway
        finally:
            over.set()
            server.shutdown()
            thread.join()


def _whole(connection: socket.socket) -> bytes:
    sent = b""
    while b"\r\n\r\n" not in sent:
        sent += connection.recv(65_536)
    head, _, body = sent.partition(b"\r\n\r\n")
    length = int(next(line for line in head.split(b"\r\n") if line.startswith(b"Content-L"))[16:])
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def a_webhook(folder: Path, **changes: Any) -> Webhook:
    """Return a webhook made as the settings would make it."""
    (folder / "portal.key").write_bytes(SECRET)
    options: dict[str, Any] = {
        "url": "https://portal.example/in",
        "hosts": ["portal.example"],
        "secret_file": "portal.key",
        **changes,
    }
    made = load_plugin("peipao.channels", "webhook")("portal", options, folder)
    assert isinstance(made, Webhook)
    return made


def local_webhook(folder: Path, port: int, **changes: Any) -> Webhook:
    """Return a webhook to a server on this machine, which is allowed by name and network."""
    url = f"http://localhost:{port}/in"
    local = {"url": url, "hosts": ["localhost"], "plain_http": True, "networks": list(LOOPBACK)}
    return a_webhook(folder, **(local | changes))


def told(number: int = 1) -> Notice:
    """Return a notice to project p1."""
    return a_notice("project:p1", "need.referred", f"need:n{number}", MORNING, {"owner": "o1"})


def problem_of(call: Any) -> tuple[str, bool]:
    """Return code and finality of the refusal of a call."""
    with pytest.raises(UndeliverableError) as refused:
        call()
    return refused.value.problem, refused.value.final


# --- a webhook ----------------------------------------------------------------------------------


def test_a_notice_arrives_signed_with_its_id_and_time(tmp_path: Path) -> None:
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as gateway:
        local_webhook(tmp_path, gateway.port).deliver(told(), "words", MORNING)
    head, _, body = gateway.received[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert headers["Host"] == f"localhost:{gateway.port}"
    assert json.loads(body) == {
        "id": told().id,
        "to": "project:p1",
        "event": "need.referred",
        "subject": "need:n1",
        "params": {"owner": "o1"},
        "words": "words",
        "created_at": "2026-03-02T01:30:00+00:00",
    }
    assert is_authentic(SECRET, headers, body, MORNING)
    assert not is_authentic(SECRET, headers, body + b" ", MORNING)
    assert not is_authentic(b"x" * 32, headers, body, MORNING)
    assert not is_authentic(SECRET, headers, body, MORNING + 6 * MINUTE)
    assert not is_authentic(SECRET, headers | {"Peipao-Id": "nt-other"}, body, MORNING)


def test_the_signature_is_the_one_that_the_docs_describe() -> None:
    # echo -n '1772415000.nt-1.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    assert signature(SECRET, "nt-1", "1772415000", b"{}") == (
        "v1=d27c4795cb5e496d90b9e05fb7c5af6663860a674551134e711c9ba54425d9be"
    )


@pytest.mark.parametrize(
    ("answer", "problem", "final"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "status-302", True),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "status-404", True),
        (b"HTTP/1.1 429 Slow Down\r\n\r\n", "status-429", False),
        (b"HTTP/1.1 500 Oops\r\n\r\n", "status-500", False),
        (b"no http at all\r\n\r\n", "no-connection", False),
    ],
)
def test_what_is_no_success_is_told_with_whether_to_try_again(
    tmp_path: Path,
    answer: bytes,
    problem: str,
    final: bool,  # noqa: FBT001
) -> None:
    with answering(answer) as gateway:
        hook = local_webhook(tmp_path, gateway.port)
        assert problem_of(lambda: hook.deliver(told(), "", MORNING)) == (problem, final)
    assert len(gateway.received) == 1


def test_an_answer_that_drips_is_cut_off_in_time(tmp_path: Path) -> None:
    target = local_webhook(tmp_path, 1).target
    with answering(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, pause_s=0.05) as gateway:
        target = local_webhook(tmp_path, gateway.port).target
        began = time.monotonic()
        refused = problem_of(
            lambda: post(target, b"{}", {}, a_webhook_networks(tmp_path), timeout_s=0.4)
        )
    assert refused == ("timeout", False)
    assert time.monotonic() - began < 3


def a_webhook_networks(folder: Path) -> Sequence[Any]:
    """Return the networks of this machine."""
    return local_webhook(folder, 1).networks


def test_a_gateway_that_is_gone_is_tried_again(tmp_path: Path) -> None:
    with answering(b"") as gateway:
        port = gateway.port
    hook = local_webhook(tmp_path, port)
    assert problem_of(lambda: hook.deliver(told(), "", MORNING)) == ("no-connection", False)


def test_a_name_is_looked_up_once_and_that_address_is_called(tmp_path: Path) -> None:
    asked: list[str] = []

    def rebound(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as gateway:
        hook = local_webhook(tmp_path, gateway.port)
        post(hook.target, b"{}", {}, hook.networks, resolve=rebound)
    assert asked == ["localhost"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::",
    ],
)
def test_a_name_that_leads_to_our_own_house_is_not_called(address: str) -> None:
    assert problem_of(lambda: chosen_address(["93.184.216.34", address], ())) == (
        "address-refused",
        True,
    )
    assert chosen_address(["93.184.216.34"], ()) == "93.184.216.34"


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example/in",
        "ftp://portal.example/in",
        "file:///etc/passwd",
        "https://127.0.0.1/in",
        "https://2130706433/in",
        "https://0177.0.0.1/in",
        "https://0x7f.1/in",
        "https://[::1]/in",
        "https://[::ffff:127.0.0.1]/in",
        "https://portal.example@evil.example/in",
        "https://user:pass@portal.example/in",
        "https://portal.example.evil.example/in",
        "https://evil.example/#portal.example",
        "https://portal.example#@evil.example/",
        "https://portal.example\\@evil.example/in",
        "https://portal.example /in",
        "https://portal.example/in\r\nX: y",
        "https://p\u00f6rtal.example/in",
        "https:///in",
        "https://portal.example:99999/in",
        "//portal.example/in",
        "",
    ],
)
def test_a_url_that_is_not_of_an_allowed_host_is_refused_at_the_start(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(SettingsError):
        a_webhook(tmp_path, url=url)


def test_a_host_is_the_same_in_capitals_and_its_path_is_kept() -> None:
    found = checked_target("https://Portal.Example:8443/in?a=1", ["portal.example"], plain=False)
    assert (found.host, found.port, found.path, found.secure) == (
        "portal.example",
        8443,
        "/in?a=1",
        True,
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"uri": "x"}, "uri"),
        ({"hosts": "portal.example"}, "hosts"),
        ({"secret_file": "nowhere.key"}, "secret_file"),
        ({"networks": ["everywhere"]}, "networks"),
        ({"plain_http": "yes"}, "plain_http"),
    ],
)
def test_an_option_that_does_not_fit_is_named(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        a_webhook(tmp_path, **changes)


def test_a_secret_that_is_short_is_refused_and_no_secret_is_ever_printed(tmp_path: Path) -> None:
    assert SECRET.decode() not in repr(a_webhook(tmp_path))
    (tmp_path / "short.key").write_bytes(b"secret")
    with pytest.raises(SettingsError, match="32"):
        a_webhook(tmp_path, secret_file="short.key")  # noqa: S106


def test_a_channel_of_an_unknown_type_is_named() -> None:
    with pytest.raises(InvalidInputError, match="webhook"):
        load_plugin("peipao.channels", "pigeon")


# --- e-mail and text messages -------------------------------------------------------------------


def an_address_book(folder: Path, *lines: str) -> Path:
    """Write an address book and return its path."""
    path = folder / "addresses.csv"
    path.write_text("\n".join(("recipient,email,phone", *lines)) + "\n", encoding="utf-8")
    return path


@contextmanager
def a_mail_server(*, refuses: bool = False) -> Iterator[Gateway]:
    """Serve just enough SMTP for one message after the other."""
    gateway = Gateway()
    said = {b"EHLO": b"250 ok", b"MAIL": b"250 ok", b"DATA": b"354 go", b"QUIT": b"221 bye"}
    said[b"RCPT"] = b"550 unknown" if refuses else b"250 ok"

    class Handler(socketserver.StreamRequestHandler):
        @override
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                verb = line[:4].upper()
                self.wfile.write(said.get(verb, b"250 ok") + b"\r\n")
                if verb == b"DATA":
                    gateway.received.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                    self.wfile.write(b"250 taken\r\n")
                if verb == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        gateway.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()


def an_email(folder: Path, port: int) -> Any:
    """Return an e-mail channel to a server on this machine."""
    an_address_book(folder, "project:p1,founder@example.org,")
    options = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "peipao@example.org",
        "addresses": "addresses.csv",
        "plain": True,
    }
    return load_plugin("peipao.channels", "email")("mail", options, folder)


def test_a_notice_goes_out_by_mail_in_words(tmp_path: Path) -> None:
    with a_mail_server() as server:
        an_email(tmp_path, server.port).deliver(told(), "需求 n1 已受理。", MORNING)
    assert b"To: founder@example.org" in server.received[0]
    assert told().id.encode() in server.received[0]


def test_an_address_that_the_server_refuses_or_nobody_knows_is_not_tried_again(
    tmp_path: Path,
) -> None:
    other = a_notice("project:p2", "need.resolved", "need:n2", MORNING)
    with a_mail_server(refuses=True) as server:
        channel = an_email(tmp_path, server.port)
        assert problem_of(lambda: channel.deliver(told(), "", MORNING))[1]
        assert problem_of(lambda: channel.deliver(other, "", MORNING)) == ("no-address", True)


def test_a_notice_goes_out_as_a_text_message_through_a_signed_gateway(tmp_path: Path) -> None:
    (tmp_path / "sms.key").write_bytes(SECRET)
    an_address_book(tmp_path, "project:p1,,+8613800000000")
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as gateway:
        options = {
            "url": f"http://localhost:{gateway.port}/sms",
            "hosts": ["localhost"],
            "plain_http": True,
            "networks": list(LOOPBACK),
            "secret_file": "sms.key",
            "addresses": "addresses.csv",
        }
        channel = load_plugin("peipao.channels", "sms")("sms", options, tmp_path)
        channel.deliver(told(), "words", MORNING)
    body = json.loads(gateway.received[0].partition(b"\r\n\r\n")[2])
    assert body == {"id": told().id, "phone": "+8613800000000", "text": "words"}


@pytest.mark.parametrize(
    "lines",
    [("project:p1,no address,",), ("project:p1,,12",), (",a@example.org,",), ("project:p1",)],
)
def test_an_address_book_that_does_not_fit_names_the_line_and_no_address(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError, match="第 2 行") as refused:
        read_addresses(an_address_book(tmp_path, *lines))
    assert "no address" not in str(refused.value)


# --- delivering ---------------------------------------------------------------------------------


@dataclass
class Scripted:
    """A channel that answers as a script says, then always takes everything."""

    script: list[UndeliverableError | None]
    takes_all: bool = True
    taken: list[str] = field(default_factory=list)

    def takes(self, _notice: Notice, /) -> bool:
        """Tell whether it serves anybody."""
        return self.takes_all

    def deliver(self, notice: Notice, _words: str, _now: dt.datetime, /) -> None:
        """Do as the script says."""
        told = self.script.pop(0) if self.script else None
        if told is not None:
            raise told
        self.taken.append(notice.subject)


def delivered(store: Store, channel: Scripted, *times: dt.datetime) -> list[int]:
    """Deliver at some times and return how many arrived at each."""
    deliver = DeliverNotices(store, {"portal": channel})
    return [deliver(at) for at in times]


def outbox(store: Store, *notices: Notice) -> None:
    """Tell notices."""
    with store.transaction(who="clerk", why="转办") as tx:
        tx.notices.tell(notices)


def way_of(store: Store, notice: Notice) -> Delivery:
    """Return how far a notice has got."""
    with store.reading() as tx:
        return tx.notices.deliveries_of([notice.id])[0]


def test_a_notice_that_arrived_is_not_sent_again(sqlite_store: Store) -> None:
    outbox(sqlite_store, told())
    assert delivered(sqlite_store, Scripted([]), MORNING, MORNING + MINUTE) == [1, 0]


def test_a_failure_is_tried_again_after_a_while_that_doubles(sqlite_store: Store) -> None:
    outbox(sqlite_store, told())
    again = UndeliverableError("timeout", final=False)
    channel = Scripted([again, again])
    times = [MORNING + number * MINUTE for number in range(5)]
    assert delivered(sqlite_store, channel, *times) == [0, 0, 0, 1, 0]
    assert way_of(sqlite_store, told()).attempts == 3


def test_a_final_refusal_is_given_up_at_once(sqlite_store: Store) -> None:
    outbox(sqlite_store, told())
    channel = Scripted([UndeliverableError("status-404", final=True)])
    assert delivered(sqlite_store, channel, MORNING, MORNING + MINUTE) == [0, 0]
    found = way_of(sqlite_store, told())
    assert (found.state, found.problem) == (DeliveryState.FAILED, "status-404")


def test_what_does_not_get_through_for_three_days_is_given_up(sqlite_store: Store) -> None:
    outbox(sqlite_store, told())
    channel = Scripted([UndeliverableError("timeout", final=False)] * 2)
    after = MORNING + GIVE_UP + MINUTE
    assert delivered(sqlite_store, channel, MORNING, after, after + MINUTE) == [0, 0, 0]
    assert way_of(sqlite_store, told()).state is DeliveryState.FAILED


def test_a_dead_channel_is_left_alone_after_three_failures_in_a_row(sqlite_store: Store) -> None:
    outbox(sqlite_store, *(told(number) for number in range(6)))
    channel = Scripted([UndeliverableError("timeout", final=False)] * 3)
    assert delivered(sqlite_store, channel, MORNING) == [0]
    assert channel.taken == []
    assert delivered(sqlite_store, channel, MORNING) == [3]


def test_a_recipient_that_a_channel_does_not_serve_is_skipped(sqlite_store: Store) -> None:
    outbox(sqlite_store, told())
    assert delivered(sqlite_store, Scripted([], takes_all=False), MORNING) == [0]
    assert way_of(sqlite_store, told()).state is DeliveryState.SKIPPED
