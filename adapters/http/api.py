"""The HTTP API for programs, `/api/v1`: a bearer key decides the workspace, errors are problem details."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from adapters.http.api_answers import AskedOut, InvitationOut, KpiOut, ResponsesOut, SummaryOut
from adapters.http.api_document import add_document, problems
from adapters.http.api_models import InvitationRequest, KpiQuery, ResponseQuery, invitation_json, response_json
from adapters.http.cursors import cursor_after, position
from adapters.http.parts import Parts
from adapters.http.problems import problem
from bot.errors import BadToken, NotFound, WrongUse
from bot.ports import ApiKey
from bot.service.asked import Asked, asked_json, link_of
from bot.service.idempotency import AskingOnce, Once
from bot.spans import parse_span
from bot.summary import kpi_json, to_json

PREFIX: Final = "/api/v1"
MOST_DAYS: Final = 3660
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_BEARER: Final = HTTPBearer(
    auto_error=False, scheme_name="apiKey", description="A key made by `pulssi api-key create`."
)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$",
        description="makes the request safe to repeat for 24 hours",
    ),
]  # fmt: skip
KeyOf = Callable[..., Any]


def router(parts: Parts) -> APIRouter:
    """The routes under `/api/v1`, with their OpenAPI document."""
    routes = APIRouter(prefix=PREFIX)
    key_of = _key_of(parts)
    _add_asking(routes, parts, key_of)
    _add_invitations(routes, parts, key_of)
    _add_answers(routes, parts, key_of)
    _add_customers(routes, parts, key_of)
    add_document(routes)
    return routes


def _key_of(parts: Parts) -> KeyOf:
    async def key_of(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> ApiKey:
        key = await parts.membership.key_of(credentials.credentials) if credentials else None
        if key is None:
            raise HTTPException(401, "Send a key that is in use as Authorization: Bearer; `pulssi api-key create` "
                                     "makes one.", {"WWW-Authenticate": 'Bearer realm="pulssi"'})  # fmt: skip
        return key

    return key_of


def _add_asking(routes: APIRouter, parts: Parts, key_of: KeyOf) -> None:
    once = AskingOnce(parts.store, parts.context)

    @routes.post(
        "/invitations",
        status_code=201,
        response_model=AskedOut,
        summary="Ask a customer, or hear why not",
        responses={200: {"model": AskedOut, "description": "The answer to this Idempotency-Key"},
                   **problems(400, 401, 409, 413, 415, 422, 503)},
    )  # fmt: skip
    async def ask(
        request: Request,
        body: InvitationRequest,
        key: Annotated[ApiKey, Depends(key_of)],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        wanted = body.request(key.workspace, f"api:{key.id}")

        def answer(asked: Asked) -> dict[str, Any]:
            return _asked(parts, request, key.workspace, asked)

        if idempotency_key is None:
            return JSONResponse(answer(await parts.asking.ask(wanted)), 201)
        made, repeated = await once.ask(wanted, Once(idempotency_key, body.canonical()), answer)
        return JSONResponse(made, 200 if repeated else 201)

    @routes.post(
        "/invitations:dry-run",
        response_model=AskedOut,
        summary="Would this customer be asked?",
        responses=problems(400, 401, 413, 415, 422, 503),
    )
    async def dry_run(body: InvitationRequest, key: Annotated[ApiKey, Depends(key_of)]) -> Response:
        asked = await parts.asking.ask(body.request(key.workspace, f"api:{key.id}", dry_run=True))
        return JSONResponse(asked_json(asked))


def _asked(parts: Parts, request: Request, workspace: str, asked: Asked) -> dict[str, Any]:
    base = parts.settings.public_url or str(request.base_url).rstrip("/")
    return asked_json(asked, link_of(asked, workspace, base))


def _add_invitations(routes: APIRouter, parts: Parts, key_of: KeyOf) -> None:
    @routes.get(
        "/invitations/{invitation}",
        response_model=InvitationOut,
        summary="An invitation and its answer",
        responses=problems(401, 404, 422, 503),
    )
    async def show(invitation: str, key: Annotated[ApiKey, Depends(key_of)]) -> Response:
        _check_id("invitation", invitation)
        async with parts.store.reading() as uow:
            found = (await uow.invitations.load([invitation])).get(invitation)
        if found is None or found.workspace != key.workspace:
            raise _no("invitation", invitation)
        return JSONResponse(invitation_json(found))

    @routes.post(
        "/invitations/{invitation}:cancel",
        response_model=InvitationOut,
        summary="Take a question back",
        responses=problems(401, 404, 409, 422, 503),
    )
    async def cancel(invitation: str, key: Annotated[ApiKey, Depends(key_of)]) -> Response:
        _check_id("invitation", invitation)
        return JSONResponse(invitation_json(await parts.asking.cancel(key.workspace, invitation)))


def _add_answers(routes: APIRouter, parts: Parts, key_of: KeyOf) -> None:
    @routes.get(
        "/responses",
        response_model=ResponsesOut,
        summary="Answers, page by page",
        responses=problems(400, 401, 422, 503),
    )
    async def responses(wanted: Annotated[ResponseQuery, Query()], key: Annotated[ApiKey, Depends(key_of)]) -> Response:
        tokens = parts.context.tokens
        try:
            after = position(tokens, key.workspace, wanted.cursor) if wanted.cursor is not None else None
        except BadToken as error:
            return problem(400, "Not our cursor", f"{error} Take `next` of the page before, or begin without cursor.")
        async with parts.store.reading() as uow:
            found = await uow.responses.page(key.workspace, wanted.first, wanted.last, after, wanted.limit + 1)
        page = found[: wanted.limit]
        more = cursor_after(tokens, key.workspace, page[-1]) if len(found) > len(page) else None
        return JSONResponse({"responses": [response_json(one) for one in page], "next": more})

    @routes.get(
        "/kpis",
        response_model=KpiOut,
        summary="A survey's figures",
        responses=problems(401, 422, 503),
    )
    async def kpis(wanted: Annotated[KpiQuery, Query()], key: Annotated[ApiKey, Depends(key_of)]) -> Response:
        if wanted.first and wanted.last and (wanted.last - wanted.first).days > MOST_DAYS:
            raise WrongUse("Ask for ten years at most at once.")
        found = await parts.summaries.figures(key.workspace, wanted.survey, wanted.first, wanted.last, wanted.by)
        return JSONResponse(kpi_json(found))

    @routes.get(
        "/summaries/{week}",
        response_model=SummaryOut,
        summary="The figures of a week's message, or of a day's or a month's",
        responses=problems(401, 404, 422, 503),
    )
    async def summary(week: str, key: Annotated[ApiKey, Depends(key_of)]) -> Response:
        wanted = parse_span(week)
        return JSONResponse(to_json(await parts.summaries.week(key.workspace, wanted)))


def _add_customers(routes: APIRouter, parts: Parts, key_of: KeyOf) -> None:
    @routes.delete(
        "/customers/{customer}",
        status_code=204,
        summary="Forget a person: name, addresses and words go, anonymous scores stay",
        responses=problems(401, 404, 409, 422, 503),
    )
    async def erase(customer: str, key: Annotated[ApiKey, Depends(key_of)]) -> Response:
        _check_id("customer", customer)
        await parts.people.erase(key.workspace, customer)
        return Response(status_code=204)


def _check_id(kind: str, given: str) -> None:
    if not _ID.fullmatch(given):
        raise _no(kind, given[:80])


def _no(kind: str, given: str) -> NotFound:
    return NotFound(f"There is no {kind} {given!r} in this workspace.")
