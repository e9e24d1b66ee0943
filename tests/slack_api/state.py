"""Everything the stand-in knows: its team and bot, people, channels, views, triggers and response URLs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from tests.slack_api.places import Channel, File, Message, User, View
from tests.slack_api.rules import Json, Params, Refused, Violation
from tests.telegram_api.changes import Changes

TRIGGER_SECONDS = 3.0  # docs.slack.dev/interactivity/handling-user-interaction: "expire in three seconds"
RESPONSE_USES, RESPONSE_SECONDS = 5, 1800.0  # "up to 5 times within 30 minutes", in the same place


@dataclass(eq=False)
class Trigger:
    """What an interaction allows once: opening a modal, on top of `view` when it came from one."""

    user: str
    until: float
    view: View | None = None
    used: bool = False


@dataclass(eq=False)
class ResponseUrl:
    """Where an app may answer an interaction; `source` is the message that it may replace."""

    channel: Channel
    user: str
    until: float
    source: Message | None = None
    uses: int = 0


@dataclass(eq=False)
class State:
    """Read and changed under `changes` alone; `now` gives epoch seconds."""

    now: Callable[[], float]
    team_id: str
    team_name: str
    domain: str
    app_id: str
    bot: User
    bot_id: str
    scopes: set[str]
    events: set[str] | None = None  # the event types that the app subscribed to; None for all its scopes allow
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    changes: Changes = field(default_factory=Changes)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    violations: list[Violation] = field(default_factory=list)
    warnings: list[Violation] = field(default_factory=list)
    origin: str = ""
    revoked: str = ""  # the error that every call of the bot gets from now on
    files_unready: int = 0  # `File.unready` of each that is uploaded from now on
    messages_tab: bool = True
    home_tab: bool = True
    give_response_url: bool = True
    echo: bool = True  # apps hear of their own messages too
    last_ts: int = 0  # microseconds
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    on_event: Callable[[Json, Channel | None, str], None] = field(default=lambda *_: None)

    def number(self, prefix: str) -> str:
        """A new id such as `V0000000007`."""
        return f"{prefix}{next(self.numbers):010d}"

    def ts(self) -> str:
        """A new time stamp, later than all before."""
        self.last_ts = max(int(self.now()) * 1_000_000, self.last_ts) + 100
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def name_of(self, found: str) -> str:
        if found in self.users:
            return self.users[found].display_name or self.users[found].real_name
        return self.channels[found].name if found in self.channels else found

    def direct(self, user: str) -> Channel:
        """The direct message with somebody, opened when there is none."""
        for channel in self.channels.values():
            if channel.kind == "im" and channel.user == user:
                return channel
        made = Channel(self.number("D"), "", "im", {user, self.bot.id}, user=user)
        self.channels[made.id] = made
        return made

    def place(self, params: Params, *, people: bool = False) -> Channel:
        """The channel that a call names, by a person's id too if `people`.

        Raises:
            Refused: there is none that the bot can see.
        """
        name = params.needed("channel")
        if people and name in self.users:
            return self.reachable(name)
        channel = self.channels.get(name)
        if channel is None or (channel.kind == "group" and self.bot.id not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def reachable(self, user: str) -> Channel:
        """The direct message with somebody whom the bot may write to.

        Raises:
            Refused: a bot, another team's person, or nobody.
        """
        person = self.users.get(user)
        if person is None or person.team_id != self.team_id or person.is_bot:
            raise Refused("channel_not_found")
        return self.direct(user)

    def trigger(self, user: str, view: View | None = None) -> str:
        made = self.number("") + ".trigger"
        self.triggers[made] = Trigger(user, self.now() + TRIGGER_SECONDS, view)
        return made

    def exchange(self, trigger_id: str) -> Trigger:
        """Uses a trigger (docs.slack.dev/reference/methods/views.open, "Errors").

        Raises:
            Refused: none of that id, too late, or used before.
        """
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if self.now() > trigger.until:
            raise Refused("expired_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        trigger.used = True
        return trigger

    def response_url(self, channel: Channel, user: str, source: Message | None) -> str:
        """An address for answers, with the stand-in's origin."""
        name = self.number("r")
        self.response_urls[name] = ResponseUrl(channel, user, self.now() + RESPONSE_SECONDS, source)
        return f"{self.origin}/actions/{self.team_id}/{name}"

    def violate(self, method: str, *messages: str) -> None:
        self.violations += [Violation(method, message) for message in messages]

    def warn(self, method: str, message: str) -> None:
        self.warnings.append(Violation(method, message))
