"""Trouble at random from a seed, or planned: refusals, server errors, answers that never come, broken connections."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.slack_api.rules import Params

Fault = str  # "429", "500", "503", "timeout", "close_before", "close_after" or an error of Slack's


@dataclass
class Faults:
    """Decides each call of `methods` (None for all) on its own; `rates` are probabilities, together at most 1.

    - `429` with `retry_after` (seconds), `500`, `503`: the call is not done.
    - `close_before`: the connection breaks and the call is not done.
    - `close_after`: the call is done, then the connection breaks.
    - `timeout`: the call is done and the answer held back until the client gives up.
    - any other word: the call is not done and answered `{"ok": false, "error": <the word>}`.

    What is `planned` for a method, channel or person happens to its next calls, before chance is asked. What is
    `always` for (method, channel) happens to every such call; "" stands for any.
    """

    seed: int = 1
    rates: Mapping[str, float] = field(default_factory=dict)
    methods: frozenset[str] | set[str] | None = frozenset({"chat.postMessage"})
    retry_after: int = 1
    planned: dict[str, list[Fault]] = field(default_factory=dict)
    always: dict[tuple[str, str], Fault] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    log: list[tuple[str, str, str]] = field(default_factory=list)  # fault, method, place

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  (a test that can be repeated, not a secret)

    def draw(self, method: str, params: Params) -> Fault | None:
        """What goes wrong with this call, counted and logged; None for nothing."""
        found = self._planned(method, params.place) or self._chance(method)
        if found is not None:
            self.counts[found] += 1
            self.log.append((found, method, params.place))
        return found

    def _planned(self, method: str, place: str) -> Fault | None:
        for key in (place, method):
            if self.planned.get(key):
                return self.planned[key].pop(0)
        keys = ((method, place), (method, ""), ("", place))
        return next((self.always[key] for key in keys if key in self.always), None)

    def _chance(self, method: str) -> Fault | None:
        if self.methods is not None and method not in self.methods:
            return None
        point = self._random.random()
        for name, rate in self.rates.items():
            if point < rate:
                return name
            point -= rate
        return None
