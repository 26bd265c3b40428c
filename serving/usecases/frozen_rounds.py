"""The frozen inputs of rounds: what was solved can be read and proved again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.frozen import task_arrays, task_from_arrays, task_hash
from matching.tasks import Task
from peipao.errors import CheckFailedError


@dataclass(frozen=True, slots=True)
class FrozenRounds:
    """Keeps one file a round in a folder.

    Attributes:
        folder: made when the first round is kept.
    """

    folder: Path

    def keep(self, round_id: str, task: Task) -> None:
        """Write the task of a round, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self._path(round_id).with_suffix(".draft")
        with draft.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **task_arrays(task))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(round_id))

    def drop(self, round_id: str) -> None:
        """Remove the file of a round that was not stored after all."""
        self._path(round_id).unlink(missing_ok=True)

    def get(self, round_id: str, expected_hash: str) -> Task:
        """Return the task of a round.

        Raises:
            CheckFailedError: it is not there, cannot be read or is not what was solved.
        """
        path = self._path(round_id)
        try:
            with np.load(path, allow_pickle=False) as stored:
                task = task_from_arrays({name: stored[name] for name in stored.files})
        except Exception as error:  # a damaged archive fails in a dozen ways, zlib's among them
            name = type(error).__name__
            raise CheckFailedError([f"轮次 {round_id} 的冻结输入无法读取({name})"]) from error
        if task_hash(task) != expected_hash:
            raise CheckFailedError([f"轮次 {round_id} 的冻结输入与登记的哈希不符"])
        return task

    def _path(self, round_id: str) -> Path:
        return self.folder / f"{round_id}.npz"
