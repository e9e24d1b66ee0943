"""Lets the sites that the operator named use the web chat from their own pages (CORS), and nothing but the web chat."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PATHS: Final = "/webchat/"
ONE_HOUR: Final = 3600


class Embedding:
    """Answers preflights and marks answers under `/webchat/` for these origins; other paths stay as they are."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._here = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "Last-Event-ID"),
            max_age=ONE_HOUR,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = scope["type"] == "http" and scope["path"].startswith(PATHS)
        await (self._shared if shared else self._here)(scope, receive, send)
