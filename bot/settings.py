"""What the operator decides: read once from the environment or `.env`, then passed in."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.functional_validators import AfterValidator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import BadSetting
from classifier.base import Language
from classifier.workers import available_cpus

MIN_SECRET = 16  # characters; a shorter key could be guessed, and with it every author


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


def _host_and_port(address: str | None) -> str | None:
    if address is None:
        return None
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("not an address; give host:port such as 127.0.0.1:8080")
    return address


Secret = Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)]
Address = Annotated[str | None, BeforeValidator(_blank_is_unset), AfterValidator(_host_and_port)]


class Settings(BaseSettings):
    """All settings of an install. Frozen; a secret never shows in a repr."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    discord_bot_token: Secret = Field(None, validation_alias="DISCORD_BOT_TOKEN")
    slack_bot_token: Secret = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: Secret = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: Secret = Field(None, validation_alias="SLACK_SIGNING_SECRET")

    database: Path = Field(Path("maeum.db"), validation_alias="MAEUM_DATABASE")
    secret: Annotated[Secret, AfterValidator(_long_enough)] = Field(
        None, validation_alias="MAEUM_SECRET"
    )
    model: str = Field("default", validation_alias="MAEUM_MODEL", min_length=1)
    locale: Language = Field(Language.KO, validation_alias="MAEUM_LOCALE")
    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        "Asia/Seoul", validation_alias="MAEUM_TIMEZONE"
    )
    http: Address = Field(None, validation_alias="MAEUM_HTTP")
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


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` are command-line options by variable name, None is unset.

    Raises BadSetting: one sentence naming every variable that is wrong, the value found (never a
    secret's) and what is allowed.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise BadSetting("; ".join(map(_sentence, error.errors()))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f".env cannot be read: {error}; make it a UTF-8 text file") from None


def _sentence(problem: ErrorDetails) -> str:
    reason = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return reason
    variable = str(problem["loc"][0])
    reason = reason[0].lower() + reason[1:]
    if variable.endswith(("TOKEN", "SECRET")):
        return f"{variable} is {reason}"
    return f"{variable}={problem['input']} is wrong: {reason}"
