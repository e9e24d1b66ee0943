"""The app as Slack makes it from one text (https://docs.slack.dev/reference/app-manifest)."""

from typing import Any, Final

from adapters.slack.buttons import COMMAND, SHORTCUT
from adapters.slack.scopes import events, scopes
from bot.settings import SLACK_PATH

LONGEST_NAME: Final = 35
NAME: Final = "Pulssi"
_DESCRIPTION: Final = "Asks customers one question where they already are, and posts one honest weekly message."
_COMMAND_DESCRIPTION: Final = "Ask a customer for feedback, see the figures and settings"
_COMMAND_HINT: Final = "[ticket, name or address | summary | kpi | invite | help]"
_SHORTCUT_NAME: Final = "Ask for feedback"  # at most 24 characters
_SHORTCUT_DESCRIPTION: Final = "Ask the author of this message one question"


def manifest(*, socket_mode: bool, url: str = "", reaction: bool = False, name: str = NAME) -> dict[str, Any]:
    """Ready for JSON. `url` is where this program can be reached, as `https://pulssi.example.com`; for HTTP alone."""
    called = {} if socket_mode else {"url": request_url(url)}
    requested = {} if socket_mode else {"request_url": request_url(url)}
    return {
        "display_information": {"name": name, "description": _DESCRIPTION},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": False},
            "shortcuts": [
                {
                    "name": _SHORTCUT_NAME,
                    "type": "message",
                    "callback_id": SHORTCUT,
                    "description": _SHORTCUT_DESCRIPTION,
                }
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **called,
                    "description": _COMMAND_DESCRIPTION,
                    "usage_hint": _COMMAND_HINT,
                    "should_escape": True,  # people and channels come as ids: <@U…>, <#C…>
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(scopes(reaction=reaction))}},
        "settings": {
            "event_subscriptions": {**requested, "bot_events": sorted(events(reaction=reaction))},
            "interactivity": {"is_enabled": True, **requested},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def request_url(url: str) -> str:
    """Where Slack is to send everything, by the address of this program."""
    return f"{url.rstrip('/').removesuffix(SLACK_PATH)}{SLACK_PATH}"
