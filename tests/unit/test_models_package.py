from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_sets import a_training_set

from models.base import pairs_where
from models.calibrate import Calibration
from models.content import hand_weighted
from models.latent import LatentFactors
from models.lifts import LiftSettings, fit_lifts
from models.margin import BASE_LABEL, PAST
from models.package import ModelPackage, read_package, write_package
from models.package_files import (
    ARRAYS,
    CONTENT,
    FEATURES,
    FILES,
    MANIFEST,
    POLICY,
    SIGNATURE,
    listing,
    npz_bytes,
    signature,
)
from models.shortlist import Threshold
from models.standing import StandingSettings, fit_standing
from models.text_lift import fit_text
from models.uncertainty import Uncertainty
from models.unstated import width_of
from peipao.errors import InvalidInputError, ModelPackageError

KEY = b"a key of the test"
DATA = a_training_set(n_needs=30, n_providers=12)


def a_package() -> ModelPackage:
    rng = np.random.default_rng(3)
    needs, providers = DATA.need_indicators, DATA.provider_indicators
    latent = LatentFactors(
        provider_ids=DATA.pairs.provider_ids,
        need_names=needs.names,
        provider_names=providers.names,
        need_factors=rng.normal(size=(width_of(needs.names), 8)),
        provider_factors=rng.normal(size=(len(providers.names), 9)),
        identity=rng.normal(size=(12, 9)),
        centre=rng.normal(size=9),
    )
    standing = fit_standing(DATA, StandingSettings())
    lifts, text = fit_lifts(DATA, LiftSettings()), fit_text(DATA, LiftSettings(pseudo_counts=0.5))
    assert text is not None
    margin = replace(
        hand_weighted(DATA),
        learnt=(standing, lifts, text, latent),
        learnt_weights=np.array([0.4, 0.1, 0.2, 0.15, 0.3, 0.3, 0.2, 0.7]),
    )
    package = ModelPackage(
        version="mentor-0001",
        kind="mentor",
        created_at="2026-01-01T00:00:00+00:00",
        seed=7,
        schema_json=DATA.schema_json,
        schema_hash=DATA.schema_hash,
        need_names=needs.names,
        provider_names=providers.names,
        margin_model=margin,
        calibration=Calibration(0.9, -0.1, calibrated=True, n_offers=20),
        uncertainty=Uncertainty(np.eye(12) * 0.04, np.eye(2) * 0.01, 0.2, 0.3),
        shortlist=(Threshold(0.8, 1.5, 0.81, 7.0), Threshold(0.9, 0.5)),
        facts={"threads": 1},
    )
    return package.with_canaries(DATA.pairs, needs, providers)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written = tmp_path / "mentor-0001"
    write_package(a_package(), written, KEY)
    return written


def refused(folder: Path, key: bytes | None = KEY, max_bytes: int = 10**8) -> str:
    with pytest.raises(ModelPackageError) as caught:
        read_package(folder, key, max_bytes)
    return str(caught.value)


def signed_again(folder: Path, arrays: bytes | None = None, **changed: Any) -> None:
    """Break the content as somebody who holds the key could, so that later gates are tested."""
    files = {name: (folder / name).read_bytes() for name in CONTENT}
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name, value in changed.items():
        files[f"{name}.json"] = json.dumps(value).encode()
    files[ARRAYS] = files[ARRAYS] if arrays is None else arrays
    manifest["files"] = listing(files, {})["files"]
    _sign(folder, files, manifest)


def _sign(folder: Path, files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    raw = json.dumps(manifest).encode()
    for name, data in {**files, MANIFEST: raw, SIGNATURE: signature(raw, KEY)}.items():
        (folder / name).write_bytes(data)


def stored(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((folder / name).read_text(encoding="utf-8")))


def stored_arrays(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / ARRAYS) as arrays:
        return dict(arrays)


def test_a_clean_package_loads_and_gives_bit_equal_scores(folder: Path) -> None:
    before, after = a_package(), read_package(folder, KEY)
    args = DATA.pairs, DATA.need_indicators, DATA.provider_indicators
    assert (before.score(*args).margin == after.score(*args).margin).all()
    assert (before.score(*args).affinity == after.score(*args).affinity).all()
    assert after.canaries == before.canaries
    assert len(after.canaries) == 50
    assert after.score(*args).model_version == "mentor-0001"


def test_the_same_model_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_package(a_package(), again, KEY)
    assert [(again / f).read_bytes() for f in FILES] == [(folder / f).read_bytes() for f in FILES]


def test_scores_do_not_depend_on_which_pairs_are_scored_together(folder: Path) -> None:
    package, pairs = read_package(folder, KEY), DATA.pairs
    whole = package.score(pairs, DATA.need_indicators, DATA.provider_indicators).margin
    order = np.random.default_rng(0).permutation(len(pairs.need))[:77]
    some = replace(
        pairs, need=pairs.need[order], provider=pairs.provider[order], values=pairs.values[order]
    )
    part = package.score(some, DATA.need_indicators, DATA.provider_indicators).margin
    assert (part == whole[order]).all()


def test_pairs_scored_in_blocks_have_the_bits_of_all_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, args = read_package(folder, KEY), (DATA.need_indicators, DATA.provider_indicators)
    whole = package.score(DATA.pairs, *args)
    for size in (1, 77, len(DATA.pairs.need)):
        monkeypatch.setattr("models.package.PAIRS_AT_ONCE", size)
        assert np.array_equal(package.score(DATA.pairs, *args).margin, whole.margin)
    none = replace(
        DATA.pairs, **{n: getattr(DATA.pairs, n)[:0] for n in ("need", "provider", "values")}
    )
    assert package.score(none, *args).margin.shape == (0,)


@pytest.mark.parametrize("latent_weight", [0.7, 0.0])
def test_what_is_known_of_pairs_changes_no_bit_of_an_answer(latent_weight: float) -> None:
    fitted, needs = a_package(), DATA.need_indicators
    weights = np.r_[fitted.margin_model.learnt_weights[:-1], latent_weight]
    package = replace(fitted, margin_model=replace(fitted.margin_model, learnt_weights=weights))
    told = package.told(DATA.pairs, needs, DATA.provider_indicators)
    whole = package.score(DATA.pairs, needs, DATA.provider_indicators)
    assert np.array_equal(
        told.score(DATA.pairs, needs, DATA.provider_indicators).margin, whole.margin
    )
    rows = np.random.default_rng(3).permutation(len(DATA.pairs.need))[:20].astype(np.int32)
    some, args = (
        told.told_at(rows),
        (pairs_where(DATA.pairs, rows), needs, DATA.provider_indicators),
    )
    assert some.intervals(*args) == package.intervals(*args)
    assert some.contributions(*args).labels == package.contributions(*args).labels
    assert np.array_equal(some.contributions(*args).values, package.contributions(*args).values)


def test_of_very_many_pairs_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.package.PAIRS_AT_ONCE", len(DATA.pairs.need) - 1)
    package = a_package()
    assert package.told(DATA.pairs, DATA.need_indicators, DATA.provider_indicators) is package


def test_prepared_providers_change_no_bit_of_a_score(folder: Path) -> None:
    package = read_package(folder, KEY)
    prepared = package.prepared(DATA.provider_indicators)
    plain = package.score(DATA.pairs, DATA.need_indicators, DATA.provider_indicators)
    fast = package.score(DATA.pairs, DATA.need_indicators, prepared)
    assert (plain.margin == fast.margin).all()


def test_providers_prepared_by_another_model_are_refused(folder: Path) -> None:
    prepared = a_package().prepared(DATA.provider_indicators)
    with pytest.raises(InvalidInputError, match="另一个模型"):
        read_package(folder, KEY).score(DATA.pairs, DATA.need_indicators, prepared)


def test_contributions_sum_to_the_margin() -> None:
    args = DATA.pairs, DATA.need_indicators, DATA.provider_indicators
    found = a_package().contributions(*args)
    margin = a_package().score(*args).margin
    assert found.labels == (
        *("基准", "产业契合", "距离便利", "专长对口"),
        *("近期热度", "热度走势", "过往成效", "当前余力", "产业经验", "区市经验"),
        *("文本经验", "相似项目经验"),
    )
    assert np.abs(found.values.sum(axis=1) - margin).max() < 1e-9


def test_each_reason_list_starts_with_the_strongest_group() -> None:
    args = DATA.pairs, DATA.need_indicators, DATA.provider_indicators
    found = a_package().contributions(*args)
    row = int(np.argmax(found.values[:, 1]))
    reasons = a_package().reasons(*args)[row]
    strongest = found.labels[1 + int(np.argmax(found.values[row, 1:]))]
    learnt = {
        "相似项目经验": "情况相近的项目",
        "近期热度": "近期对接成功",
        "产业经验": "同类产业",
        "区市经验": "同类区市",
        "热度走势": "近来对接",
        "文本经验": "文字描述相近",
    }
    assert reasons[0].startswith(learnt.get(strongest, f"「{strongest}」"))


def test_a_profile_of_another_schema_is_refused(folder: Path) -> None:
    with pytest.raises(ModelPackageError, match="特征口径"):
        read_package(folder, KEY).check_schema("f" * 64)


def test_indicators_with_other_names_are_refused(folder: Path) -> None:
    needs = replace(DATA.need_indicators, names=("x", *DATA.need_indicators.names[1:]))
    with pytest.raises(InvalidInputError, match="需求指标"):
        read_package(folder, KEY).score(DATA.pairs, needs, DATA.provider_indicators)


@pytest.mark.parametrize("seed", range(60))
def test_a_flipped_bit_anywhere_is_refused(folder: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = folder / FILES[seed % len(FILES)]
    data = bytearray(path.read_bytes())
    data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(data))
    assert "mentor-0001" in refused(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_refused_in_an_unsigned_package_too(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "plain"
    write_package(a_package(), folder, None)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(bytes(data))
    assert "plain" in refused(folder, None)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    assert name in refused(folder) or SIGNATURE in refused(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert name in refused(folder)


def test_a_file_that_does_not_belong_is_named(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(b"x")
    assert "model.pkl" in refused(folder)


def test_a_link_to_a_file_elsewhere_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / POLICY).rename(tmp_path / POLICY)
    (folder / POLICY).symlink_to(tmp_path / POLICY)
    assert POLICY in refused(folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "没有这个模型包文件夹" in refused(tmp_path / "nothing")


def test_a_wrong_key_is_refused(folder: Path) -> None:
    assert "签名不符" in refused(folder, b"another key")


def test_an_unsigned_package_is_refused_where_a_key_is_set(tmp_path: Path) -> None:
    write_package(a_package(), tmp_path / "plain", None)
    assert "签名不符" in refused(tmp_path / "plain", KEY)


def test_a_file_swapped_with_one_of_another_package_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write_package(replace(a_package(), schema_json='{"schema":2}'), other, KEY)
    (folder / FEATURES).write_bytes((other / FEATURES).read_bytes())
    assert FEATURES in refused(folder)


def test_more_bytes_than_allowed_are_refused_before_reading(folder: Path) -> None:
    assert "上限" in refused(folder, max_bytes=1000)


def test_a_huge_file_is_refused_without_reading_it(folder: Path) -> None:
    with (folder / ARRAYS).open("r+b") as stream:
        stream.truncate(10**12)
    assert "上限" in refused(folder)


def _with_header(header: bytes, body: bytes = b"\0" * 8) -> bytes:
    padded = header + b" " * (63 - (10 + len(header)) % 64) + b"\n"
    npy = b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded + body
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("popularity.npy", npy)
    return out.getvalue()


def _lie(folder: Path, arrays: bytes, dtype: str, shape: list[int]) -> str:
    manifest = stored(folder, MANIFEST)
    files = {name: (folder / name).read_bytes() for name in CONTENT} | {ARRAYS: arrays}
    manifest["files"] = listing(files, {})["files"]
    manifest["arrays"] = {"popularity": {"dtype": dtype, "shape": shape}}
    _sign(folder, files, manifest)
    return refused(folder)


def test_a_header_that_asks_for_more_than_the_file_holds_is_refused(folder: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }"
    assert "实际字节数" in _lie(folder, _with_header(header), "<f8", [100000000000])


def test_a_header_that_differs_from_the_manifest_is_refused(folder: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }"
    assert "与清单不符" in _lie(folder, _with_header(header), "<f8", [1])


def test_an_object_array_is_refused(folder: Path) -> None:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    assert "对象数组" in _lie(folder, _with_header(header), "|O", [1])


def test_a_compressed_array_is_refused(folder: Path) -> None:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("popularity.npy", b"\0" * 5000)
    assert "压缩" in _lie(folder, out.getvalue(), "<f8", [1])


def test_garbage_instead_of_arrays_is_refused(folder: Path) -> None:
    assert ARRAYS in _lie(folder, b"PK not a zip", "<f8", [1])


def _rewritten(folder: Path, **changed: np.ndarray) -> str:
    arrays = stored_arrays(folder) | changed
    manifest = stored(folder, MANIFEST)
    files = {name: (folder / name).read_bytes() for name in CONTENT} | {ARRAYS: npz_bytes(arrays)}
    manifest |= listing(files, arrays)
    _sign(folder, files, manifest)
    return refused(folder)


def test_a_number_that_is_not_finite_is_refused(folder: Path) -> None:
    values = stored_arrays(folder)["standing"]
    values[0, 0] = np.nan
    assert "standing" in _rewritten(folder, standing=values)


def test_two_providers_of_one_id_are_refused(folder: Path) -> None:
    ids = stored_arrays(folder)["provider_ids"]
    ids[1] = ids[0]
    assert "provider_ids" in _rewritten(folder, provider_ids=ids)


def test_factors_of_another_shape_are_refused(folder: Path) -> None:
    assert "identity" in _rewritten(folder, identity=np.zeros((3, 9)))


@pytest.mark.parametrize("name", ["standing", "lifts", "text_share"])
def test_columns_of_another_shape_are_refused(folder: Path, name: str) -> None:
    cut = stored_arrays(folder)[name][..., 1:]
    assert name in _rewritten(folder, **{name: cut})


def test_factors_that_change_a_score_fail_the_canaries(folder: Path) -> None:
    changed = stored_arrays(folder)["need_factors"] + 0.01
    assert "自检请求" in _rewritten(folder, need_factors=changed)


def test_a_changed_weight_fails_the_canaries(folder: Path) -> None:
    policy = stored(folder, POLICY)
    policy["weights"][0] += 0.001
    signed_again(folder, policy=policy)
    assert "自检请求" in refused(folder)


def test_a_slope_that_would_turn_the_order_round_is_refused(folder: Path) -> None:
    policy = stored(folder, POLICY)
    policy["calibration"]["slope"] = -1.0
    signed_again(folder, policy=policy)
    assert "slope" in refused(folder)


@pytest.mark.parametrize(
    "name",
    [
        *("weights", "labels", "topics", "base", "calibration", "comparisons"),
        *("uncertainty", "shortlist"),
    ],
)
def test_a_policy_without_a_part_is_refused(folder: Path, name: str) -> None:
    policy = stored(folder, POLICY)
    del policy[name]
    signed_again(folder, policy=policy)
    assert name in refused(folder)


def test_uncertainty_and_shortlists_survive_the_folder(folder: Path) -> None:
    package, back = a_package(), read_package(folder, KEY)
    assert back.shortlist == package.shortlist
    args = DATA.pairs, DATA.need_indicators, DATA.provider_indicators
    assert back.intervals(*args) == package.intervals(*args)
    affinity = package.score(*args).affinity
    inside = zip(back.intervals(*args), affinity.tolist(), strict=True)
    assert all(between is not None and between[0] < p < between[1] for between, p in inside)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("uncertainty", "curve", [[1.0, 0.2], [0.3, 1.0]]),
        ("uncertainty", "weights", [[1.0]]),
        ("uncertainty", "project", -0.1),
        ("shortlist", "level", 1.5),
        ("shortlist", "lift", "many"),
    ],
)
def test_doubt_that_makes_no_sense_is_refused(
    folder: Path, part: str, name: str, value: object
) -> None:
    policy = stored(folder, POLICY)
    changed = policy[part] if part == "uncertainty" else policy[part][0]
    changed[name] = value
    signed_again(folder, policy=policy)
    assert name in refused(folder) or "内容不完整" in refused(folder)


def test_a_package_that_states_no_uncertainty_gives_no_interval() -> None:
    silent = replace(a_package(), uncertainty=None)
    args = DATA.pairs, DATA.need_indicators, DATA.provider_indicators
    assert set(silent.intervals(*args)) == {None}


def test_no_pair_has_no_interval() -> None:
    nobody = pairs_where(DATA.pairs, np.zeros(0, dtype=np.int32))
    args = nobody, DATA.need_indicators, DATA.provider_indicators
    assert a_package().intervals(*args) == []


def test_topics_sum_to_the_margin_and_are_words_that_people_use() -> None:
    package = a_package()
    args = DATA.pairs, DATA.need_indicators, DATA.provider_indicators
    found = package.contributions(*args).by_topic()
    assert found.values.sum(axis=1) == pytest.approx(package.score(*args).margin, abs=1e-9)
    assert set(found.topics) == {BASE_LABEL, "需求", "产业", "区市", "文本", PAST}
    assert len(found.labels) == len(set(found.labels))


def test_a_version_is_never_overwritten(folder: Path) -> None:
    with pytest.raises(ModelPackageError, match="已存在"):
        write_package(a_package(), folder, KEY)


def test_nothing_but_the_package_is_left_beside_it(folder: Path) -> None:
    assert [path.name for path in folder.parent.iterdir()] == ["mentor-0001"]
