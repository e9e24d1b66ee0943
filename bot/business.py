"""What holds for one workspace now: the environment's settings under what its owner set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.address import Address
from bot.destinations import Destination, parse_destinations
from bot.prompts import Asker
from bot.settings import Settings
from bot.spans import Every
from bot.texts import Texts, texts
from bot.weeks import PostTime, local_day, zone
from bot.workspace import Workspace

SETTABLE = ("business_name", "privacy_url", "consent", "timezone", "locale", "owner_channel", "summary_at",
            "summary_every")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Business:
    """A workspace with its effective settings."""

    workspace: Workspace
    name: str
    zone: ZoneInfo
    locale: str
    summary_at: PostTime
    every: Every
    destinations: tuple[Destination, ...]
    consent_first: bool
    asker: Asker

    @property
    def texts(self) -> Texts:
        return texts(self.locale)

    @property
    def owner_channels(self) -> tuple[Address, ...]:
        """The places of the destinations, whatever each is limited to."""
        return tuple(one.address for one in self.destinations)

    def today(self, now: datetime) -> date:
        """The workspace's local day."""
        return local_day(now, self.zone)


def effective(workspace: Workspace, settings: Settings) -> Mapping[str, tuple[str, str]]:
    """`name -> (value, source)` for what an owner can set; the source is `owner`, `environment` or `default`."""
    found = {}
    for name in SETTABLE:
        value = getattr(settings, name)
        environment = ",".join(value) if isinstance(value, tuple) else str(value)
        source = "environment" if name in settings.model_fields_set else "default"
        stored = workspace.settings.get(name)
        found[name] = (stored, "owner") if stored is not None else (environment, source)
    return found


def business_of(workspace: Workspace, settings: Settings, accounts: Mapping[str, str]) -> Business:
    """The workspace as it is to act now; `accounts` are the bot or team that each channel speaks as."""
    values = {name: value for name, (value, _) in effective(workspace, settings).items()}
    return Business(
        workspace,
        values["business_name"],
        zone(values["timezone"]),
        values["locale"],
        PostTime.parse(values["summary_at"]),
        Every(values["summary_every"]),
        parse_destinations(values["owner_channel"], accounts),
        values["consent"] == "opt-in",
        Asker(values["business_name"], values["privacy_url"], zone(values["timezone"])),
    )
