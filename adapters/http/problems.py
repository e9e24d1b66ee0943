"""Errors as problem details (RFC 9457): one mapping, for every route."""

import json
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ExceptionHandler

from bot.errors import (
    BadScore,
    BadToken,
    ChannelError,
    Conflict,
    ExpiredToken,
    NotAllowed,
    NotFound,
    PulssiError,
    StoreError,
    StoreUnavailable,
    UnknownChannel,
    UnknownSurvey,
    WrongUse,
)

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:pulssi:problem:"
LONGEST_DETAIL: Final = 500
MOST_ERRORS: Final = 20
SERVER_ERROR: Final = 500
RETRY_SECONDS: Final = "5"

# The first that fits counts, so the special ones stand before the general ones.
_OF_ERROR: Final[tuple[tuple[type[PulssiError], int, str], ...]] = (
    (UnknownSurvey, 422, "Unknown survey"),
    (UnknownChannel, 422, "Unknown channel"),
    (BadScore, 422, "Score outside the scale"),
    (NotFound, 404, "Not found"),
    (ExpiredToken, 401, "Expired token"),
    (BadToken, 403, "Not our token"),
    (NotAllowed, 403, "Not allowed"),
    (Conflict, 409, "Conflict"),
    (WrongUse, 422, "Cannot be done"),
    (StoreUnavailable, 503, "Database unavailable"),
    (ChannelError, 502, "Channel failed"),
    (PulssiError, 500, "Internal error"),
)
_TITLES: Final = {413: "Content too large"}  # its name since RFC 9110; Python 3.11 has the older one
_AWAY: Final = "The database is away: nothing was stored. Send the same again in a moment."
_INTERNAL: Final = "Something went wrong on our side, and it is in the log. Nothing that you sent explains it."
_CHANNEL: Final = "The platform did not take the message; try again later."
_NO_JSON: Final = "The body is not JSON."
_TOO_DEEP: Final = "The body is JSON with too many levels; send what the documentation of this address shows."
_WRONG_TYPE: Final = "Send the body as JSON, with Content-Type: application/json."
log = structlog.get_logger()


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    """A problem document. Its type follows from the title; `errors` are `{"at", "message"}`, one for each bad field."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + title.casefold().replace(" ", "-"),
        "title": title,
        "status": status,
        "detail": detail[:LONGEST_DETAIL],
    }
    if errors:
        body["errors"] = list(errors)
    # Escaped to ASCII: a lone surrogate from the request cannot be written as UTF-8.
    return Response(json.dumps(body), status, {**_headers(status), **(headers or {})}, MEDIA_TYPE)


def _headers(status: int) -> dict[str, str]:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": 'Bearer realm="pulssi"'}
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return {"Retry-After": RETRY_SECONDS}
        case _:
            return {}


def problem_of(error: PulssiError) -> Response:
    """The problem for an error of ours; what lies on our side is told without its cause."""
    status, title = next((status, title) for kind, status, title in _OF_ERROR if isinstance(error, kind))
    match status:
        case HTTPStatus.SERVICE_UNAVAILABLE:
            log.warning("database unavailable", error=str(error))
            return problem(status, title, _AWAY)
        case HTTPStatus.BAD_GATEWAY:
            log.warning("channel failed", error=str(error))
            return problem(status, title, _CHANNEL)
        case _ if status >= SERVER_ERROR:
            log_unexpected(error)
            return internal_error()
        case _:
            return problem(status, title, str(error))


def log_unexpected(error: BaseException, route: str | None = None) -> None:
    """Logs where it happened, without variables and words, which may hold what people wrote; the store's never do."""
    steps = "".join(traceback.format_tb(error.__traceback__))
    kind = error.__class__.__qualname__
    cause = error.__cause__.__class__.__qualname__ if error.__cause__ else None
    words = str(error) if isinstance(error, StoreError) else None
    log.error("unexpected error", route=route, error=kind, cause=cause, words=words, steps=steps)


def internal_error() -> Response:
    """What is said of an error that nobody foresaw."""
    return problem(SERVER_ERROR, "Internal error", _INTERNAL)


def too_large(limit: int) -> HTTPException:
    """For a body that is over `limit` bytes."""
    return HTTPException(413, f"A request has at most {limit // 1024} kB; send less at once.", {"Connection": "close"})


def install(app: FastAPI) -> None:
    """Gives the application the handlers that turn errors into problems."""
    handlers = {
        PulssiError: _ours,
        RequestValidationError: _invalid,
        HTTPException: _refused,
        msgspec.DecodeError: _not_decoded,
        UnicodeDecodeError: _not_text,
        RecursionError: _too_deep,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, cast(ExceptionHandler, handler))


async def _ours(_request: Request, error: PulssiError) -> Response:
    return problem_of(error)


async def _refused(request: Request, error: HTTPException) -> Response:
    title = _TITLES.get(error.status_code) or HTTPStatus(error.status_code).phrase.capitalize()
    headers = dict(error.headers or {})
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            detail = "There is nothing at this address."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            detail = f"{request.method} is not possible here; {headers.get('Allow', 'another method')} is."
        case HTTPStatus.BAD_REQUEST:
            return problem(400, "Not JSON", _NO_JSON, headers=headers)
        case _:
            detail = error.detail
    return problem(error.status_code, title, detail, headers=headers)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return problem(400, "Not JSON", _NO_JSON)
    if any(tuple(one["loc"]) == ("body",) for one in found) and not _says_json(request):
        return problem(415, "Not sent as JSON", _WRONG_TYPE)
    errors = [{"at": _place(one["loc"]), "message": _words(one["msg"])} for one in found[:MOST_ERRORS]]
    detail = "; ".join(f"{one['at']}: {one['message']}" for one in errors)
    return problem(422, "Not a valid request", detail, errors=errors)


def _says_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _place(loc: Sequence[object]) -> str:
    return ".".join(str(part) for part in loc[1:])[:100] or str(loc[0])


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")[:200]


async def _not_decoded(_request: Request, error: msgspec.DecodeError) -> Response:
    if isinstance(error, msgspec.ValidationError):
        return problem(422, "Not a valid request", str(error))
    return problem(400, "Not JSON", _NO_JSON)


async def _too_deep(_request: Request, _error: RecursionError) -> Response:
    """Nothing of ours calls itself without end; a decoder does, as deep as the body tells it to."""
    return problem(400, "Not JSON", _TOO_DEEP)


async def _not_text(_request: Request, _error: UnicodeDecodeError) -> Response:
    return problem(400, "Not JSON", _NO_JSON)
