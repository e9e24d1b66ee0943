"""What a Slack team has: people, channels with their messages, files and the views that are open."""

from dataclasses import dataclass, field
from typing import Any, Literal

from tests.slack_api.rules import Json

Kind = Literal["channel", "group", "im"]


@dataclass(eq=False)
class User:
    """Somebody, or a bot; `team_id` of another team is a person of Slack Connect."""

    id: str
    name: str
    real_name: str
    team_id: str
    locale: str = "en-US"
    tz: str = "Europe/Helsinki"
    tz_offset: int = 7200
    display_name: str = ""
    email: str = ""
    is_bot: bool = False
    deleted: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False

    def json(self, *, locale: bool = False) -> Json:
        """As users.info gives it (docs.slack.dev/reference/objects/user-object)."""
        profile: Json = {"real_name": self.real_name, "display_name": self.display_name, "team": self.team_id,
                         "avatar_hash": "g1", "image_72": "https://secure.gravatar.com/avatar/1.jpg"}  # fmt: skip
        profile |= {"email": self.email} if self.email else {}
        made: Json = {
            "id": self.id, "team_id": self.team_id, "name": self.name, "deleted": self.deleted,
            "real_name": self.real_name, "tz": self.tz, "tz_offset": self.tz_offset, "profile": profile,
            "is_admin": self.is_admin, "is_owner": self.is_owner, "is_primary_owner": False,
            "is_restricted": self.is_restricted, "is_ultra_restricted": False, "is_bot": self.is_bot,
            "is_app_user": False, "updated": 1_700_000_000,
        }  # fmt: skip
        return made | ({"locale": self.locale} if locale else {})


@dataclass(eq=False)
class Message:
    """A message, the bot's or a person's; `to` is the one person who sees an ephemeral one."""

    channel: "Channel"
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    bot_id: str = ""
    to: str = ""
    edited_ts: str = ""
    deleted: bool = False
    files: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    extra: Json = field(default_factory=dict)  # bot_profile, app_id, team, metadata

    @property
    def edited(self) -> bool:
        return bool(self.edited_ts)

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(label, action_id) of every button and menu, in their order."""
        found = [one for block in self.blocks for one in _interactive(block)]
        return [(_label(one), str(one.get("action_id", ""))) for one in found]

    def json(self) -> Json:
        """As payloads and answers carry it."""
        made: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, **self.extra}
        made |= {"bot_id": self.bot_id} if self.bot_id else {}
        made |= {"blocks": self.blocks} if self.blocks else {}
        made |= {"files": self.files} if self.files else {}
        made |= {"thread_ts": self.thread_ts} if self.thread_ts else {}
        made |= {"edited": {"user": self.user, "ts": self.edited_ts}} if self.edited_ts else {}
        return made


@dataclass(eq=False)
class Channel:
    """A channel (C…), private channel (C… or G…) or direct message (D…, of `user` with the bot)."""

    id: str
    name: str
    kind: Kind = "channel"
    members: set[str] = field(default_factory=set)
    creator: str = ""
    user: str = ""
    archived: bool = False
    shared_teams: tuple[str, ...] = ()
    host: str = ""  # the team whose channel it was before it was shared; "" for ours
    messages: list[Message] = field(default_factory=list)
    ephemerals: list[Message] = field(default_factory=list)
    found: dict[str, Message] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        return bool(self.shared_teams)

    @property
    def shown_name(self) -> str:
        """The name as interaction payloads tell it."""
        return {"im": "directmessage", "group": "privategroup"}.get(self.kind, self.name)

    def put(self, message: Message) -> Message:
        (self.ephemerals if message.to else self.messages).append(message)
        self.found[message.ts] = message
        return message

    def message(self, ts: str) -> Message | None:
        """The message, ephemeral ones too; None when there is none or it was deleted."""
        message = self.found.get(ts)
        return None if message is None or message.deleted else message

    def thread(self, ts: str) -> list[Message]:
        """The replies to a message, not itself."""
        return [one for one in self.messages if one.thread_ts == ts and one.ts != ts and not one.deleted]

    def json(self, bot: str, *, count: bool = False) -> Json:
        """As conversations.info gives it (docs.slack.dev/reference/objects/conversation-object)."""
        shared: Json = {"is_shared": self.shared, "is_ext_shared": self.shared, "is_org_shared": False}
        if self.kind == "im":
            made: Json = {"id": self.id, "created": 1_700_000_000, "is_im": True, "user": self.user,
                          "is_archived": False, "is_user_deleted": False, "is_open": True, **shared}  # fmt: skip
        else:
            made = {
                "id": self.id, "name": self.name, "name_normalized": self.name, "created": 1_700_000_000,
                "creator": self.creator, "is_channel": self.kind == "channel", "is_group": self.id.startswith("G"),
                "is_im": False, "is_mpim": False, "is_private": self.kind == "group", "is_archived": self.archived,
                "is_general": False, "is_member": bot in self.members, "is_pending_ext_shared": False, **shared,
                "shared_team_ids": list(self.shared_teams), "connected_team_ids": list(self.shared_teams),
                "topic": {"value": "", "creator": "", "last_set": 0},
                "purpose": {"value": "", "creator": "", "last_set": 0},
            }  # fmt: skip
        return made | ({"num_members": len(self.members)} if count else {})


@dataclass(eq=False)
class View:
    """A modal or somebody's home; `given` is what the app sent, `values` what the person filled in."""

    id: str
    given: Json
    user: str
    hash: str
    previous: "View | None" = None
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    open: bool = True

    @property
    def title(self) -> str:
        return str((self.given.get("title") or {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        found: list[Json] = self.given["blocks"]
        return found

    @property
    def private_metadata(self) -> str:
        return str(self.given.get("private_metadata") or "")

    @property
    def root(self) -> "View":
        return self.previous.root if self.previous is not None else self


@dataclass(eq=False)
class File:
    """`data` is None until it was uploaded, which is possible once; `shared` says with which (channel, thread_ts)."""

    id: str
    name: str
    length: int
    title: str = ""
    alt_txt: str = ""
    data: bytes | None = None
    shared: list[tuple[str, str]] = field(default_factory=list)
    completed: bool = False
    unready: int = 0  # so many messages that show it are refused first

    def json(self, user: str) -> Json:
        return {"id": self.id, "name": self.name, "title": self.title or self.name, "size": self.length, "user": user,
                "alt_txt": self.alt_txt, "mimetype": "image/png" if self.name.endswith(".png") else "text/plain",
                "url_private": f"https://files.slack.com/files-pri/{self.id}/{self.name}"}  # fmt: skip


def _interactive(block: Json) -> list[Json]:
    single = [block[name] for name in ("element", "accessory") if name in block]
    found: list[Any] = [*(block.get("elements") or []), *single]
    return [one for one in found if isinstance(one, dict) and one.get("action_id")]


def _label(element: Json) -> str:
    shown = element.get("text") or element.get("placeholder") or {}
    return str(shown.get("text", "")) if isinstance(shown, dict) else ""
