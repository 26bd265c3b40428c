"""The bundles of rounds in a folder: what was solved can be read, handed out and proved again."""

from __future__ import annotations

import gzip
import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from matching.tasks import Task
from peipao.errors import CheckFailedError
from serving.usecases.round_bundle import Bundle, bundle_of, bundle_text, unreadable

_EASY = 3
"""Level of compression: a bundle at scale S is written in a fraction of a second."""

_MOST_BYTES = 2 << 30
"""A bundle is never larger; a file that claims to be is no bundle."""


@dataclass(frozen=True, slots=True)
class FrozenRounds:
    """Keeps one bundle a round.

    Attributes:
        folder: made when the first round is kept.
    """

    folder: Path
    _held: dict[tuple[str, str], Task] = field(default_factory=dict, repr=False, compare=False)

    def keep(self, round_id: str, bundle: Bundle) -> None:
        """Write the bundle of a round, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.path(round_id).with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(packed(bundle_text(bundle)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path(round_id))

    def drop(self, round_id: str) -> None:
        """Remove the bundle of a round that was not stored after all."""
        self.path(round_id).unlink(missing_ok=True)

    def get(self, round_id: str, expected_hash: str) -> Task:
        """Return the task of a round; raises like `read`.

        The last one is held: offers of one round that fall through ask for it again and again.
        """
        held = self._held.get((round_id, expected_hash))
        if held is None:
            held = self.read(round_id, expected_hash).frozen.task
            self._held.clear()
            self._held[round_id, expected_hash] = held
        return held

    def read(self, round_id: str, expected_hash: str) -> Bundle:
        """Return the bundle of a round.

        Raises:
            CheckFailedError: it is not there, cannot be read or is not what was solved.
        """
        name = f"轮次 {round_id}"
        try:
            bundle = read_bundle(self.path(round_id), name)
        except OSError as error:
            raise unreadable(name) from error
        if bundle.head["inputs"] != expected_hash:
            raise CheckFailedError([f"轮次 {round_id} 的冻结输入与登记的哈希不符"])
        return bundle

    def path(self, round_id: str) -> Path:
        """Return where the bundle of a round lies."""
        return self.folder / f"{round_id}.jsonl.gz"


def packed(text: str) -> bytes:
    """Return text compressed; the same text gives the same bytes on one machine."""
    return gzip.compress(text.encode("utf-8"), _EASY, mtime=0)


def read_bundle(path: Path, name: str) -> Bundle:
    """Return the bundle in a file, compressed or plain.

    Raises:
        OSError: the file is not there or cannot be opened.
        CheckFailedError: it is no bundle, or its own hash does not hold.
    """
    try:
        with path.open("rb") as file:
            plain = file.read(2) != b"\x1f\x8b"
        with path.open("rb") if plain else gzip.open(path, "rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        text = raw.decode("utf-8")
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise unreadable(name) from error
    if len(raw) > _MOST_BYTES:
        raise CheckFailedError([f"{name} 的冻结输入过大"])
    return bundle_of(text, name)
