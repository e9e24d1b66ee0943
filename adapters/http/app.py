"""The ASGI application: every route, under the same log, headers, limits and errors."""

import os
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from adapters.http import api, health, page, slack, telegram, webchat
from adapters.http.embedding import Embedding
from adapters.http.hooks import Hook, Hooks
from adapters.http.middleware import AccessLog, BodyLimit, LastNet, SecurityHeaders
from adapters.http.parts import Parts
from adapters.http.problems import install
from adapters.http.shortcuts import Shortcuts
from bot.settings import SLACK_PATH, WEBHOOK_PATH

TRUSTED: Final = "127.0.0.1,::1"  # as uvicorn has it


def make_app(parts: Parts) -> ASGIApp:
    """Puts the application together. It starts and owns nothing, so it needs no lifespan."""
    # Redirects of slashes would repeat the Host header that the caller chose.
    app = FastAPI(title="Pulssi", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    metrics = health.Metrics(parts)
    for routes in (
        health.router(parts, metrics),
        api.router(parts),
        webchat.router(parts),
        page.router(parts),
        telegram.router(parts),
        slack.router(parts),
    ):
        app.include_router(routes)
    install(app)
    # From the innermost to the outermost.
    surrounded: ASGIApp = Shortcuts(app, {webchat.EVENTS_PATH: webchat.event(parts)})
    surrounded = BodyLimit(surrounded)
    surrounded = LastNet(surrounded)
    surrounded = Embedding(surrounded, origins=parts.settings.webchat_origins)
    surrounded = SecurityHeaders(surrounded)
    surrounded = AccessLog(surrounded, observe=metrics.observe)
    proxied: Any = ProxyHeadersMiddleware  # its types are uvicorn's own, for the same three
    surrounded = proxied(surrounded, trusted_hosts=os.environ.get("FORWARDED_ALLOW_IPS", TRUSTED))
    hooks = {
        WEBHOOK_PATH: Hook(telegram.webhook(parts), telegram.BODY_LIMIT),
        SLACK_PATH: Hook(slack.events(parts), slack.BODY_LIMIT, slack.PATIENCE),
    }
    return Hooks(surrounded, app, hooks, metrics.observe)
