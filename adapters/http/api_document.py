"""The OpenAPI 3.1 document of the API, made from its routes."""

from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from adapters.http.api_answers import Problem
from adapters.http.problems import MEDIA_TYPE

VERSION: Final = "1.0.0"
_REFERENCE: Final = "#/components/schemas/"
_TEXT: Final = {"type": "string"}
_MEANS: Final = {
    400: "The body is not JSON, or the cursor is not ours",
    401: "No key, or one that is not in use",
    404: "There is no such thing in this workspace",
    409: "The state does not allow it, or the Idempotency-Key was used for another request",
    413: "The body is over 64 kB",
    415: "The body is not sent as application/json",
    422: "A value cannot be used; `detail` says which and why",
    503: "The database is away: nothing was stored, send the same again",
}
_SENT_WITH: Final = {401: "WWW-Authenticate", 503: "Retry-After"}
_ABOUT: Final = (
    "Asks customers one question in the chat they are in, and gives answers and figures. The key decides the "
    "workspace. Asks through the API are automatic: nobody is asked twice within 14 days unless `anyway` is true, "
    "and a refusal is an answer (201) whose `verdict` says why."
)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route, for its OpenAPI description."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": _MEANS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_REFERENCE}Problem"}}},
    }
    header = _SENT_WITH.get(status)
    return {**found, "headers": {header: {"schema": _TEXT, "required": True}}} if header else found


def add_document(routes: APIRouter) -> None:
    """Adds `openapi.json`, which needs no key: it says nothing about anybody."""
    document = _document(routes)

    @routes.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return JSONResponse(document)


def _document(routes: APIRouter) -> dict[str, Any]:
    made: dict[str, Any] = get_openapi(
        title="Pulssi", version=VERSION, openapi_version="3.1.0", description=_ABOUT, routes=routes.routes,
        servers=[{"url": "/"}],
    )  # fmt: skip
    schema = Problem.model_json_schema(ref_template=_REFERENCE + "{model}")
    schemas = made["components"]["schemas"]
    schemas |= schema.pop("$defs", {})
    schemas["Problem"] = schema
    return made
