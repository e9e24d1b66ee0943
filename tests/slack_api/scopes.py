"""Which scope a method or an event needs (docs.slack.dev/reference/scopes)."""

from tests.slack_api.places import Channel
from tests.slack_api.rules import Json

SCOPES = frozenset({
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:write",
    "groups:history", "groups:read", "im:history", "im:read", "im:write", "reactions:read", "team:read", "users:read",
    "users:read.email",
})  # fmt: skip

_METHODS = {
    "apps.connections.open": "connections:write", "bots.info": "users:read", "team.info": "team:read",
    "chat.postMessage": "chat:write", "chat.postEphemeral": "chat:write", "chat.update": "chat:write",
    "chat.delete": "chat:write", "conversations.open": "im:write", "conversations.join": "channels:join",
    "users.info": "users:read", "users.list": "users:read", "users.lookupByEmail": "users:read.email",
    "files.getUploadURLExternal": "files:write", "files.completeUploadExternal": "files:write",
}  # fmt: skip
_READS = frozenset({"conversations.info", "conversations.list", "conversations.members", "users.conversations"})
_FAMILIES = {"channel": "channels", "group": "groups", "im": "im"}
_EVENTS = {"reaction_added": "reactions:read", "reaction_removed": "reactions:read", "app_mention": "app_mentions:read",
           "user_change": "users:read"}  # fmt: skip


def needed_scope(method: str, channel: Channel | None) -> str:
    """The scope that a call needs; "" for none."""
    family = _FAMILIES[channel.kind] if channel is not None else "channels"
    if method in _READS:
        return f"{family}:read"
    if method in {"conversations.history", "conversations.replies"}:
        return f"{family}:history"
    return _METHODS.get(method, "")


def event_scope(event: Json, channel: Channel | None) -> tuple[str, str]:
    """What the app subscribes to for this event, as `message.channels`, and the scope it needs."""
    kind = str(event["type"])
    family = _FAMILIES[channel.kind] if channel is not None else "channels"
    if kind == "message":
        return f"message.{family}", f"{family}:history"
    if kind.startswith(("member_", "channel_", "group_")):
        return kind, f"{family}:read"
    return kind, _EVENTS.get(kind, "")
