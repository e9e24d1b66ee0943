"""The web chat's routes (docs/webchat-protocol.md)."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse, ServerSentEvent

from adapters.http.hooks import Endpoint
from adapters.http.parts import Parts
from adapters.webchat import parse, requests
from adapters.webchat.render import PICTURES_PATH
from adapters.webchat.sessions import Sessions, Visitor, is_current
from bot.business import Business
from bot.errors import BadToken, NotFound
from bot.service.context import storable
from bot.texts import best_locale, texts
from bot.texts.widget import widget_texts

EVENTS_PATH: Final = "/webchat/events"
PING_SECONDS: Final = 15
# A message keeps its picture; whoever has the file may have read it, and nobody else may get it from a cache.
PICTURE_HEADERS: Final = {"Cache-Control": "private, max-age=86400", "Vary": "Authorization"}
LONGEST_NUMBER: Final = 18  # digits of a 64-bit integer that is surely in range
WORKSPACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
Short = Annotated[str, msgspec.Meta(max_length=200)]


class Identity(msgspec.Struct):
    id: Short
    exp: int
    signature: Short
    name: Short | None = None


class SessionRequest(msgspec.Struct):
    workspace: Short = "default"
    locale: Short | None = None
    token: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    identity: Identity | None = None
    link: Short | None = None


def router(parts: Parts) -> APIRouter:
    """`POST /webchat/session`, `GET /webchat/stream`, `POST /webchat/events`, `GET /webchat/pictures/{message}`."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/webchat/session")
    async def session(request: Request) -> Response:
        asked = msgspec.json.decode(await request.body() or b"{}", type=SessionRequest)
        with _unknown_person():
            visitor = _visitor(parts.sessions, asked)
            await _check_current(parts, visitor)
        return JSONResponse(await _open(parts, asked, visitor))

    @routes.get("/webchat/stream")
    async def stream(request: Request) -> Response:
        visitor = await _bearer(parts, request)
        seen = request.headers.get("last-event-id", "")
        last_seen = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= LONGEST_NUMBER else None
        # The header keeps nginx from holding events back.
        unbuffered = {"X-Accel-Buffering": "no"}
        return EventSourceResponse(_events(parts, visitor, last_seen), ping=PING_SECONDS, headers=unbuffered)

    @routes.get(PICTURES_PATH)
    async def picture(request: Request, message: str, theme: str = "light") -> Response:
        visitor = await _bearer(parts, request)
        async with parts.store.reading() as uow:
            found = await uow.messages.get(visitor.workspace, visitor.address, message) if storable(message) else None
        png = await parts.hub.pictures.png(found.prompt, dark=theme == "dark") if found is not None else None
        if png is None:
            raise NotFound("There is no such picture in this chat.")
        return Response(png, media_type="image/png", headers=PICTURE_HEADERS)

    routes.add_api_route(EVENTS_PATH, event(parts), methods=["POST"])
    return routes


def event(parts: Parts) -> Endpoint:
    """What answers at `EVENTS_PATH`: the tap or the words are stored when it does."""

    async def take(request: Request) -> Response:
        visitor = await _bearer(parts, request)
        posted = parse.decode(await request.body())
        if requests.asks(posted):
            return await answer(parts, request, posted, requests.of_visitor(visitor))
        outcome = await parts.store.record(parse.read(posted, visitor, parts.context.tokens))
        return JSONResponse({"ok": True, "notice": outcome.notice})

    return take


async def answer(parts: Parts, request: Request, posted: parse.PageEvent, reader: requests.Reader) -> Response:
    """Does what a button of a menu or a form wants, and tells this reader alone."""
    tokens, language = parts.context.tokens, posted.locale or request.headers.get("accept-language")
    found = await parts.commands.handle(requests.read(posted, reader, tokens, language))
    return JSONResponse(requests.answered(found, reader, tokens, language))


@contextmanager
def _unknown_person() -> Iterator[None]:
    """A token that says who somebody is and does not hold: 401, and the page begins a new session."""
    try:
        yield
    except BadToken as error:
        raise HTTPException(401, str(error)) from error


def _visitor(sessions: Sessions, asked: SessionRequest) -> Visitor:
    if not WORKSPACE.fullmatch(asked.workspace):
        raise NotFound("There is no workspace of that name; see data-workspace where the page loads the widget.")
    if asked.identity is not None:
        return sessions.signed(asked.workspace, asked.identity.id, asked.identity.exp, asked.identity.signature)
    if asked.token:
        known = sessions.read(asked.token)
        if known.workspace != asked.workspace:
            raise BadToken("This chat session belongs to another workspace.")
        return sessions.renewed(known)
    return sessions.anyone(asked.workspace)


async def _bearer(parts: Parts, request: Request) -> Visitor:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    with _unknown_person():
        if scheme.casefold() != "bearer":
            raise BadToken("Send the visitor token as Authorization: Bearer.")
        visitor = parts.sessions.read(token)
        await _check_current(parts, visitor)
    return visitor


async def _check_current(parts: Parts, visitor: Visitor) -> None:
    if visitor.member is None:
        return
    async with parts.store.reading() as uow:
        if not await is_current(visitor, uow):
            raise BadToken("This conversation is the owners'. Open the page with a code of your own.")


async def _open(parts: Parts, asked: SessionRequest, visitor: Visitor) -> dict[str, Any]:
    async with parts.store.reading() as uow:
        business = await parts.context.business(uow, visitor.workspace)
    locale = best_locale(asked.locale, business.locale)
    await _know(parts, asked, visitor)
    link = await parts.asking.open_link(visitor.workspace, asked.link, visitor.address, locale) if asked.link else None
    return {**_session(parts.sessions, visitor), **_about(business, locale), "link": link}


def _session(sessions: Sessions, visitor: Visitor) -> dict[str, Any]:
    return {
        "visitor": visitor.id,
        "address": str(visitor.address),
        "token": sessions.issue(visitor),
        "expires_at": visitor.expires_at.isoformat(),
    }


def _about(business: Business, locale: str) -> dict[str, Any]:
    return {
        "locale": locale,
        "business": business.name,
        "sample": business.workspace.sample,
        "texts": widget_texts(texts(locale)),
    }


async def _know(parts: Parts, asked: SessionRequest, visitor: Visitor) -> None:
    """A signed identity may bring the person's name, so that staff can tell whom they ask."""
    if visitor.member is not None:
        return
    name = asked.identity.name if asked.identity is not None else None
    locale = best_locale(asked.locale, "") or None
    await parts.people.know_visitor(
        visitor.workspace, visitor.address, name=name, locale=locale, signed=asked.identity is not None
    )


async def _events(parts: Parts, visitor: Visitor, last_seen: int | None) -> AsyncIterator[ServerSentEvent]:
    async for kind, number, data in parts.hub.messages(visitor, last_seen):
        yield ServerSentEvent(data, event=kind, id=str(number) if number is not None else None)
