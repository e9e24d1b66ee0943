"""The way to Slack's Web API: slack_sdk's real client on one shared session, with our time limits and no retries."""

import logging
from contextlib import AsyncExitStack
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.errors import translated, unaccepted
from bot.errors import TryAgainLater

SECONDS: Final = 10
CONNECT_SECONDS: Final = 5.0
CONNECTIONS: Final = 64
_HOSTS: Final = frozenset({"slack.com"})
_DOMAINS: Final = (".slack.com", ".slack-gov.com")  # the second: https://docs.slack.dev/govslack/
_REDIRECTED: Final = 300
_REPLYING: Final = "answering in place"
_UPLOADING: Final = "uploading a picture"


class Client:
    """One app's connections. `web` has no retry handlers: the sender repeats, and knows what must not go twice.

    Nothing is asked at the start: a dead network stops nobody from starting.
    """

    def __init__(self, token: str, base_url: str, *, seconds: int = SECONDS) -> None:
        """`base_url` as `https://slack.com/api/`; plain http serves a stand-in on this machine."""
        self._base_url = base_url
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        self.web = AsyncWebClient(
            token,
            base_url,
            timeout=seconds,
            logger=_quiet(),
            retry_handlers=[],
        )
        # The library would send even calls to this machine through a proxy; the session knows which to spare.
        self.web.proxy = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        # The web client sets no time limit of its own on a session that it was given.
        session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=True)
        self._session = self.web.session = await self._stack.enter_async_context(session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.web.session = None
        await self._stack.__aexit__(kind, error, trace)

    async def post_reply(self, url: str, body: dict[str, Any]) -> None:
        """Posts to a response URL: five times in 30 minutes, then it is a 404
        (https://docs.slack.dev/interactivity/handling-user-interaction/). `TryAgainLater` when it was not taken."""
        if not may_reply_at(url, self._base_url):
            raise TryAgainLater(f"Slack gave an address that is none of its own (while {_REPLYING}).")
        try:
            async with self._session.post(url, json=body, allow_redirects=False) as answer:
                if answer.status >= _REDIRECTED:
                    raise unaccepted(answer.status, answer.headers, _REPLYING)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise translated(error, _REPLYING) from error

    async def upload(self, url: str, data: bytes) -> None:
        """The second of the three steps of https://docs.slack.dev/messaging/working-with-files#upload. Errors as
        `post_reply`."""
        if not may_reply_at(url, self._base_url):
            raise TryAgainLater(f"Slack gave an address that is none of its own (while {_UPLOADING}).")
        try:
            async with self._session.post(url, data=data, allow_redirects=False) as answer:
                if answer.status >= _REDIRECTED:
                    raise unaccepted(answer.status, answer.headers, _UPLOADING)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise translated(error, _UPLOADING) from error


def may_reply_at(url: str, base_url: str) -> bool:
    """Is it an address of Slack's, or of what stands at `base_url` in its place? What people said goes nowhere else."""
    found, base = urlsplit(url), urlsplit(base_url)
    host = found.hostname or ""
    if found.scheme == "https":
        return bool(host) and (host == base.hostname or host in _HOSTS or host.endswith(_DOMAINS))
    return found.scheme == base.scheme == "http" and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _quiet() -> logging.Logger:
    """What the library logs holds people's words, and below this level it writes no lines in vain."""
    logger = logging.getLogger("slack_sdk.pulssi")
    logger.setLevel(logging.CRITICAL)
    return logger
