"""Trouble at random, from a seed: refusals, server errors, answers that never come and connections that break."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

Fault = Literal["429", "403", "500", "timeout", "close_before", "close_after"]


@dataclass
class Faults:
    """Decides each call of `methods` on its own; `rates` are probabilities that together are at most 1.

    - `429` with `retry_after` (seconds), `500`: the call is not done.
    - `403`: not done, and from then on the bot is blocked in that chat.
    - `close_before`: the connection breaks and the call is not done.
    - `close_after`: the call is done, then the connection breaks.
    - `timeout`: the call is done and the answer held back until the client gives up.

    What is `planned` for a chat happens to its next calls, before chance is asked.
    """

    seed: int
    rates: Mapping[str, float]
    methods: frozenset[str] | set[str] = frozenset({"sendMessage"})
    retry_after: int = 1
    planned: dict[int, list[Fault]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    log: list[tuple[str, str, int | None]] = field(default_factory=list)  # kind, method, chat

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  (a test that can be repeated, not a secret)
        self._methods = {method.lower() for method in self.methods}

    def draw(self, method: str, chat_id: int | None) -> Fault | None:
        """What goes wrong with this call, counted and logged; None for nothing."""
        if method.lower() not in self._methods:
            return None
        if self.planned.get(chat_id or 0):
            kind = self.planned[chat_id or 0].pop(0)
            return self._noted(kind, method, chat_id)
        point = self._random.random()
        for name, rate in self.rates.items():
            if point < rate:
                return self._noted(cast(Fault, name), method, chat_id)
            point -= rate
        return None

    def _noted(self, kind: Fault, method: str, chat_id: int | None) -> Fault:
        self.counts[kind] += 1
        self.log.append((kind, method, chat_id))
        return kind
