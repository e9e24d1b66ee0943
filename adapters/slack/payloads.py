"""The fields of Slack's payloads that we read; all others are skipped (https://docs.slack.dev/reference)."""

import re
import unicodedata
from typing import Final

import msgspec

LONGEST_NAME: Final = 80
# Letters to Unicode, but blank on every screen: favoured for names that nobody can see.
_BLANK: Final = "\u115f\u1160\u2800\u3164\uffa0"
# Ids of people begin with U or W (https://docs.slack.dev/reference/objects/user-object).
_PERSON: Final = re.compile(r"[UW][A-Z0-9]{1,30}")
SLACKBOT: Final = "USLACKBOT"


def words(text: str | None) -> str:
    """The text without what PostgreSQL cannot store (NUL, lone surrogates); empty when nobody could read it."""
    kept = (text or "").replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()
    # Spaces of no width, marks of direction and the like.
    return "" if all(unicodedata.category(sign)[0] in "CZ" for sign in kept) else kept


def shown_name(told: str) -> str:
    """The name without control, direction and zero-width characters; at most 80 characters."""
    seen = "".join(s for s in " ".join(told.split()) if unicodedata.category(s)[0] != "C" and s not in _BLANK)
    return " ".join(seen.split())[:LONGEST_NAME].strip()


def is_person(user: str) -> bool:
    """Is this the id of somebody who may be a human?"""
    return user != SLACKBOT and _PERSON.fullmatch(user) is not None


def is_direct(conversation: str) -> bool:
    """Is this the id of a conversation of two?"""
    return conversation.startswith("D")


class Profile(msgspec.Struct):
    """Of people of other organisations, messages bring it along."""

    display_name: str = ""
    real_name: str = ""


class User(msgspec.Struct):
    """`name` and `username`, which are skipped, are logins."""

    id: str = ""
    team_id: str | None = None


class Team(msgspec.Struct):
    id: str = ""


class Place(msgspec.Struct):
    """A channel, of which the name may differ from team to team."""

    id: str = ""


class Option(msgspec.Struct):
    value: str = ""


class Element(msgspec.Struct):
    """What was chosen or written in an element of a dialogue; buttons have their `value` only."""

    value: str | None = None
    selected_option: Option | None = None
    selected_user: str | None = None

    @property
    def chosen(self) -> str:
        return self.value or (self.selected_option.value if self.selected_option is not None else "")


class Action(Element):
    """An element that was pressed. `action_ts` is its time, which no other press of the same person has."""

    action_id: str = ""
    action_ts: str = ""


class Container(msgspec.Struct):
    """Where the element stands: `type` is "message", "message_attachment" or "view"."""

    type: str = ""
    message_ts: str = ""
    thread_ts: str | None = None
    channel_id: str | None = None
    is_ephemeral: bool = False


class Message(msgspec.Struct):
    """A message as others tell of it: the one that was pressed, chosen, edited or deleted."""

    ts: str = ""
    thread_ts: str | None = None
    user: str | None = None
    text: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    user_profile: Profile | None = None

    @property
    def thread(self) -> str:
        """The thread that it is a reply in; the first message of a thread stands in none."""
        return self.thread_ts if self.thread_ts and self.thread_ts != self.ts else ""


class Values(msgspec.Struct):
    """By block id, then by action id."""

    values: dict[str, dict[str, Element]] = {}


class View(msgspec.Struct):
    """A dialogue ("modal") or the first page of the app ("home")."""

    id: str = ""
    type: str = ""
    hash: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    state: Values | None = None
    app_installed_team_id: str | None = None


class Interaction(msgspec.Struct):
    """https://docs.slack.dev/reference/interaction-payloads."""

    type: str
    api_app_id: str = ""
    team: Team | None = None
    user: User | None = None
    trigger_id: str = ""
    response_url: str = ""
    callback_id: str = ""
    container: Container | None = None
    channel: Place | None = None
    message: Message | None = None
    view: View | None = None
    actions: list[Action] = []


class Command(msgspec.Struct):
    """https://docs.slack.dev/interactivity/implementing-slash-commands."""

    command: str
    user_id: str
    channel_id: str = ""
    team_id: str = ""
    text: str = ""
    trigger_id: str = ""
    response_url: str = ""
    api_app_id: str = ""


class Item(msgspec.Struct):
    """What a reaction was put on: a "message", or a file."""

    type: str = ""
    channel: str = ""
    ts: str = ""


class Tokens(msgspec.Struct):
    """The users whose tokens were revoked."""

    bot: list[str] = []


class Event(msgspec.Struct):
    """Of all kinds; each has but a few of these (https://docs.slack.dev/reference/events).

    `channel` and `user` are objects in some kinds, such as channel_rename and user_change. `ts` is the message's own,
    `message` the edited one, `tab` the part of the app's page.
    """

    type: str
    subtype: str | None = None
    user: str | User | None = None
    channel: str | Place | None = None
    channel_type: str | None = None
    text: str | None = None
    ts: str = ""
    thread_ts: str | None = None
    bot_id: str | None = None
    hidden: bool = False
    files: object = None
    user_profile: Profile | None = None
    message: Message | None = None
    previous_message: Message | None = None
    deleted_ts: str = ""
    reaction: str = ""
    item: Item | None = None
    item_user: str | None = None
    tab: str = ""
    old_channel_id: str = ""
    new_channel_id: str = ""
    tokens: Tokens | None = None

    @property
    def who(self) -> str:
        return self.user.id if isinstance(self.user, User) else self.user or ""

    @property
    def where(self) -> str:
        return self.channel.id if isinstance(self.channel, Place) else self.channel or ""

    @property
    def thread(self) -> str:
        """As `Message.thread`."""
        return self.thread_ts if self.thread_ts and self.thread_ts != self.ts else ""


class Authorization(msgspec.Struct):
    team_id: str | None = None


class Envelope(msgspec.Struct):
    """What Slack wraps an event in (https://docs.slack.dev/apis/events-api).

    `team_id` may be that of another organisation in a shared channel, `context_team_id` is the installation's.
    """

    type: str
    event: Event | None = None
    event_id: str = ""
    team_id: str | None = None
    context_team_id: str | None = None
    api_app_id: str = ""
    authorizations: list[Authorization] | None = None

    @property
    def teams(self) -> set[str]:
        """All teams that are told as those for whom it happened."""
        told = [self.team_id, self.context_team_id, *(one.team_id for one in self.authorizations or ())]
        return {team for team in told if team}


Payload = Interaction | Envelope | Command
