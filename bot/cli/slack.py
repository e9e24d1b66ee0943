"""`pulssi slack-manifest`: what Slack makes the app from."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.running import guarded, say, settings, tell
from bot.errors import WrongUse

if TYPE_CHECKING:
    from bot.settings import Settings

_HTTPS = "https://"


def slack_manifest(
    url: Annotated[
        str, typer.Option(help="Where Slack reaches this program, such as https://pulssi.example.com; implies --http.")
    ] = "",
    http: Annotated[bool, typer.Option("--http", help="Slack calls this program: needs a public address.")] = False,
    socket: Annotated[bool, typer.Option("--socket", help="This program calls Slack (Socket Mode).")] = False,
    name: Annotated[str, typer.Option(help="The app's name in Slack, at most 35 characters.")] = "Pulssi",
) -> None:
    """Print the manifest from which Slack makes the app, and on standard error what each right is for."""
    with guarded():
        from adapters.slack.manifest import LONGEST_NAME, manifest, request_url  # noqa: PLC0415  # not for `--help`
        from adapters.slack.scopes import scopes  # noqa: PLC0415

        chosen = settings()
        if not 0 < len(name.strip()) <= LONGEST_NAME:
            raise WrongUse(f"--name takes 1 to {LONGEST_NAME} characters.")
        by_socket = _by_socket(chosen, url, http=http, socket=socket)
        where = "" if by_socket else _public(url or chosen.public_url)
        reaction = bool(chosen.slack_reaction)
        made = manifest(socket_mode=by_socket, url=where, reaction=reaction, name=name.strip())
        say(json.dumps(made, indent=2, ensure_ascii=False))
        way = "Socket Mode" if by_socket else f"HTTP, to {request_url(where)}"
        tell(f"For {way}. Paste it at https://api.slack.com/apps: Create New App, From a manifest.")
        for scope, reason in scopes(reaction=reaction).items():
            tell(f"{scope}: {reason}")
        if by_socket:
            tell("connections:write, of the app-level token (Basic Information): opens the Socket Mode connection")


def _by_socket(chosen: "Settings", url: str, *, http: bool, socket: bool) -> bool:
    if socket and (http or url):
        raise WrongUse("--socket and --http (or --url) exclude each other: an app takes its events one way.")
    if socket or http or url:
        return socket
    return bool(chosen.slack_app_token) or not chosen.public_url


def _public(url: str) -> str:
    if not url:
        raise WrongUse("Say where Slack reaches this program: --url https://…, or set PULSSI_PUBLIC_URL.")
    if not url.startswith(_HTTPS):
        raise WrongUse(f"Slack calls addresses that begin with https:// alone, and {url!r} does not.")
    return url
