"""The frozen inputs of rounds: what was solved can be read and proved again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from matching.problem import AssignmentProblem
from peipao.canonical import canonical_json
from peipao.errors import CheckFailedError

_TYPES = {"need": "<i4", "provider": "<i4", "pinned": "|b1", "vetoed": "|b1"}
_SEED = "seed"


def problem_hash(problem: AssignmentProblem) -> str:
    """Return the SHA-256 of everything a problem says; the same on every machine."""
    digest = hashlib.sha256()
    for name, array in _arrays(problem).items():
        digest.update(canonical_json([name, list(array.shape)]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class FrozenRounds:
    """Keeps one file a round in a folder.

    Attributes:
        folder: made when the first round is kept.
    """

    folder: Path

    def keep(self, round_id: str, problem: AssignmentProblem) -> None:
        """Write the problem of a round, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self._path(round_id).with_suffix(".draft")
        with draft.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **_arrays(problem))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(round_id))

    def drop(self, round_id: str) -> None:
        """Remove the file of a round that was not stored after all."""
        self._path(round_id).unlink(missing_ok=True)

    def get(self, round_id: str, expected_hash: str) -> AssignmentProblem:
        """Return the problem of a round.

        Raises:
            CheckFailedError: it is not there, cannot be read or is not what was solved.
        """
        path = self._path(round_id)
        try:
            with np.load(path, allow_pickle=False) as stored:
                problem = _problem({name: stored[name] for name in stored.files})
        except Exception as error:  # a damaged archive fails in a dozen ways, zlib's among them
            name = type(error).__name__
            raise CheckFailedError([f"轮次 {round_id} 的冻结输入无法读取({name})"]) from error
        if problem_hash(problem) != expected_hash:
            raise CheckFailedError([f"轮次 {round_id} 的冻结输入与登记的哈希不符"])
        return problem

    def _path(self, round_id: str) -> Path:
        return self.folder / f"{round_id}.npz"


def _arrays(problem: AssignmentProblem) -> Mapping[str, np.ndarray]:
    return dict(_named(problem))


def _named(problem: AssignmentProblem) -> Iterator[tuple[str, np.ndarray]]:
    for field in fields(problem):
        value = getattr(problem, field.name)
        if value is None:  # a plain problem has the hash it always had
            continue
        if field.name == _SEED:
            yield _SEED, np.frombuffer(value.encode("utf-8"), dtype="|u1")
        elif field.name.endswith("_ids"):
            yield field.name, _utf8(value.tolist())
        else:
            yield field.name, np.ascontiguousarray(value, dtype=_TYPES.get(field.name, "<i8"))


def _utf8(texts: list[str]) -> np.ndarray:
    # The width of a numpy text array depends on how it was made; lines of UTF-8 do not.
    return np.frombuffer("\n".join(texts).encode("utf-8"), dtype="|u1")


def _texts(array: np.ndarray) -> list[str]:
    text = array.tobytes().decode("utf-8")
    return text.split("\n") if text else []


def _problem(arrays: Mapping[str, np.ndarray]) -> AssignmentProblem:
    def ids(name: str) -> np.ndarray:
        return np.array(_texts(arrays[name]), dtype=np.str_)

    return AssignmentProblem(
        need_ids=ids("need_ids"),
        provider_ids=ids("provider_ids"),
        need=arrays["need"],
        provider=arrays["provider"],
        weight=arrays["weight"],
        bonus=arrays["bonus"],
        wanted=arrays["wanted"],
        capacity=arrays["capacity"],
        unmatched_penalty=arrays["unmatched_penalty"],
        reservation=arrays["reservation"],
        pinned=arrays["pinned"],
        vetoed=arrays["vetoed"],
        seed=arrays[_SEED].tobytes().decode("utf-8"),
    )
