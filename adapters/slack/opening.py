"""How a connection of Socket Mode is opened, and why it is not, in words for people."""

import asyncio
from collections.abc import Mapping
from typing import Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.client import Client
from adapters.slack.connection import Connection, End, Take
from adapters.slack.errors import code_of, is_limited, retry_after

UNKNOWN_APP: Final = (
    "Slack does not know SLACK_APP_TOKEN: make an app-level token with the scope connections:write at "
    "api.slack.com/apps, Basic Information, and start again with it."
)
SWITCHED_OFF: Final = (
    "Socket Mode is switched off for the app: switch it on at api.slack.com/apps, Socket Mode, or unset "
    "SLACK_APP_TOKEN and let Slack call by HTTP."
)
WORDS: Final[Mapping[End, str]] = {
    End.LOST: "The connection to Slack was lost; a new one is being made.",
    End.SILENT: "The connection to Slack fell silent; a new one is being made.",
    End.REFRESH: "Slack asked for a new connection; it is being made.",
    End.SWITCHED_OFF: SWITCHED_OFF,
    End.TOO_MANY: "Slack allows an app ten connections and all are taken: stop the programs that use this app too.",
}
HOPELESS: Final = frozenset({End.SWITCHED_OFF, End.TOO_MANY})  # trying often is no use
UNREACHABLE: Final = "Slack cannot be reached; it is tried again."
# docs.slack.dev/reference/methods/apps.connections.open, "Errors".
_REFUSALS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "missing_args"),
        UNKNOWN_APP,
    ),
    "not_allowed_token_type": "SLACK_APP_TOKEN is a token of another kind: the app-level token begins with xapp-.",
    **dict.fromkeys(
        ("missing_scope", "no_permission"),
        "The token in SLACK_APP_TOKEN lacks the scope connections:write: make another one with it at "
        "api.slack.com/apps, Basic Information.",
    ),
    **dict.fromkeys(("link_disabled", "socket_mode_disabled", "socket_mode_not_enabled"), SWITCHED_OFF),
}


class Refused(Exception):  # noqa: N818  # an answer more than an error
    """No connection was made. `after` is the wait that Slack asked for, `patient` says that trying often is no use."""

    def __init__(self, words: str, *, after: float = 0.0, patient: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.after = after
        self.patient = patient


async def connected(
    app_token: str, base_url: str, take: Take, *, open_s: float, ping_s: float, silence_s: float
) -> Connection:
    """A connection to which Slack said hello; whoever asked closes it. Raises `Refused`, within `open_s` seconds."""
    connection: Connection | None = None
    good = False
    try:
        async with asyncio.timeout(open_s):
            address = await _address(app_token, base_url)
            connection = Connection(app_token, address, take, ping_s=ping_s, silence_s=silence_s)
            await connection.connect()
            end = await connection.greeted()
        if end is not None:
            raise Refused(WORDS[end], patient=end in HOPELESS)
        good = True
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Refused(UNREACHABLE) from error
    finally:
        if connection is not None and not good:
            await connection.close()
    return connection


async def may_connect(app_token: str, base_url: str) -> None:
    """Asks for an address and uses none. Raises `Refused`."""
    try:
        await _address(app_token, base_url)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Refused(UNREACHABLE) from error


async def _address(app_token: str, base_url: str) -> str:
    """apps.connections.open: a `wss:` address that is good for one connection. Raises `Refused`."""
    async with Client(app_token, base_url) as client:
        try:
            opened = await client.web.apps_connections_open(app_token=app_token)
        except SlackApiError as error:
            raise _refusal(error) from None  # its text shows what was sent
        except SlackClientError as error:
            raise Refused(UNREACHABLE) from error
    return str(opened["url"])


def _refusal(error: SlackApiError) -> Refused:
    if is_limited(error):
        return Refused("Slack asked for a pause.", after=retry_after(error))
    words = _REFUSALS.get(code_of(error))
    return Refused(words, patient=True) if words else Refused(UNREACHABLE)
