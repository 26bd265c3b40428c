"""What is sealed is read back by its key and in its place, and by nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peipao.errors import SealedFactError
from peipao.store.sealing import Sealed, Sealing, key_id

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
ABOUT = ("p1", "hardship_category", "2026-01-05", "人社局")
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)


@given(TEXT)
def test_what_is_sealed_is_read_back(value: str) -> None:
    sealing = Sealing((KEY,))
    assert sealing.unseal(sealing.seal(value, ABOUT), ABOUT) == value


@given(TEXT.filter(lambda text: len(text) > 2))
def test_nothing_of_the_value_shows(value: str) -> None:
    sealed = Sealing((KEY,)).seal(value, ABOUT)
    assert value.encode() not in base64.b64decode(sealed.text)
    assert sealed.key_id == key_id(KEY)
    assert len(sealed.key_id) == 16


def test_the_same_value_never_looks_the_same_twice() -> None:
    sealing = Sealing((KEY,))
    assert len({sealing.seal("残疾人", ABOUT).text for _ in range(50)}) == 50


def test_short_values_have_one_length() -> None:
    sealing = Sealing((KEY,))
    assert len({len(sealing.seal("残" * count, ABOUT).text) for count in range(22)}) == 1


def test_another_key_opens_nothing_and_an_older_one_still_opens_its_own() -> None:
    sealed = Sealing((OTHER,)).seal("低保家庭", ABOUT)
    with pytest.raises(SealedFactError, match=key_id(OTHER)) as refused:
        Sealing((KEY,)).unseal(sealed, ABOUT)
    assert "低保" not in str(refused.value)
    turned = Sealing((KEY, OTHER))
    assert turned.unseal(sealed, ABOUT) == "低保家庭"
    assert turned.seal("x", ABOUT).key_id == key_id(KEY)


@pytest.mark.parametrize("part", range(4))
def test_a_value_cannot_be_moved_to_another_row(part: int) -> None:
    sealing = Sealing((KEY,))
    elsewhere = tuple("x" if n == part else word for n, word in enumerate(ABOUT))
    with pytest.raises(SealedFactError, match="不一致"):
        sealing.unseal(sealing.seal("低保家庭", ABOUT), elsewhere)


@pytest.mark.parametrize("text", ["", "?", "AAAA", base64.b64encode(bytes(40)).decode()])
def test_a_spoilt_text_is_refused(text: str) -> None:
    with pytest.raises(SealedFactError, match="不一致"):
        Sealing((KEY,)).unseal(Sealed(key_id(KEY), text), ABOUT)


def test_a_changed_bit_is_noticed() -> None:
    sealing = Sealing((KEY,))
    raw = bytearray(base64.b64decode(sealing.seal("低保家庭", ABOUT).text))
    for place in (0, 12, 40, len(raw) - 1):
        spoilt = bytes(b ^ (n == place) for n, b in enumerate(raw))
        with pytest.raises(SealedFactError):
            sealing.unseal(Sealed(key_id(KEY), base64.b64encode(spoilt).decode()), ABOUT)


def test_no_key_is_printed() -> None:
    assert KEY.hex() not in repr(Sealing((KEY,)))
    assert str(KEY) not in repr(Sealing((KEY,)))
