"""Settings from the environment and `.env`, checked once, with errors that name the setting."""

import difflib
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.destinations import doubled, parse_destination
from bot.errors import BadSettings, WrongUse
from bot.values import replace
from bot.weeks import PostTime, zone

WEBHOOK_PATH = "/telegram/webhook"
SLACK_PATH = "/slack/events"
DEFAULT_REACTION = "white_check_mark"
_BOT_TOKEN = re.compile(r"[1-9][0-9]{2,19}:[A-Za-z0-9_-]{20,100}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_SLACK_TOKEN = re.compile(r"[A-Za-z0-9-]{10,250}")
_SIGNING_SECRET = re.compile(r"[0-9A-Za-z]{16,128}")
_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")
_LOOPBACK = re.compile(r"http://(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?(?:/|\Z)")
_ORIGIN = re.compile(r"https?://[^/?#@\s]+")
_SHORTEST_SECRET = 16  # characters; what is shorter can be guessed, and with it any customer's identity forged


class Settings(BaseSettings):
    """What the operator decides. What an owner set in chat is stored with the workspace and wins over it."""

    model_config = SettingsConfigDict(
        env_prefix="PULSSI_", env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", env_ignore_empty=True,
        frozen=True, populate_by_name=True,
    )  # fmt: skip

    database_url: str = "sqlite:///var/pulssi.db"
    secret_key: str | None = Field(default=None, repr=False)
    business_name: Annotated[str, Field(max_length=80)] = ""
    privacy_url: str = ""
    consent: Literal["notice", "opt-in"] = "notice"
    timezone: str = "UTC"
    locale: Literal["en", "fi", "sv"] = "en"
    owner_channel: Annotated[tuple[str, ...], NoDecode] = ("webchat:owner",)
    summary_at: str = "mon 09:00"
    summary_every: Literal["week", "day", "month", "off"] = "week"
    agent_figures: Literal["self", "owner", "off"] = "self"
    webchat_origins: Annotated[tuple[str, ...], NoDecode] = ()
    webchat_secret: str | None = Field(default=None, repr=False)
    public_url: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    telegram_bot_token: str | None = Field(default=None, repr=False, validation_alias="TELEGRAM_BOT_TOKEN")
    telegram_api_base_url: str = Field(default="https://api.telegram.org", validation_alias="TELEGRAM_API_BASE_URL")
    telegram_webhook_url: str = Field(default="", validation_alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_secret: str | None = Field(default=None, repr=False, validation_alias="TELEGRAM_WEBHOOK_SECRET")
    telegram_relay: bool = Field(default=False, validation_alias="TELEGRAM_RELAY")
    slack_bot_token: str | None = Field(default=None, repr=False, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: str | None = Field(default=None, repr=False, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: str | None = Field(default=None, repr=False, validation_alias="SLACK_SIGNING_SECRET")
    slack_api_base_url: str = Field(default="https://slack.com/api/", validation_alias="SLACK_API_BASE_URL")
    slack_reaction: str = Field(default="", validation_alias="SLACK_REACTION")

    @property
    def accounts(self) -> Mapping[str, str]:
        """The bot that a channel speaks as, for those that are switched on and whose token tells it."""
        token = self.telegram_bot_token
        return {"telegram": token.partition(":")[0]} if token else {}

    @property
    def channels(self) -> frozenset[str]:
        """The names of those that are switched on."""
        vendors = {"telegram": self.telegram_bot_token, "slack": self.slack_bot_token}
        return frozenset({"webchat", *(name for name, token in vendors.items() if token)})

    @field_validator("owner_channel", "webchat_origins", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("owner_channel")
    @classmethod
    def _known_channels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            twice = doubled([parse_destination(place) for place in value])
        except WrongUse as error:
            raise ValueError(str(error)) from None
        if twice is not None:
            raise ValueError(
                f"{replace(twice, limit='', key='')} stands in it twice; a place reads one message, of everybody or of "
                "one group: give the other group a topic, a thread or a channel of its own"
            )
        return value

    @field_validator("webchat_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not _ORIGIN.fullmatch(url.rstrip("/")):
                raise ValueError("give origins without a path, such as https://shop.example.com")
        return tuple(url.rstrip("/") for url in value)

    @field_validator("webchat_secret")
    @classmethod
    def _long_enough(cls, value: str | None) -> str | None:
        if value is not None and len(value) < _SHORTEST_SECRET:
            raise ValueError(f"give at least {_SHORTEST_SECRET} characters, which nobody can guess")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone(value)
        except WrongUse:
            raise ValueError("give an IANA time zone such as Europe/Helsinki") from None
        return value

    @field_validator("summary_at")
    @classmethod
    def _readable_time(cls, value: str) -> str:
        try:
            return str(PostTime.parse(value))
        except WrongUse as error:
            raise ValueError(str(error)) from None

    @field_validator("telegram_bot_token")
    @classmethod
    def _bot_token(cls, value: str | None) -> str | None:
        if value is not None and not _BOT_TOKEN.fullmatch(value):
            raise ValueError("give the whole token as @BotFather shows it, such as 123456789:AAE…")
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: str | None) -> str | None:
        if value is not None and not _WEBHOOK_SECRET.fullmatch(value):
            raise ValueError("give 16 to 256 letters, digits, _ and -, which nobody can guess")
        return value

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _slack_token(cls, value: str | None, info: ValidationInfo) -> str | None:
        prefix = "xoxb-" if info.field_name == "slack_bot_token" else "xapp-"
        if value is not None and not _SLACK_TOKEN.fullmatch(value.removeprefix(prefix)):
            raise ValueError(f"give the whole token as api.slack.com/apps shows it; it begins with {prefix}")
        if value is not None and not value.startswith(prefix):
            raise ValueError(f"this is another token: the one that is meant begins with {prefix}")
        return value

    @field_validator("slack_signing_secret")
    @classmethod
    def _signing_secret(cls, value: str | None) -> str | None:
        if value is not None and not _SIGNING_SECRET.fullmatch(value):
            raise ValueError("give the whole signing secret as the app's Basic Information shows it")
        return value

    @field_validator("slack_reaction")
    @classmethod
    def _reaction(cls, value: str) -> str:
        name = value.strip().strip(":").casefold()
        if name in {"", "off", "no", "false", "0"}:
            return ""
        if name in {"on", "yes", "true", "1"}:
            return DEFAULT_REACTION
        if not _EMOJI.fullmatch(name):
            raise ValueError("give the name of an emoji, such as white_check_mark, or nothing to switch it off")
        return name

    @field_validator("slack_api_base_url")
    @classmethod
    def _slack_url(cls, value: str) -> str:
        if not (value.startswith("https://") or _LOOPBACK.match(value)):
            raise ValueError("give an address that begins with https:// (http:// is for this machine alone)")
        return f"{value.rstrip('/')}/"

    @model_validator(mode="after")
    def _slack_has_a_way_in(self) -> Self:
        if self.slack_bot_token and not self.slack_app_token and not self.slack_signing_secret:
            raise ValueError(
                "SLACK_BOT_TOKEN needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP): taps come that way"
            )
        if self.slack_app_token and not self.slack_bot_token:
            raise ValueError("SLACK_APP_TOKEN needs SLACK_BOT_TOKEN, with which answers are sent")
        return self

    @field_validator("telegram_api_base_url", "telegram_webhook_url")
    @classmethod
    def _telegram_url(cls, value: str) -> str:
        if value and not (value.startswith("https://") or _LOOPBACK.match(value)):
            raise ValueError("give an address that begins with https:// (http:// is for this machine alone)")
        return value.rstrip("/")

    @field_validator("telegram_webhook_url")
    @classmethod
    def _webhook_path(cls, value: str) -> str:
        path = value.partition("://")[2].partition("/")[2]
        if path and f"/{path}" != WEBHOOK_PATH:
            raise ValueError(f"its path is to be {WEBHOOK_PATH}, where this program listens")
        return f"{value.removesuffix(WEBHOOK_PATH)}{WEBHOOK_PATH}" if value else ""

    @model_validator(mode="after")
    def _relay_has_secret(self) -> Self:
        if self.telegram_relay and self.telegram_webhook_secret is None:
            raise ValueError("TELEGRAM_RELAY needs TELEGRAM_WEBHOOK_SECRET, which the forwarding program sends along")
        if self.telegram_relay and self.telegram_webhook_url:
            raise ValueError("TELEGRAM_RELAY and TELEGRAM_WEBHOOK_URL exclude each other: a webhook has one owner")
        return self

    @field_validator("privacy_url", "public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("give an address that begins with https://")
        return value.rstrip("/")


def read_settings(environment: Mapping[str, str | None], env_file: Path = Path(".env")) -> Settings:
    """The settings of this start; `BadSettings` names the first value that cannot be used, without showing secrets."""
    _check_names({**_file_values(env_file), **{k: v for k, v in environment.items() if k.startswith("PULSSI_")}})
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings takes it, its stub does not
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise BadSettings(f"{str(first['msg']).removeprefix('Value error, ').rstrip('.')}.") from None
        name = variable(str(first["loc"][0]))
        allowed = first.get("ctx", {}).get("expected", "")
        reason = f"it may be {allowed}" if allowed else str(first["msg"]).removeprefix("Value error, ")
        raise BadSettings(f"{name} cannot be used: {reason.rstrip('.')}.") from None


def variable(field: str) -> str:
    """The environment variable of a setting, by its field or by the name itself."""
    known = Settings.model_fields.get(field.lower())
    alias = known.validation_alias if known is not None else None
    return alias if isinstance(alias, str) else f"PULSSI_{field.upper()}"


def _file_values(env_file: Path) -> dict[str, str | None]:
    if not env_file.is_file():
        return {}
    try:
        text = env_file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSettings(f"{env_file} is not UTF-8 text: save it as UTF-8.") from None
    for found in parse_stream(io.StringIO(text)):
        if found.error or (found.key is not None and found.value is None):
            # Its beginning alone: the rest may be a secret.
            line = found.original.string.strip().partition("=")[0]
            raise BadSettings(
                f"{env_file}, line {found.original.line}, is not NAME=value with closed quotes: {line[:20]!r}."
            )
    return dict(dotenv_values(stream=io.StringIO(text)))


def _check_names(values: Mapping[str, object]) -> None:
    known = {variable(name) for name in Settings.model_fields} | _OTHER_NAMES
    for name in values:
        if name.startswith("PULSSI_") and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]}?" if near else " .env.example lists them all."
            raise BadSettings(f"There is no setting {name}.{hint}")


# Read by the tests and by CI alone.
_OTHER_NAMES = {"PULSSI_REQUIRE"}
