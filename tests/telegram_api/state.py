"""Everything the stand-in knows: its bot, people, chats, taps, updates and command lists."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from tests.telegram_api.changes import Changes
from tests.telegram_api.chats import Business, Chat, Message, Query
from tests.telegram_api.entities import read
from tests.telegram_api.rules import TEXT_UNITS, Json, Params, bad, units
from tests.telegram_api.updates import Updates

QUERY_SECONDS = 60.0  # undocumented; the Bot API only says that a query gets "too old"


class Call(NamedTuple):
    """One call that was answered: when (the stand-in's clock), what, for which chat, with which HTTP status."""

    at: float
    method: str
    chat_id: int | None
    status: int


@dataclass(eq=False)
class State:
    """Read and changed under `changes` alone; `now` gives epoch seconds."""

    bot: Json
    now: Callable[[], float]
    privacy: bool = True
    query_seconds: float = QUERY_SECONDS
    changes: Changes = field(default_factory=Changes)
    updates: Updates = field(default_factory=Updates)
    users: dict[int, Json] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    businesses: dict[str, Business] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def push(self, kind: str, payload: Json) -> int | None:
        return self.updates.push({kind: payload}, self.now())

    def chat_for(self, params: Params) -> Chat:
        """The chat that a call names, in its business account when it names one.

        Raises:
            Refused: there is none.
        """
        number = params.chat_id
        if number is None:
            raise bad("chat not found" if params.text("chat_id") else "chat_id is empty")
        connection = params.text("business_connection_id")
        if connection and connection not in self.businesses:
            raise bad("business connection not found")
        chats = self.businesses[connection].chats if connection else self.chats
        if number not in chats:
            raise bad("chat not found")
        return chats[number]

    def text_for(self, params: Params) -> tuple[str, list[Json]]:
        """The visible text and the entities of a call.

        Raises:
            Refused: empty, too long or not parsed.
        """
        text, entities = read(params.text("text"), params.text("parse_mode"), self.users.get)
        text_entities: list[Json] = params.parsed("entities") or []
        if not text:
            raise bad("message text is empty")
        if units(text) > TEXT_UNITS:
            raise bad("message is too long")
        return text, entities if params.text("parse_mode") else [*text_entities, *entities]

    def message_for(self, params: Params, missing: str) -> Message:
        """Raises:
        Refused: no such message, in the words of `missing`.
        """  # fmt: skip
        found = self.chat_for(params).message(params.number("message_id"))
        if found is None:
            raise bad(missing)
        return found
