"""Which network addresses may be called: none of our own house, unless it is allowed by name."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from peipao.errors import SettingsError, UndeliverableError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = {"https": 443, "http": 80}


class Target:
    """A URL that was checked.

    Attributes:
        host, port: as stated; `path` with its query; `secure` whether it is https.
    """

    __slots__ = ("host", "path", "port", "secure")

    def __init__(self, host: str, port: int, path: str, *, secure: bool) -> None:
        self.host, self.port, self.path, self.secure = host, port, path, secure


def checked_target(url: str, hosts: Iterable[str], *, plain: bool) -> Target:
    """Return a URL in its parts if it may be called.

    Args:
        url: https, without user and fragment.
        hosts: names that may be called, exactly.
        plain: http is allowed too, for a gateway beside the service.

    Raises:
        SettingsError: it may not; names what would be right.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise SettingsError("渠道的 url 无法解析") from error
    if parts.scheme not in _PORTS or (parts.scheme == "http" and not plain):
        raise SettingsError("渠道的 url 应以 https:// 开头")
    strange = any(ord(one) <= 32 or ord(one) > 126 for one in url)
    if strange or parts.username is not None or parts.fragment or "\\" in url:
        raise SettingsError("渠道的 url 不得含有账号、片段、空白或非 ASCII 字符")
    host = (parts.hostname or "").lower()
    if host not in {one.lower() for one in hosts}:
        raise SettingsError(f"渠道的主机 {host[:80]!r} 不在 hosts 所列之中")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, path, secure=parts.scheme == "https")


def checked_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return networks of our own house that may be called.

    Raises:
        SettingsError: one of them is no network.
    """
    try:
        return tuple(ipaddress.ip_network(one) for one in texts)
    except ValueError as error:
        raise SettingsError("渠道的 networks 应为网段,如 10.20.0.0/16") from error


def chosen_address(found: Sequence[str], networks: Sequence[Network]) -> str:
    """Return the address to connect to, once every one that a name leads to may be called.

    Raises:
        UndeliverableError: the name leads nowhere, or to an address of our own house.
    """
    if not found:
        raise UndeliverableError("no-such-host", final=False)
    for text in found:
        if not _may_be_called(ipaddress.ip_address(text), networks):
            raise UndeliverableError("address-refused", final=True)
    return found[0]


def _may_be_called(address: Address, networks: Sequence[Network]) -> bool:
    inner = _meant(address)
    if any(one.version == inner.version and inner in one for one in networks):
        return True
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
