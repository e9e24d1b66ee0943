"""The manifest: of the shape that Slack takes, with exactly the rights and events that the program uses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from adapters import slack
from adapters.slack.buttons import COMMAND, SHORTCUT
from adapters.slack.decoding import READ_EVENTS
from adapters.slack.manifest import manifest
from adapters.slack.scopes import events, missing, scopes, superfluous
from tests.slack_api.scopes import needed_scope

URL = "https://pulssi.example.com"
ALL = ",".join(scopes(reaction=True))


def keys(value: Any, path: str = "") -> set[str]:
    """Every field's path."""
    if isinstance(value, list):
        return set().union(*(keys(one, path) for one in value))
    if not isinstance(value, dict):
        return {path}
    return set().union(*(keys(one, f"{path}.{name}".lstrip(".")) for name, one in value.items()))


# The fields of docs.slack.dev/reference/app-manifest that we fill in.
FIELDS = {
    "display_information.name", "display_information.description", "features.app_home.home_tab_enabled",
    "features.app_home.messages_tab_enabled", "features.app_home.messages_tab_read_only_enabled",
    "features.bot_user.display_name", "features.bot_user.always_online", "features.shortcuts.name",
    "features.shortcuts.type", "features.shortcuts.callback_id", "features.shortcuts.description",
    "features.slash_commands.command", "features.slash_commands.description", "features.slash_commands.usage_hint",
    "features.slash_commands.should_escape", "oauth_config.scopes.bot", "settings.event_subscriptions.bot_events",
    "settings.interactivity.is_enabled", "settings.org_deploy_enabled", "settings.socket_mode_enabled",
    "settings.token_rotation_enabled",
}  # fmt: skip
URLS = {
    "features.slash_commands.url", "settings.event_subscriptions.request_url", "settings.interactivity.request_url"
}  # fmt: skip


def test_by_socket_mode_no_address_is_told() -> None:
    made = manifest(socket_mode=True)
    assert keys(made) == FIELDS
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)


@pytest.mark.parametrize("given", [URL, f"{URL}/", f"{URL}/slack/events"])
def test_by_http_everything_goes_to_one_address(given: str) -> None:
    made = manifest(socket_mode=False, url=given)
    assert keys(made) == FIELDS | URLS
    settings = made["settings"]
    told = {
        made["features"]["slash_commands"][0]["url"],
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
    }
    assert told == {f"{URL}/slack/events"}
    assert settings["socket_mode_enabled"] is False


def test_people_can_write_to_the_bot_and_staff_find_their_ways() -> None:
    features = manifest(socket_mode=True, name="Voice of Acme")["features"]
    assert features["app_home"] == {
        "home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False
    }  # fmt: skip
    assert features["bot_user"]["display_name"] == "Voice of Acme"
    command, shortcut = features["slash_commands"][0], features["shortcuts"][0]
    assert (command["command"], command["should_escape"]) == (COMMAND, True)
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", SHORTCUT)


def test_texts_are_no_longer_than_slack_takes() -> None:
    made = manifest(socket_mode=True)
    assert len(made["display_information"]["description"]) <= 140
    assert len(made["features"]["shortcuts"][0]["name"]) <= 24
    assert len(made["features"]["shortcuts"][0]["description"]) <= 150
    assert len(made["features"]["slash_commands"][0]["usage_hint"]) <= 1000


def test_the_events_are_those_that_are_read() -> None:
    told = {event.partition(".")[0] for event in events(reaction=True)}
    assert told == READ_EVENTS
    assert set(manifest(socket_mode=True, reaction=True)["settings"]["event_subscriptions"]["bot_events"]) == set(
        events(reaction=True)
    )


@pytest.mark.parametrize("reaction", [True, False])
def test_no_event_without_its_scope_and_no_right_without_a_reason(reaction: bool) -> None:
    made = manifest(socket_mode=True, reaction=reaction)
    rights = made["oauth_config"]["scopes"]["bot"]
    assert ("reactions:read" in rights) is reaction
    assert ("reaction_added" in made["settings"]["event_subscriptions"]["bot_events"]) is reaction
    assert {scope for scope in events(reaction=reaction).values() if scope} <= set(rights)
    assert all(scopes(reaction=reaction)[right] for right in rights)


def test_every_method_that_is_called_has_its_scope() -> None:
    source = "".join(path.read_text() for path in Path(slack.__file__).parent.glob("*.py"))
    families = "auth|chat|conversations|files|reactions|team|users|views"
    called = {f"{family}.{name}" for family, name in re.findall(rf"\.({families})_(\w+)\(", source)}
    called |= {f"{family}.{name}" for family, name in re.findall(rf'"({families})\.(\w+)"', source)}
    assert {"auth.test", "chat.postMessage", "conversations.info", "users.info", "views.open"} <= called
    needed = {needed_scope(method, None) for method in called} - {""}
    assert needed <= scopes(reaction=False).keys()


def test_what_is_missing_and_what_is_too_much() -> None:
    assert missing(ALL, reaction=True) == []
    assert superfluous(ALL, reaction=False) == ["reactions:read"]
    assert missing("chat:write, commands", reaction=True)[:2] == ["im:history", "users:read"]
    assert superfluous(f"{ALL},team:read,identify", reaction=True) == ["team:read"]
    assert missing("", reaction=True) == []
