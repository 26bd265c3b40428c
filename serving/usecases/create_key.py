"""Make and revoke API keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.errors import InvalidInputError, UnknownValueError
from peipao.store import ApiKey, Store
from serving.usecases.keys import ID_LENGTH, SECRET_BYTES, Scope, key_hash, key_id, key_text

MAX_DAYS = 365
MAX_LABEL = 80


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key; its text is shown once and stored nowhere."""

    text: str
    key: ApiKey


@dataclass(frozen=True, slots=True)
class CreateKey:
    """Makes a key with scopes and an end."""

    store: Store
    clock: Clock
    random: Callable[[int], bytes]

    def __call__(self, label: str, scopes: Iterable[str], *, days: int = 90, by: str) -> CreatedKey:
        """Return the new key.

        Raises:
            UnknownValueError: a scope is not known.
            InvalidInputError: no scope, an end that is not within a year, or a label that is no
                short line of text.
        """
        granted = _checked_scopes(scopes)
        if not 1 <= len(label.strip()) <= MAX_LABEL or not label.isprintable():
            raise InvalidInputError(
                "keys.label", "用途不合适", f"1 至 {MAX_LABEL} 个字符的一行文本"
            )
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInputError("keys.days", f"有效期 {days} 天不合适", f"1 至 {MAX_DAYS}")
        text = key_text(self.random(ID_LENGTH + SECRET_BYTES))
        now = self.clock.now()
        key = ApiKey(
            id=key_id(text) or "",
            hash=key_hash(text),
            scopes=granted,
            label=label,
            created_at=now,
            expires_at=now + dt.timedelta(days=days),
        )
        with self.store.transaction(who=by, why="建立密钥") as tx:
            tx.keys.add(key)
        return CreatedKey(text, key)

    def revoke(self, key: str, *, by: str) -> ApiKey:
        """Make a key useless from now on.

        Raises:
            NotFoundError: there is no such key.
        """
        with self.store.transaction(who=by, why="停用密钥") as tx:
            return tx.keys.revoke(key)

    def list(self) -> list[ApiKey]:
        """Return all keys, revoked ones too."""
        with self.store.reading() as tx:
            return tx.keys.list()

    def any_valid(self) -> bool:
        """Tell whether any key opens anything now."""
        with self.store.reading() as tx:
            return tx.keys.any_valid()


def _checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    granted = sorted(set(scopes))
    known = {scope.value for scope in Scope}
    for scope in granted:
        if scope not in known:
            raise UnknownValueError("keys.scopes", scope[:40], known)
    if not granted:
        raise InvalidInputError("keys.scopes", "没有给出权限", "、".join(sorted(known)))
    return tuple(granted)
