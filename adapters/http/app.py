"""The ASGI application: every route, under the same log, headers, limits and errors."""

from fastapi import FastAPI

from adapters.http import api, health, page, slack, telegram, webchat
from adapters.http.embedding import Embedding
from adapters.http.middleware import AccessLog, BodyLimit, LastNet, SecurityHeaders
from adapters.http.parts import Parts
from adapters.http.problems import install
from bot.settings import SLACK_PATH, WEBHOOK_PATH


def make_app(parts: Parts) -> FastAPI:
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
    # The last one added stands outermost.
    app.add_middleware(BodyLimit, larger={WEBHOOK_PATH: telegram.BODY_LIMIT, SLACK_PATH: slack.BODY_LIMIT})
    app.add_middleware(LastNet)
    app.add_middleware(Embedding, origins=parts.settings.webchat_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog, observe=metrics.observe)
    return app
