"""Tell who calls by an API key or a link, or let local staff in while there is no key."""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from peipao.clock import ForwardClock
from peipao.domain.offers import Link
from peipao.errors import UnauthenticatedError
from peipao.store import Store
from serving.usecases.keys import ALL_SCOPES, Scope, key_hash, key_id
from serving.usecases.link_texts import PREFIX, link_hash, link_id

LOCAL_STAFF = "local-staff"
"""The account of whoever calls from this machine while no key exists."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; the name stands in the ledger.

    Attributes:
        name: `key:<id>`, `link:<id>` or the local account; never a person's name.
        link: the link that was followed, which opens one match or one provider and no scope.
    """

    name: str
    scopes: frozenset[Scope]
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Turns a key into an actor.

    Attributes:
        clock: never goes back; begins with the latest time that the ledger knows, so that a machine
            whose clock was set back opens nothing that had expired.
    """

    store: Store
    clock: ForwardClock

    def __call__(self, key: str | None, *, from_loopback: bool) -> Actor:
        """Return who calls.

        Raises:
            UnauthenticatedError: no key where one is needed, or a wrong, expired or revoked one.
        """
        if key is not None:
            return self._by_link(key) if key.startswith(PREFIX) else self._by_key(key)
        with self.store.reading() as tx:
            # Revoked and expired ones too: nothing opens by itself when the last key ends.
            keys_exist = bool(tx.keys.list())
        if keys_exist:
            raise UnauthenticatedError("缺少密钥:请在 Authorization 头中给出 Bearer pp_…")
        if not from_loopback:
            raise UnauthenticatedError("尚未建立密钥,服务只接受本机访问")
        return Actor(LOCAL_STAFF, ALL_SCOPES)

    def _by_key(self, text: str) -> Actor:
        key = key_id(text)
        if key is None:
            raise UnauthenticatedError("密钥格式不对:应为 pp_<编号>_<密文>,请检查是否抄写完整")
        digest = key_hash(text)
        with self.store.reading() as tx:
            stored = tx.keys.by_hash(digest)
        if stored is None or not hmac.compare_digest(stored.hash, digest) or stored.id != key:
            raise UnauthenticatedError("密钥无效")
        if not stored.is_valid(self._now()):
            raise UnauthenticatedError("密钥已过期或已停用")
        return Actor(f"key:{key}", frozenset(Scope(scope) for scope in stored.scopes))

    def _by_link(self, text: str) -> Actor:
        name = link_id(text)
        if name is None:
            raise UnauthenticatedError("链接不完整:请从通知中重新打开")
        digest = link_hash(text)
        with self.store.reading() as tx:
            stored = tx.links.by_hash(digest)
        if stored is None or not hmac.compare_digest(stored.hash, digest) or stored.id != name:
            raise UnauthenticatedError("链接无效")
        if not stored.is_valid(self._now()):
            raise UnauthenticatedError("链接已过期或已停用;请联系专员")
        return Actor(f"link:{name}", frozenset(), stored)

    def _now(self) -> dt.datetime:
        if not self.clock.begun:
            with self.store.reading() as tx:
                self.clock.begin(tx.ledger.latest_time())
        return self.clock.now()
