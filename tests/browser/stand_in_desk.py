"""A stand-in for the demo page's own routes: one claim code, three surveys, an owner's weekly message."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tests.browser.stand_in import CSP, STATIC, TEXTS, Board, problem

SURVEYS = [
    {"slug": "csat", "title": "Satisfaction (CSAT)"},
    {"slug": "ces", "title": "Effort (CES)"},
    {"slug": "nps", "title": "Recommendation (NPS)"},
]
SUMMARY = TEXTS["en"]["summary"]


@dataclass
class Desk:
    """The demo page's routes over the board of the chat."""

    board: Board
    claimed: bool = False
    code: str = "sesame"
    asks: list[dict[str, Any]] = field(default_factory=list)
    invitations: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    member: str = "member-1"
    owner: bool = True
    recently: bool = False  # the next verdict is "asked recently" unless confirmed

    def refused(self, request: Request) -> Response | None:
        """401 for anybody but the one member."""
        known = request.headers.get("authorization") == f"Bearer {self.member}"
        return None if known else problem(401, "Please sign in again.")

    async def page(self, request: Request) -> Response:
        return FileResponse(STATIC / "chat.html", headers={"Content-Security-Policy": CSP})

    async def status(self, request: Request) -> Response:
        locales = {"locale": "en", "locales": ["en", "fi", "sv"]}
        name = {"workspace": request.query_params["workspace"], "business": "Acme Oy" if self.claimed else None}
        return JSONResponse({**name, "claimed": self.claimed, "sample": self.board.sample, **locales})

    async def claim(self, request: Request) -> Response:
        body = await request.json()
        self.claims.append(body)
        if body["code"] != self.code:
            return problem(403, "This code is wrong, used or expired.")
        self.claimed = True
        return JSONResponse({"token": self.member, "role": "owner"})

    async def desk(self, request: Request) -> Response:
        member = {"name": "Sofia", "role": "owner" if self.owner else "staff"}
        shown = {"surveys": SURVEYS, "owner_token": "t-owner" if self.owner else None, "invitations": self.invitations}
        shown["undelivered"] = []
        return self.refused(request) or JSONResponse({"member": member, **shown})

    async def ask(self, request: Request) -> Response:
        body = await request.json()
        self.asks.append(body)
        ask = body["anyway"] or not self.recently
        words = "Will ask Mikko now." if ask else "Asked 3 days ago (automatic questions: once in 14 days)."
        link = "one-time" if body["to"] == "webchat:new" else None
        if ask and not body["dry_run"] and not link:
            name = f"m-{len(self.asks)}"
            self.board.ask(name, body["survey"])
            row = {"id": name, "customer": "Mikko Virtanen", "address": body["to"], "survey": body["survey"]}
            row |= {
                "ticket": body["ticket"],
                "state": "delivered",
                "words": "Asked, not answered yet",
                "can_cancel": True,
            }
            self.invitations.insert(0, {**row, "reason": None, "at": "2026-11-16T09:00:00Z"})
        verdict = {"ask": ask, "reason": None if ask else "asked_recently", "not_before": None}
        answer = {"invitation": "i-1", "state": "scheduled", "verdict": verdict, "link": link, "words": words}
        return self.refused(request) or JSONResponse({**answer, "can_anyway": not ask})

    async def cancel(self, request: Request) -> Response:
        for row in self.invitations:
            if row["id"] == request.path_params["id"]:
                row |= {"state": "cancelled", "words": "Cancelled", "can_cancel": False}
        return self.refused(request) or JSONResponse({"state": "cancelled", "words": "The question is cancelled."})

    async def preview(self, request: Request) -> Response:
        return self.refused(request) or JSONResponse({"prompt": SUMMARY, "summary": {}})

    def routes(self) -> list[Route]:
        return [
            Route("/chat", self.page),
            Route("/chat/status", self.status),
            Route("/chat/claim", self.claim, methods=["POST"]),
            Route("/chat/desk", self.desk),
            Route("/chat/asks", self.ask, methods=["POST"]),
            Route("/chat/invitations/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/chat/preview", self.preview, methods=["POST"]),
        ]
