"""What the app may do in Slack and why, and what it hears of: for the manifest, the doctor and the documents.

Which method and which event needs what stands at https://docs.slack.dev/reference/scopes/ under each scope.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Methods without a scope: auth.test, chat.getPermalink, views.*, response URLs. A direct message opens by itself when
# chat.postMessage gets a person's id, so that no im:write is needed.
_ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chat:write": "asks customers, turns a message into its confirmation, posts the weekly message",
        "commands": "/survey and the shortcut “Ask for feedback”",
        "im:history": "hears what people write to the bot: comments, and the words stop and start",
        "users:read": "shows people by name, speaks their language, and tells apps and other organisations apart",
        "channels:history": "hears replies in the thread of a question, in public channels where the bot is",
        "groups:history": "the same in private channels and in those shared by Slack Connect",
        "channels:read": "notices that it was removed or a channel archived, and `pulssi doctor` looks at that",
        "groups:read": "the same for private channels",
        "files:write": "puts the picture into the weekly message; without it the message goes with its words alone",
    }
)
_REACTION: Final = "reactions:read"
_REACTION_REASON: Final = "a reaction on a ticket's first message asks its author (SLACK_REACTION)"
APP_SCOPE: Final = "connections:write"  # of the app-level token, for Socket Mode

# The events by the scope that each needs; "" for none.
_EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "app_home_opened": "",
        "app_uninstalled": "",
        "tokens_revoked": "",
        "message.im": "im:history",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "member_left_channel": "channels:read",
        "channel_left": "channels:read",
        "channel_archive": "channels:read",
        "channel_deleted": "channels:read",
        "channel_id_changed": "channels:read",
        "group_left": "groups:read",
        "group_archive": "groups:read",
        "group_deleted": "groups:read",
        "reaction_added": _REACTION,
    }
)
_OF_EVERY_TOKEN: Final = frozenset({"identify"})  # Slack adds it by itself


def scopes(*, reaction: bool) -> Mapping[str, str]:
    """The bot's scopes, each with what it is for."""
    return {**_ALWAYS, _REACTION: _REACTION_REASON} if reaction else _ALWAYS


def events(*, reaction: bool) -> Mapping[str, str]:
    """What the app subscribes to, each with the scope it needs; "" for none."""
    wanted = scopes(reaction=reaction)
    return {event: scope for event, scope in _EVENTS.items() if not scope or scope in wanted}


def missing(granted: str, *, reaction: bool) -> list[str]:
    """Which of our scopes are not in `granted`, as in Slack's header `x-oauth-scopes`: names between commas.

    An empty header tells nothing, and nothing is missing then.
    """
    given = _names(granted)
    return [name for name in scopes(reaction=reaction) if name not in given] if given else []


def superfluous(granted: str, *, reaction: bool) -> list[str]:
    """Which of `granted` we do not use."""
    return sorted(_names(granted) - scopes(reaction=reaction).keys() - _OF_EVERY_TOKEN)


def _names(granted: str) -> frozenset[str]:
    return frozenset(name.strip() for name in granted.split(",") if name.strip())
