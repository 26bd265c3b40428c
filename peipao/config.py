"""Settings: read once, checked, then passed as values; nothing else reads the environment."""

from __future__ import annotations

import contextlib
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSettings
from typing_extensions import override

from peipao.errors import SettingsError

PREFIX = "PEIPAO_"
NOT_SETTINGS = (f"{PREFIX}TEST_", f"{PREFIX}REWRITE_")
"""Environment names of the test suite that begin alike and are no settings."""

SETTINGS_FILE = Path("peipao.toml")
_KEY_BYTES = 32
_URL_SIGNS = frozenset("?#%")

_CHINESE = {
    "extra_forbidden": "没有这个配置项",
    "int_parsing": "应为整数",
    "greater_than_equal": "小于允许的最小值",
    "less_than_equal": "大于允许的最大值",
    "path_type": "应为路径",
    "string_type": "应为文本",
    "string_too_short": "不得为空",
    "model_type": "应为一组配置项",
}


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(_Group):
    """Where rows are kept.

    Attributes:
        url: SQLAlchemy URL; None is the SQLite file `peipao.db` in the home folder.
    """

    url: Annotated[str, Field(min_length=1)] | None = None


class ApiSettings(_Group):
    """How the HTTP service listens.

    Attributes:
        host: address to listen on; anything beyond loopback needs a key first.
        max_body_bytes: larger request bodies are refused.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    max_body_bytes: int = Field(default=1_048_576, ge=1024, le=64 * 1_048_576)


class JobSettings(_Group):
    """What the service does by itself.

    Attributes:
        every_s: seconds between two ticks of `peipao serve`; 0 switches them off.
        policy_needs: whether a tick opens, once a day, needs for officers of the projects that
            became eligible for a policy.
    """

    every_s: int = Field(default=60, ge=0, le=3600)
    policy_needs: bool = False


class ChannelSettings(_Group):
    """A way on which notices leave.

    Attributes:
        type: entry point of `peipao.channels`, such as `webhook`, `email` or `sms`.
        options: of that type; its module says which there are.
    """

    type: str = Field(min_length=1)
    options: dict[str, Any] = Field(default_factory=dict)


class Settings(BaseSettings):
    """Defaults, then `peipao.toml` in the working folder, then `PEIPAO_*` in the environment.

    Attributes:
        home: folder of everything the service writes.
        channels: name -> a way on which notices leave; none is a notice that stays in the outbox.
        kinds_dir: folder whose `*.toml` add to or replace the packaged kinds.
        reference_dir: folder whose files replace packaged reference files of the same name.
        text_encoder: entry point of `peipao.text_encoders` used when a model is trained.
        seed: text; the seed of training, and of rounds that name none.
        filing_no: number of the algorithm filing, shown on the notice; None is not filed.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Path(".peipao")
    store: StoreSettings = StoreSettings()
    api: ApiSettings = ApiSettings()
    jobs: JobSettings = JobSettings()
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    kinds_dir: Path | None = None
    reference_dir: Path | None = None
    text_encoder: str = Field(default="ngram", min_length=1)
    seed: int = Field(default=2026, ge=0, le=2**31 - 1)
    filing_no: str | None = None

    @property
    def store_url(self) -> str:
        """Return the SQLAlchemy URL of the store."""
        return self.store.url or f"sqlite:///{self.home.absolute() / 'peipao.db'}"

    @property
    def packages(self) -> Path:
        """Return the folder of the model packages, one folder a version."""
        return self.home / "packages"

    @property
    def tracking_database(self) -> Path:
        """Return the SQLite file of the MLflow backend, absolute."""
        return self.home.absolute() / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Return the folder of the MLflow artefacts, absolute."""
        return self.home.absolute() / "artifacts"

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put values given by the caller first, then the environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(file: Path | None = None, **given: Any) -> Settings:  # noqa: ANN401
    """Return the settings: `given` wins over the environment, that over the file.

    Args:
        file: a TOML file; None is `peipao.toml` in the working folder, if there is one.
        given: values by field name, such as `home=Path("x")`.

    Raises:
        SettingsError: a key is unknown or a value cannot be used; names the key.
    """
    if file is not None and not file.is_file():
        raise SettingsError(f"配置文件 {file.name} 不存在")
    _refuse_unknown_names(os.environ)  # noqa: TID251  the only reader of the environment
    try:
        return _with_usable_home(_reading(file or SETTINGS_FILE)(**given))
    except UnreadableSettings as error:
        raise SettingsError(f"环境变量中有一组配置不是合法的 JSON:{error}") from None
    except ValidationError as error:
        raise SettingsError(";".join(_worded(error))) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{(file or SETTINGS_FILE).name} 不是 UTF-8 编码的文本") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{(file or SETTINGS_FILE).name} 不是合法的 TOML:{error}") from None


def _with_usable_home(settings: Settings) -> Settings:
    # Databases are addressed by URL, where these mean something else: the rows of a folder `a?b`
    # would quietly end up in a file `a` beside it.
    found = sorted(_URL_SIGNS & set(str(settings.home.absolute())))
    if found:
        raise SettingsError(
            f"home:路径 {settings.home.absolute()} 含有 {'、'.join(found)};"
            "应为:不含 ?、# 和 % 的文件夹"
        )
    return settings


def _reading(file: Path) -> type[Settings]:
    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    return FromFile


def signing_key(home: Path) -> bytes:
    """Return the key that signs model packages, made on first use and readable by us alone.

    Raises:
        SettingsError: the file is there but is not a key.
    """
    path = home / "signing.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _create_key(path)
    return _read_key(path)


def fact_keys(home: Path) -> tuple[bytes, ...]:
    """Return the keys that seal sensitive facts, one a line of `facts.key`, today's first.

    The file is made on first use and readable by us alone.

    Raises:
        SettingsError: the file is there but holds no keys.
    """
    path = home / "facts.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _create_key(path)
    return _read_keys(path)


def _create_key(path: Path) -> None:
    # Written whole beside its place and then linked: two first starts agree on one key.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"签名密钥文件 {path.name} 已损坏:应为 {_KEY_BYTES * 2} 位十六进制")
    return key


def _read_keys(path: Path) -> tuple[bytes, ...]:
    try:
        keys = tuple(bytes.fromhex(line) for line in path.read_text(encoding="ascii").split())
    except ValueError:
        keys = ()
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        right = f"每行一把密钥,{_KEY_BYTES * 2} 位十六进制"
        raise SettingsError(f"敏感信息密钥文件 {path.name} 已损坏:应为{right}")
    return keys


def _refuse_unknown_names(environment: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for name in sorted(environment):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper.startswith(NOT_SETTINGS):
            continue
        if upper.split("__")[0] not in known:
            listed = "、".join(sorted(known))
            raise SettingsError(f"环境变量 {name} 不是配置项;现有:{listed}")


def _worded(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in issue['loc']) or '配置'}:"
        + _CHINESE.get(issue["type"], f"取值不合法({issue['type']})")
        + _bound(issue.get("ctx", {}))
        for issue in error.errors(include_url=False, include_input=False)
    ]


def _bound(facts: Mapping[str, Any]) -> str:
    limits = [
        f"{word} {facts[key]}" for key, word in (("ge", "至少"), ("le", "至多")) if key in facts
    ]
    return f"({'、'.join(limits)})" if limits else ""
