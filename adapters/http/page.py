"""The demo page `/chat`: the customer's chat, the staff desk and the owner's channel, with their calls."""

import re
from importlib.resources import files
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from adapters.http import webchat
from adapters.http.parts import Parts
from adapters.http.problems import problem
from adapters.webchat import parse, requests
from adapters.webchat.errors import NotOurEvent
from adapters.webchat.render import prompt as rendered
from bot.address import parse_address
from bot.business import Business
from bot.errors import NotAllowed, WrongUse
from bot.invitation import OPEN, Interaction, Invitation
from bot.service.asked import AskRequest, asked_json, link_of
from bot.service.membership import Joining
from bot.service.undelivered import unread
from bot.spans import parse_span
from bot.summary import to_json
from bot.surveys import listing_order
from bot.texts import LOCALES, Texts, best_locale, texts
from bot.texts.questions import wording_of
from bot.values import replace
from bot.wording import state_words, verdict_words
from bot.workspace import Customer, Member, Role

PAGE_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
NEWEST: Final = 20
_TYPES: Final = {
    "js": "text/javascript",
    "css": "text/css",
    "html": "text/html",
    "json": "application/json",
    "svg": "image/svg+xml",
}
_NAME: Final = re.compile(r"[a-z][a-z0-9.-]{0,60}\.(js|css|json|svg)")
# Companies load the widget, and what it loads by itself, from other origins; it holds no secret.
_ANYWHERE: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
WIDGETS_MENU: Final = "menu.js"
Short = Annotated[str, msgspec.Meta(max_length=200)]


class ClaimBody(msgspec.Struct):
    code: Short
    workspace: Short = "default"
    name: Short = ""
    business: Annotated[str, msgspec.Meta(max_length=80)] = ""
    locale: Short = ""


class AskBody(msgspec.Struct):
    to: Short
    survey: Short
    workspace: Short = "default"
    ticket: Short | None = None
    subject: Short | None = None
    agent: Short | None = None
    team: Short | None = None
    tags: Annotated[list[Annotated[str, msgspec.Meta(max_length=50)]], msgspec.Meta(max_length=20)] = []
    locale: Short | None = None
    test: bool = False
    dry_run: bool = False
    anyway: bool = False


class WorkspaceBody(msgspec.Struct):
    workspace: Short = "default"
    week: Short | None = None


def router(parts: Parts) -> APIRouter:
    """`GET /chat`, its files, and the page's own calls."""
    routes = APIRouter(include_in_schema=False)
    _add_files(routes)
    _add_claim(routes, parts)
    _add_desk(routes, parts)
    _add_preview(routes, parts)
    return routes


def _add_files(routes: APIRouter) -> None:
    @routes.get("/chat")
    async def page() -> Response:
        return _file("chat.html", {"Content-Security-Policy": PAGE_CSP})

    @routes.get("/widget.js")
    async def widget() -> Response:
        return _file("widget.js", _ANYWHERE)

    @routes.get("/chat/static/{name}")
    async def static(name: str) -> Response:
        return (
            _file(name, _ANYWHERE if name == WIDGETS_MENU else {})
            if _NAME.fullmatch(name)
            else problem(404, "Not found", "There is no such file.")
        )


def _file(name: str, headers: dict[str, str]) -> Response:
    found = files("adapters.webchat").joinpath("static", name)
    if not found.is_file():
        return problem(404, "Not found", "There is no such file.")
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(found.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache", **headers})


def _add_claim(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/chat/status")
    async def status(workspace: str = "default") -> Response:
        async with parts.store.reading() as uow:
            business = await parts.context.business(uow, workspace)
        return JSONResponse({
            "workspace": workspace,
            "business": business.name,
            "claimed": business.workspace.claimed_at is not None,
            "sample": business.workspace.sample,
            "locale": business.locale,
            "locales": list(LOCALES),
        })  # fmt: skip

    @routes.post("/chat/claim")
    async def claim(request: Request) -> Response:
        body = msgspec.json.decode(await request.body(), type=ClaimBody)
        locale = body.locale if body.locale in LOCALES else ""
        joining = Joining(
            workspace=body.workspace, code=body.code, name=body.name, business=body.business, locale=locale
        )
        member, token = await parts.membership.join(joining)
        return JSONResponse({"token": token, "role": member.role.value})


def _add_desk(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/chat/desk")
    async def desk(request: Request, workspace: str = "default") -> Response:
        try:
            member = await _member(parts, request, workspace)
        except NotAllowed as error:
            return problem(401, "Not a member", str(error))
        return JSONResponse(await _desk(parts, request, workspace, member))

    @routes.post("/chat/asks")
    async def ask(request: Request) -> Response:
        body = msgspec.json.decode(await request.body(), type=AskBody)
        member = await _member(parts, request, body.workspace)
        asked = await parts.asking.ask(_request(body, member))
        base = parts.settings.public_url or str(request.base_url).rstrip("/")
        link = link_of(asked, body.workspace, base)
        async with parts.store.reading() as uow:
            business = await parts.context.business(uow, body.workspace)
        name = (
            ""
            if link and parse_address(body.to).is_new
            else (asked.customer.name if asked.customer else None) or body.to
        )
        spoken = _spoken(request, business)
        words = verdict_words(
            asked.verdict, dry_run=body.dry_run, name_or_address=name, link=link, texts=spoken, zone=business.zone
        )
        return JSONResponse({**asked_json(asked, link), "words": words, "can_anyway": asked.needs_confirmation})

    @routes.post("/chat/invitations/{invitation}/cancel")
    async def cancel(request: Request, invitation: str) -> Response:
        body = msgspec.json.decode(await request.body() or b"{}", type=WorkspaceBody)
        await _member(parts, request, body.workspace)
        cancelled = await parts.asking.cancel(body.workspace, invitation)
        async with parts.store.reading() as uow:
            business = await parts.context.business(uow, body.workspace)
        spoken = _spoken(request, business)
        return JSONResponse({"state": cancelled.state.value, "words": state_words(cancelled, spoken)})

    @routes.post("/chat/menu")
    async def menu(request: Request, workspace: str = "default") -> Response:
        try:
            member = await _member(parts, request, workspace)
        except NotAllowed as error:
            return problem(401, "Not a member", str(error))
        posted = parse.decode(await request.body())
        if not requests.asks(posted):
            raise NotOurEvent("The desk takes events of type menu and form.")
        return await webchat.answer(parts, request, posted, requests.of_member(workspace, member.id))


def _add_preview(routes: APIRouter, parts: Parts) -> None:
    @routes.post("/chat/preview")
    async def preview(request: Request) -> Response:
        body = msgspec.json.decode(await request.body() or b"{}", type=WorkspaceBody)
        member = await _member(parts, request, body.workspace)
        if member.role is not Role.OWNER:
            raise NotAllowed("The weekly message is the owner's.")
        week = parse_span(body.week) if body.week else None
        summary = await parts.summaries.week(body.workspace, week, preview=True)
        shown = await parts.summaries.message(summary)
        if parts.settings.agent_figures != "owner":
            summary = replace(summary, comments=tuple(replace(one, agent=None) for one in summary.comments))
        return JSONResponse({"prompt": rendered(shown, parts.context.tokens), "summary": to_json(summary)})


async def _member(parts: Parts, request: Request, workspace: str) -> Member:
    _, _, token = request.headers.get("authorization", "").partition(" ")
    return await parts.membership.member_of(token, workspace)


def _request(body: AskBody, member: Member) -> AskRequest:
    to = parse_address(body.to)
    if to.conversation == "owner" and to.channel == "webchat":
        raise WrongUse("webchat:owner is where the owner reads; ask a customer.")
    tags = tuple(dict.fromkeys(tag.strip() for tag in body.tags if tag.strip()))
    about = Interaction(
        _filled(body.ticket), _filled(body.subject), _filled(body.agent), _filled(body.team), tags, closed_at=None
    )
    return AskRequest(
        workspace=body.workspace, survey=body.survey, to=to, by=f"member:{member.id}", about=about,
        locale=body.locale, anyway=body.anyway, test=body.test, dry_run=body.dry_run, asks_back=True,
    )  # fmt: skip


def _filled(text: str | None) -> str | None:
    return (text or "").replace("\x00", "").strip() or None


def _spoken(request: Request, business: Business) -> Texts:
    """The page's language, else the business's."""
    return texts(best_locale(request.headers.get("accept-language"), business.locale))


async def _desk(parts: Parts, request: Request, workspace: str, member: Member) -> dict[str, Any]:
    async with parts.store.reading() as uow:
        business = await parts.context.business(uow, workspace)
        versions = await uow.surveys.versions(workspace)
        recent = await uow.invitations.recent(workspace, NEWEST)
        customers = await uow.customers.many({i.customer for i in recent if i.customer})
        missed = await unread(uow, workspace, _spoken(request, business)) if member.role is Role.OWNER else []
    newest = {stored.survey.slug: stored.survey for stored in sorted(versions, key=lambda v: listing_order(v.survey))}
    owner = member.role is Role.OWNER
    spoken = _spoken(request, business)
    return {
        "member": {"name": member.name, "role": member.role.value},
        "surveys": [{"slug": slug, "title": wording_of(survey, spoken).question} for slug, survey in newest.items()],
        "owner_token": parts.sessions.issue(parts.sessions.owner(workspace, member.id)) if owner else None,
        "undelivered": [{"week": one.week, "place": one.place, "words": one.words} for one in missed],
        "invitations": [_listed(i, spoken, customers.get(i.customer or "")) for i in recent],
    }


def _listed(invitation: Invitation, spoken: Texts, customer: Customer | None) -> dict[str, Any]:
    address = str(invitation.address) if invitation.address else None
    return {
        "id": invitation.id,
        "customer": (customer.name if customer else None) or address,
        "address": address,
        "survey": invitation.survey.slug,
        "ticket": invitation.interaction.ticket,
        "state": invitation.state.value,
        "reason": invitation.reason,
        "words": state_words(invitation, spoken),
        "not_solved_at": _not_solved_at(invitation),
        "at": invitation.decided_at.isoformat(),
        "can_cancel": invitation.state in OPEN,
    }


def _not_solved_at(invitation: Invitation) -> str | None:
    said = invitation.answer.not_solved_at if invitation.answer else None
    return said.isoformat() if said else None
