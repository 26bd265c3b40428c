from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix

from models.lightfm_import import import_lightfm, renamed_symbols


def test_lightfm_imports_and_gives_the_same_bits_for_the_same_seed() -> None:
    light_fm = import_lightfm()
    links = coo_matrix(np.eye(12, 8, dtype=np.float32))
    embeddings = []
    for _ in range(2):
        model = light_fm(no_components=4, loss="warp", random_state=5)
        model.fit(links, epochs=3, num_threads=1)
        embeddings.append(model.item_embeddings)
    assert np.array_equal(embeddings[0], embeddings[1])
    assert np.isfinite(embeddings[0]).all()


def test_the_repair_keeps_the_length_and_changes_only_the_two_names() -> None:
    before = b"ELF\0__log_finite\0keep\0__exp_finite\0end"
    after = renamed_symbols(before)
    assert len(after) == len(before)
    assert after.replace(b"\0", b"") == b"ELFlogkeepexpend"


def test_the_repair_refuses_a_file_without_the_names() -> None:
    with pytest.raises(ImportError, match="not the one"):
        renamed_symbols(b"ELF\0log\0")
