"""Reading the options of a channel from the settings; what does not fit is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from peipao.domain.notices import Notice
from peipao.errors import SettingsError

RECIPIENTS = ("project", "provider", "officer", "staff")
_LEAST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one channel.

    Attributes:
        name: of the channel in the settings.
        stated: option -> value.
        home: folder that relative file names begin at.
    """

    name: str
    stated: Mapping[str, object]
    home: Path

    def require_known(self, known: Iterable[str]) -> None:
        """Refuse options that the channel does not know.

        Raises:
            SettingsError: names the option and those there are.
        """
        for key in sorted(set(self.stated) - set(known)):
            raise self.error(key, f"没有这个选项;现有:{'、'.join(sorted(known))}")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        value = self.stated.get(key, default)
        if not isinstance(value, str) or not value:
            raise self.error(key, "应为非空文字")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty if not stated."""
        value = self.stated.get(key, [])
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise self.error(key, "应为文字的列表")
        return tuple(value)

    def whole(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self.stated.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(key, "应为整数")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value; False if not stated."""
        value = self.stated.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, "应为 true 或 false")
        return value

    def file(self, key: str) -> Path:
        """Return the path of a file that is there."""
        path = self.home / self.text(key)
        if not path.is_file():
            raise self.error(key, f"文件 {path.name} 不存在")
        return path

    def secret(self, key: str) -> bytes:
        """Return the content of a file with a secret of at least 32 characters."""
        found = self.file(key).read_bytes().strip()
        if len(found) < _LEAST_SECRET:
            raise self.error(key, f"密钥过短:至少 {_LEAST_SECRET} 个字符")
        return found

    def error(self, key: str, problem: str) -> SettingsError:
        """Return the error that names the channel and the option."""
        return SettingsError(f"channels.{self.name}.options.{key}:{problem}")


def served(to: Sequence[str], notice: Notice) -> bool:
    """Tell whether a channel that serves some sorts of recipients serves that of a notice."""
    return notice.to.partition(":")[0] in to
