"""What `pulssi doctor` looks at in Slack; it changes nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.client import Client
from adapters.slack.errors import code_of, translated
from adapters.slack.manifest import request_url
from adapters.slack.opening import Refused, connected, may_connect
from adapters.slack.scopes import missing, superfluous
from bot.address import Address
from bot.service.health import Check
from bot.settings import Settings

# Slack's requests count for five minutes (docs.slack.dev/authentication/verifying-requests-from-slack); told before.
APART: Final = timedelta(seconds=60)
HELLO_SECONDS: Final = 15.0
_REINSTALL: Final = "https://api.slack.com/apps, OAuth & Permissions, and install it again"
_REVOKED: Final = frozenset({"token_revoked", "account_inactive", "token_expired", "org_login_required"})
_UNKNOWN: Final = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type"})
_UPLOADS: Final[Mapping[str, str]] = {
    "file_uploads_disabled": "an admin has switched off the upload of files in this Slack",
    "file_upload_size_restricted": "an admin has limited the size of files in this Slack",
    "file_type_not_allowed": "an admin has not allowed pictures in this Slack",
}
_Trouble = (SlackClientError, aiohttp.ClientError, TimeoutError)


async def checks(
    settings: Settings, known_team: str, owners: Sequence[Address], now: datetime, *, serving: bool
) -> list[Check]:
    """`known_team` is the team that this workspace noted (empty before the first start), `owners` where weekly
    messages go, `now` our own clock, `serving` whether a server runs, whose taps no second connection may take."""
    token = settings.slack_bot_token
    assert token is not None  # noqa: S101  # the caller looked
    async with Client(token, settings.slack_api_base_url) as client:
        try:
            me = await client.web.auth_test()
        except _Trouble as error:
            return [_no_answer(error)]
        found = [_token(me, known_team), _clock(me, now), _scopes(me, reaction=bool(settings.slack_reaction))]
        found.extend([check async for check in _pictures(client.web, me)])
        found.append(await _way_in(settings, serving=serving))
        found.extend([check async for check in _owners(client.web, me, owners)])
        return found


def _no_answer(error: SlackClientError | aiohttp.ClientError | TimeoutError) -> Check:
    code = code_of(error) if isinstance(error, SlackApiError) else ""
    if code in _REVOKED:
        words = (
            f"Slack has taken it back ({code}): the app was removed from the team, or its tokens were revoked. Install "
            "it again at https://api.slack.com/apps and put its Bot User OAuth Token into SLACK_BOT_TOKEN"
        )
        return Check("slack bot token", False, words)
    if code in _UNKNOWN:
        words = (
            "Slack does not know the token in SLACK_BOT_TOKEN: copy the Bot User OAuth Token from "
            "https://api.slack.com/apps, OAuth & Permissions"
        )
        return Check("slack bot token", False, words)
    return Check("slack", False, str(translated(error, "asking who the bot is")))


def _token(me: AsyncSlackResponse, known_team: str) -> Check:
    team, told = str(me.get("team_id", "")), f"@{me.get('user', '')} in {me.get('team', '')}"
    if known_team and team != known_team:
        words = f"{told} ({team}), but this workspace works in {known_team}: each Slack team has a workspace of its own"
        return Check("slack bot token", False, words)
    return Check("slack bot token", True, told)


def _clock(me: AsyncSlackResponse, now: datetime) -> Check:
    try:
        told = parsedate_to_datetime(str(me.headers.get("Date", "")))
    except ValueError:
        return Check("slack clock", True, "the server told no time")
    apart = abs(now - (told if told.tzinfo else told.replace(tzinfo=UTC)))
    if apart > APART:
        words = f"this machine is {apart.total_seconds():.0f} s off: set its clock; from 300 s on every request of "
        return Check("slack clock", False, f"{words}Slack's counts as forged")
    return Check("slack clock", True, f"{apart.total_seconds():.0f} s apart")


def _scopes(me: AsyncSlackResponse, *, reaction: bool) -> Check:
    granted = str(me.headers.get("x-oauth-scopes", ""))
    lacking = missing(granted, reaction=reaction)
    if lacking:
        words = f"missing: {', '.join(lacking)}. Add them to the app at {_REINSTALL}; `pulssi slack-manifest` has all"
        return Check("slack scopes", False, words)
    if not granted:
        return Check("slack scopes", True, "the server told none")
    unused = superfluous(granted, reaction=reaction)
    return Check("slack scopes", True, f"all there; not needed: {', '.join(unused)}" if unused else "all there")


async def _pictures(web: AsyncWebClient, me: AsyncSlackResponse) -> AsyncIterator[Check]:
    """Asks for a place to upload to, and leaves it empty; nothing where the scope is missing, which is told already."""
    if "files:write" in missing(str(me.headers.get("x-oauth-scopes", "")), reaction=False):
        return
    try:
        await web.files_getUploadURLExternal(filename="pulssi.png", length=1)
    except _Trouble as error:
        code = code_of(error) if isinstance(error, SlackApiError) else ""
        why = _UPLOADS.get(code) or str(translated(error, "asking for a place to upload to"))
        yield Check("slack pictures", False, f"the weekly message goes without its picture: {why}")
    else:
        yield Check("slack pictures", True, "may be uploaded")


async def _way_in(settings: Settings, *, serving: bool) -> Check:
    if not settings.slack_app_token:
        return _requests(settings.public_url)
    try:
        if serving:
            await may_connect(settings.slack_app_token, settings.slack_api_base_url)
            return Check("slack socket", True, "Socket Mode: may connect; the running server holds the connection")
        connection = await connected(
            settings.slack_app_token,
            settings.slack_api_base_url,
            lambda *_: None,
            open_s=HELLO_SECONDS,
            ping_s=HELLO_SECONDS,
            silence_s=HELLO_SECONDS,
        )
    except Refused as refused:
        return Check("slack socket", False, refused.words)
    await connection.close()
    return Check("slack socket", True, "Socket Mode: connected, and Slack said hello")


def _requests(public_url: str) -> Check:
    if not public_url:
        words = "HTTP, signing secret set; PULSSI_PUBLIC_URL is not: the app's Request URL ends in /slack/events"
        return Check("slack requests", True, words)
    where = request_url(public_url)
    if not where.startswith("https://"):
        return Check("slack requests", False, f"Slack calls https:// addresses alone, and PULSSI_PUBLIC_URL is {where}")
    return Check("slack requests", True, f"HTTP, signing secret set; the app's Request URL is to be {where}")


async def _owners(
    web: AsyncWebClient, me: AsyncSlackResponse, owners: Sequence[Address]
) -> AsyncIterator[Check]:  # fmt: skip
    for address in owners:
        name = f"slack owner's channel {address}"
        try:
            if address.account not in {"", me.get("team_id")}:
                yield Check(name, False, f"it is of another Slack team, {address.account}")
            elif address.shared:
                channel = (await web.conversations_info(channel=address.conversation))["channel"]
                yield Check(name, *_may_write(channel or {}, str(me.get("user", "pulssi"))))
            else:
                person = (await web.users_info(user=address.conversation))["user"]
                yield Check(name, *_reachable(person or {}))
        except _Trouble as error:
            yield Check(name, False, str(translated(error, "looking at it")))


def _may_write(channel: dict[str, Any], bot: str) -> tuple[bool, str]:
    shown = f"#{channel.get('name', '')}"
    if channel.get("is_archived"):
        return False, f"{shown} is archived: unarchive it, or choose another with PULSSI_OWNER_CHANNEL"
    if not channel.get("is_member"):
        return False, f"the bot is not in {shown}: write /invite @{bot} there"
    return True, f"{shown}: may write"


def _reachable(person: dict[str, Any]) -> tuple[bool, str]:
    if person.get("deleted"):
        return False, "the account is deactivated: choose another with PULSSI_OWNER_CHANNEL"
    if person.get("is_bot"):
        return False, "that is a bot, which reads no messages"
    return True, "a direct message"
