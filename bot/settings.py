"""What the operator decides: read once from the environment or `.env`, then passed in."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.functional_validators import AfterValidator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.choice import ModelChoice
from bot.errors import BadSetting
from classifier.base import Language
from classifier.workers import available_cpus

MIN_SECRET = 16  # characters; a shorter key could be guessed, and with it every author
LOOPBACK = "127.0.0.1"  # what MAEUM_HTTP means unless it names a host
MIN_KEY = 32  # characters; it seals tokens, and whoever guesses it has them


_EVERYWHERE = ("0.0.0.0", "[::]", "::")  # listened on; no address to open


def _blank_is_unset(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone; give a name such as Asia/Seoul") from None
    return name


def _long_enough(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None and len(secret.get_secret_value()) < MIN_SECRET:
        raise ValueError(f"too short; give at least {MIN_SECRET} characters")
    return secret


def _long_key(key: SecretStr | None) -> SecretStr | None:
    if key is not None and len(key.get_secret_value()) < MIN_KEY:
        raise ValueError(f"too short; give {MIN_KEY} random characters (openssl rand -hex 32)")
    return key


def _host_and_port(address: str | None) -> str | None:
    if address is None:
        return None
    host, _, port = address.strip().rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise ValueError("not an address; give host:port such as 127.0.0.1:8080, or a port")
    return f"{host or LOOPBACK}:{int(port)}"


def _origin(address: str | None) -> str | None:
    """A scheme, a host and perhaps a port: a page's links and cookies need no more."""
    if address is None:
        return None
    parts = urlsplit(address.strip())
    try:
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # no such port
        whole = False
    if not whole or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("not where a browser reaches me; give https://host or http://host:port")
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Shards:
    """The gateway connections one process holds, of all there are."""

    ids: tuple[int, ...]
    count: int

    def __str__(self) -> str:
        return f"{','.join(map(str, self.ids))}/{self.count}"


_SHARDS = re.compile(r"(\d{1,5}(?:-\d{1,5})?(?:,\d{1,5}(?:-\d{1,5})?)*)/(\d{1,5})")


def _shards(value: object) -> object:
    """`0-3/16` or `0,2,4/8`: which shards, of how many."""
    if not isinstance(value, str) or not value.strip():
        return None if isinstance(value, str) else value
    if not (match := _SHARDS.fullmatch("".join(value.split()))):
        raise ValueError("not shards; give them with their number, such as 0-3/16 or 0,1/2")
    count = int(match[2])
    ids: list[int] = []
    for part in match[1].split(","):
        first, _, last = part.partition("-")
        ids += range(int(first), int(last or first) + 1)
    if not ids or len(set(ids)) != len(ids) or max(ids) >= count:
        raise ValueError(f"not shards of {count}; their numbers are 0 to {count - 1}, each once")
    return Shards(tuple(sorted(ids)), count)


def _at_home(path: Path) -> Path:
    """`path` with the home folder for ~, which no shell puts into a line of .env."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("nobody's home folder here; write the path out") from None


def _not_a_folder(path: Path) -> Path:
    if path.is_dir():
        raise ValueError("a folder; give a file such as maeum.db")
    return path


HomePath = Annotated[Path, AfterValidator(_at_home)]
Secret = Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)]
Address = Annotated[str | None, BeforeValidator(_blank_is_unset), AfterValidator(_host_and_port)]
Origin = Annotated[str | None, BeforeValidator(_blank_is_unset), AfterValidator(_origin)]


class Backend(StrEnum):
    """What runs the model."""

    ONNX = "onnx"
    TENSORFLOW = "tensorflow"  # the checkpoint itself; needs the training extra


class Settings(BaseSettings):
    """All settings of an install. Frozen; a secret never shows in a repr."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    discord_bot_token: Secret = Field(None, validation_alias="DISCORD_BOT_TOKEN")
    discord_shards: Annotated[Shards | None, BeforeValidator(_shards)] = Field(
        None, validation_alias="MAEUM_DISCORD_SHARDS"
    )
    slack_bot_token: Secret = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: Secret = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: Secret = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_connections: int = Field(2, validation_alias="SLACK_CONNECTIONS", ge=1, le=10)
    slack_client_id: Annotated[str | None, BeforeValidator(_blank_is_unset)] = Field(
        None, validation_alias="SLACK_CLIENT_ID"
    )
    slack_client_secret: Secret = Field(None, validation_alias="SLACK_CLIENT_SECRET")
    slack_token_key: Annotated[Secret, AfterValidator(_long_key)] = Field(
        None, validation_alias="SLACK_TOKEN_KEY"
    )

    database: Annotated[HomePath, AfterValidator(_not_a_folder)] = Field(
        Path("maeum.db"), validation_alias="MAEUM_DATABASE"
    )
    secret: Annotated[Secret, AfterValidator(_long_enough)] = Field(
        None, validation_alias="MAEUM_SECRET"
    )
    model: str = Field("default", validation_alias="MAEUM_MODEL", min_length=1)
    backend: Backend = Field(Backend.ONNX, validation_alias="MAEUM_BACKEND")
    cache: HomePath = Field(
        Path("~/.cache/maeum"), validation_alias="MAEUM_CACHE", validate_default=True
    )
    locale: Language = Field(Language.KO, validation_alias="MAEUM_LOCALE")
    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        "Asia/Seoul", validation_alias="MAEUM_TIMEZONE"
    )
    http: Address = Field(None, validation_alias="MAEUM_HTTP")
    public_url: Origin = Field(None, validation_alias="MAEUM_PUBLIC_URL")
    threads: int = Field(
        default_factory=available_cpus, validation_alias="MAEUM_THREADS", ge=1, le=64
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="MAEUM_LOG_LEVEL"
    )

    @model_validator(mode="after")
    def _slack_is_whole(self) -> Self:
        if self.slack_bot_token and not (self.slack_app_token or self.slack_signing_secret):
            raise ValueError(
                "SLACK_BOT_TOKEN is set alone; add SLACK_APP_TOKEN (Socket Mode) "
                "or SLACK_SIGNING_SECRET (HTTP events)"
            )
        return self

    @model_validator(mode="after")
    def _slack_installations_are_whole(self) -> Self:
        if not (self.slack_client_id or self.slack_client_secret):
            return self
        if self.slack_bot_token:
            raise ValueError(
                "SLACK_BOT_TOKEN serves one workspace and SLACK_CLIENT_ID many; set one of them"
            )
        needed = {
            "SLACK_CLIENT_ID": self.slack_client_id,
            "SLACK_CLIENT_SECRET": self.slack_client_secret,
            "SLACK_TOKEN_KEY (it seals the workspaces' tokens)": self.slack_token_key,
            "MAEUM_HTTP (the pages to install from)": self.http,
            "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET": self.slack_app_token
            or self.slack_signing_secret,
        }
        if missing := [name for name, value in needed.items() if not value]:
            raise ValueError(f"to serve many Slack workspaces, also set {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _slack_events_have_an_address(self) -> Self:
        if self.slack_signing_secret and not (self.slack_app_token or self.http):
            raise ValueError(
                "SLACK_SIGNING_SECRET receives events over HTTP; add MAEUM_HTTP such as "
                "127.0.0.1:8080, or SLACK_APP_TOKEN for Socket Mode"
            )
        return self

    @model_validator(mode="after")
    def _a_public_address_has_a_server(self) -> Self:
        if self.public_url and not self.http:
            raise ValueError(
                "MAEUM_PUBLIC_URL leads to the pages on MAEUM_HTTP; set that too, such as 8080"
            )
        return self

    @property
    def origin(self) -> str | None:
        """Where browsers reach the HTTP server, None when there is none."""
        if self.public_url or not self.http:
            return self.public_url
        host, _, port = self.http.rpartition(":")
        return f"http://{LOOPBACK if host in _EVERYWHERE else host}:{port}"

    @property
    def has_slack(self) -> bool:
        """Whether Slack is set up: for one workspace, or for all that install the app."""
        return self.slack_bot_token is not None or self.slack_client_id is not None


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` are command-line options by variable name, None is unset.

    The model that `maeum model use` chose goes before MAEUM_MODEL, and an override before both.
    Raises BadSetting: one sentence naming every variable that is wrong, the value found (never a
    secret's) and what is allowed.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise BadSetting("; ".join(map(_sentence, error.errors()))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f".env cannot be read: {error}; make it a UTF-8 text file") from None
    if "MAEUM_MODEL" not in given and (chosen := ModelChoice(settings.database).read()):
        return settings.model_copy(update={"model": chosen})
    return settings


def _sentence(problem: ErrorDetails) -> str:
    reason = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return reason
    variable = str(problem["loc"][0])
    reason = reason[0].lower() + reason[1:]
    if variable.endswith(("TOKEN", "SECRET", "KEY")):
        return f"{variable} is {reason}"
    return f"{variable}={problem['input']} is wrong: {reason}"
