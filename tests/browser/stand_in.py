"""A stand-in for Pulssi's web chat routes: speaks docs/webchat-protocol.md from memory, and misbehaves on request."""

import asyncio
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from adapters.charts import DARK, LIGHT, draw
from bot.texts import texts
from tests.sample_pictures import twelve_weeks

STATIC = Path(__file__).parents[2] / "adapters" / "webchat" / "static"
CSP = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]
)
TEXTS = json.loads((Path(__file__).parent / "stand_in.texts.json").read_text(encoding="utf-8"))


@dataclass
class Board:
    """What the stand-in remembers and how it should fail; tests read and set it from their own thread."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    resumed_from: list[str | None] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    stored: set[str] = field(default_factory=set)
    refuse_next: int = 0  # so many events get 503
    forged: bool = False  # every event with a token gets 403
    expired: bool = False  # the next authorised request gets 401
    cut: int = 0
    bells: set[Callable[[], object]] = field(default_factory=set)  # one for each stream that is open
    splinter: bool = False  # the stream is sent byte by byte, with CRLF
    forgetful: bool = False  # a stream starts from the beginning whatever the browser has
    sample: bool = False
    locale: str = "en"
    reply: bool = True  # whether events are answered with messages
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)  # to menus by value, to forms by their state
    pictures: list[str] = field(default_factory=list)  # the looks that were fetched
    pictures_away: int = 0  # so many of the next get 503
    seq: int = 0
    visitors: int = 0

    def post(self, name: str, prompt: dict[str, Any] | None) -> None:
        """Write a message, or a new revision of it; without a prompt it is taken away."""
        self.seq += 1
        body: dict[str, Any] = {"gone": True} if prompt is None else {"prompt": prompt, "from": "business"}
        self.messages.append({"id": name, "seq": self.seq, "at": "2026-11-16T09:00:00Z", **body})
        self.wake()

    def hang_up(self) -> None:
        """Ends the streams that are open."""
        self.cut += 1
        self.wake()

    def wake(self) -> None:
        for bell in list(self.bells):
            bell()

    def ask(self, name: str = "m-1", survey: str = "csat") -> None:
        """Post the question of a survey in the board's language."""
        prompt = json.loads(json.dumps(TEXTS[self.locale][survey]))
        low, high = prompt["scale"].pop("range")
        words = {low: prompt["scale"]["low_end"], high: prompt["scale"]["high_end"]}
        prompt["scale"] |= {
            "token": f"s-{name}",
            "legend": prompt["title"],
            "choices": [
                {"value": value, "label": str(value), "spoken": words.get(value, str(value)).replace(" =", ",")}
                for value in range(low, high + 1)
            ],
        }
        self.post(name, {"kind": "question", "lang": self.locale, **prompt})

    def thank(self, name: str, score: object) -> None:
        """Turn a question into its thanks."""
        said = TEXTS[self.locale]
        buttons = [
            {"action": action, "label": said["buttons"][action], "token": f"b-{name}", "danger": action == "delete"}
            for action in ("change", "not_solved", "delete", "stop")
        ]
        prompt = {"title": said["thanks"].format(score=score), "lines": [said["why"]], "buttons": buttons}
        box = {"token": f"c-{name}", "label": said["how"], "max": 60}
        self.post(name, {"kind": "thanks", "lang": self.locale, **prompt, "input": box})

    def converse(self, event: dict[str, Any]) -> str | None:
        """The tiny conversation: question, thanks, kept; and a notice for words in the chat's own field."""
        name = str(event.get("token", ""))[2:]
        said = TEXTS[self.locale]
        if event["type"] == "score":
            self.thank(name, event["score"])
        elif event["type"] == "comment":
            self.post(name, {"kind": "kept", "lang": self.locale, "title": said["kept"]})
        elif event["type"] == "press" and event["action"] == "change":
            self.ask(name)
        elif event["type"] == "press":
            self.post(name, {"kind": "notice", "lang": self.locale, "title": said["done"]})
        elif event["type"] == "text":
            return str(said["notice"])
        return None


def problem(status: int, detail: str) -> JSONResponse:
    """RFC 9457 problem details."""
    body = {"type": "about:blank", "title": "Refused", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


class StandIn:
    """The routes over one board."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def visitor(self, request: Request) -> str | None:
        """The visitor of a bearer token, or None where it is missing, made up or just expired."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if self.board.expired or kind != "Bearer" or not token.startswith("t-"):
            self.board.expired = False
            return None
        return token.removeprefix("t-")

    async def session(self, request: Request) -> Response:
        board, asked = self.board, await request.json()
        board.sessions.append(asked)
        token = asked["token"]
        if token and not token.startswith("t-"):
            return problem(401, "This session is over.")
        visitor = token.removeprefix("t-") if token else f"v-{hashlib.sha256(bytes([board.visitors])).hexdigest()[:10]}"
        board.visitors += not token
        locale = asked["locale"] if asked["locale"] in TEXTS else "en"
        board.locale = locale
        answer = {"visitor": visitor, "address": f"webchat:{visitor}", "token": f"t-{visitor}", "locale": locale}
        answer |= {"business": "Acme Oy", "sample": board.sample, "link": asked["link"] and "used"}
        return JSONResponse({**answer, "expires_at": "2026-12-22T10:00:00Z", "texts": TEXTS[locale]["widget"]})

    async def stream(self, request: Request) -> Response:
        if self.visitor(request) is None:
            return problem(401, "This session is over.")
        last = request.headers.get("last-event-id")
        self.board.resumed_from.append(last)
        return StreamingResponse(self.lines(int(last or 0)), media_type="text/event-stream")

    async def lines(self, last: int) -> AsyncIterator[bytes]:
        board, cut = self.board, self.board.cut
        last = 0 if board.forgetful else last
        newest = {message["id"]: message for message in board.messages if message["seq"] > last}
        for message in newest.values():
            async for piece in self.frame(message):
                yield piece
        last = max([last, *(message["seq"] for message in newest.values())])
        yield b": hello\n\nevent: ready\ndata: {}\n\n"
        news = asyncio.Event()
        bell = partial(asyncio.get_running_loop().call_soon_threadsafe, news.set)
        board.bells.add(bell)
        try:
            while board.cut == cut:
                news.clear()
                for message in [message for message in board.messages if message["seq"] > last]:
                    async for piece in self.frame(message):
                        yield piece
                    last = message["seq"]
                if board.cut == cut:
                    await news.wait()
        finally:
            board.bells.discard(bell)

    async def frame(self, message: dict[str, Any]) -> AsyncIterator[bytes]:
        """One event; splintered it has a line break inside its JSON, CRLF ends, and comes byte by byte."""
        data = json.dumps(message, ensure_ascii=False)
        if not self.board.splinter:
            yield f"id: {message['seq']}\nevent: message\ndata: {data}\n\n".encode()
            return
        spread = json.dumps(message, ensure_ascii=False, indent=1).replace("\n", "\r\ndata: ")
        for byte in f"id: {message['seq']}\r\n: a comment\r\nevent: message\r\ndata: {spread}\r\n\r\n".encode():
            yield bytes([byte])
            # Inside a letter and between CR and LF the browser must get its pieces one at a time.
            await asyncio.sleep(0.01 if byte > 127 or byte == 13 else 0)

    async def events(self, request: Request) -> Response:
        board = self.board
        if self.visitor(request) is None:
            return problem(401, "This session is over.")
        event = await request.json()
        board.attempts.append(event)
        if board.refuse_next:
            board.refuse_next -= 1
            return problem(503, "The database is away.")
        if board.forged and event.get("token"):
            return problem(403, "This question is meant for someone else, so your answer was not stored.")
        if event["event_id"] in board.stored:
            return JSONResponse({"ok": True, "notice": None})
        board.stored.add(event["event_id"])
        board.events.append(event)
        if event["type"] in {"menu", "form"}:
            found = board.answers[event.get("value") or event["state"]]
            return JSONResponse({"ok": True, "notice": None, "prompts": [], "form": None, "errors": {}, **found})
        return JSONResponse({"ok": True, "notice": board.converse(event) if board.reply else None})

    async def picture(self, request: Request) -> Response:
        if self.visitor(request) is None:
            return problem(401, "This session is over.")
        if self.board.pictures_away:
            self.board.pictures_away -= 1
            return problem(503, "The database is away.")
        look = request.query_params.get("theme", "light")
        self.board.pictures.append(look)
        return Response(draw(twelve_weeks(), texts("en"), DARK if look == "dark" else LIGHT), media_type="image/png")

    async def host(self, request: Request) -> Response:
        """A company's page that embeds the widget; query parameters become the script's data attributes."""
        data = "".join(f' data-{name}="{value}"' for name, value in request.query_params.items())
        page = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>
        <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/host.css">
        <body><main><h1>A shop</h1><button id="own">Buy</button><div id="here"></div></main>
        <script src="/widget.js"{data} defer></script></body></html>"""
        return HTMLResponse(page, headers={"Content-Security-Policy": CSP})

    async def style(self, request: Request) -> Response:
        css = "body{margin:0;font-family:sans-serif;color-scheme:light dark}main{padding:8px}#here{height:600px}"
        return Response(css, media_type="text/css")

    async def file(self, request: Request) -> Response:
        return FileResponse(STATIC / request.path_params.get("name", "widget.js"))

    def routes(self) -> list[Route]:
        return [
            Route("/", self.host),
            Route("/host.css", self.style),
            Route("/widget.js", self.file),
            Route("/chat/static/{name}", self.file),
            Route("/webchat/session", self.session, methods=["POST"]),
            Route("/webchat/stream", self.stream),
            Route("/webchat/pictures/{name}", self.picture),
            Route("/webchat/events", self.events, methods=["POST"]),
        ]


@contextmanager
def served(routes: list[Route]) -> Iterator[str]:
    """Serve routes on a free loopback port from a thread; gives the address without a slash."""
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
