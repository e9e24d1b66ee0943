"""The ASGI application: every route, under the same log, headers, limits and errors."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from adapters.http import api, health, page, slack, telegram, webchat
from adapters.http.embedding import Embedding
from adapters.http.middleware import AccessLog, BodyLimit, LastNet, SecurityHeaders
from adapters.http.parts import Parts
from adapters.http.problems import install
from adapters.http.shortcuts import Shortcuts
from bot.settings import SLACK_PATH, WEBHOOK_PATH


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
    taps = {
        WEBHOOK_PATH: telegram.webhook(parts),
        SLACK_PATH: slack.events(parts),
        webchat.EVENTS_PATH: webchat.event(parts),
    }
    # From the innermost to the outermost.
    surrounded: ASGIApp = Shortcuts(app, taps)
    surrounded = BodyLimit(surrounded, larger={WEBHOOK_PATH: telegram.BODY_LIMIT, SLACK_PATH: slack.BODY_LIMIT})
    surrounded = LastNet(surrounded)
    surrounded = Embedding(surrounded, origins=parts.settings.webchat_origins)
    surrounded = SecurityHeaders(surrounded)
    return AccessLog(surrounded, observe=metrics.observe)
