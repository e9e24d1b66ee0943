"""A customer's page without a browser: the web chat's protocol, spoken over real HTTP."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx

Message = dict[str, Any]


class Visitor:
    """One visitor's session, messages and events."""

    def __init__(self, url: str, locale: str = "en", *, patience: float = 10, **session: Any) -> None:
        self._client = httpx.Client(base_url=url, timeout=patience)
        body = {"workspace": "default", "locale": locale, **session}
        answer = self._client.post("/webchat/session", json=body)
        answer.raise_for_status()
        self.session: dict[str, Any] = answer.json()
        self.address = str(self.session["address"])
        self.messages: dict[str, Message] = {}
        self.last: str | None = None

    def close(self) -> None:
        self._client.close()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['token']}"}

    def stream(self, last: str | None = None) -> Iterator[tuple[str, str | None, Message]]:
        """`(event, id, data)` as they come."""
        headers = self.headers if last is None else {**self.headers, "Last-Event-ID": last}
        with self._client.stream("GET", "/webchat/stream", headers=headers) as answer:
            answer.raise_for_status()
            event, number, data = "message", None, ""
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "id":
                    number = value
                elif name == "data":
                    data = value
                elif not line and data:
                    yield event, number, json.loads(data)
                    event, number, data = "message", None, ""

    def until(self, seen: Callable[[Message], bool]) -> Message:
        """Reads the stream until a message is as wanted; the client's timeout ends a wait for ever."""
        for event, number, data in self.stream(self.last):
            if number is not None:
                self.last = number
            if event == "message" and "prompt" in data:
                self.messages[data["id"]] = data
                if seen(data):
                    return data
        raise AssertionError("the stream ended")

    def question(self) -> Message:
        return self.until(lambda message: message["prompt"]["kind"] == "question")

    def send(self, kind: str, *, event_id: str | None = None, **body: Any) -> httpx.Response:
        event = {"event_id": event_id or str(uuid.uuid4()), "type": kind, **body}
        return self._client.post("/webchat/events", json=event, headers=self.headers)

    def see(self, message: Message) -> None:
        self.send("shown", token=message["prompt"]["token"]).raise_for_status()

    def tap(self, message: Message, score: int) -> httpx.Response:
        return self.send("score", token=message["prompt"]["token"], score=score)
