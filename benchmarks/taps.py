"""Taps without HTTP: what deciding costs, what storing costs, and what committing together saves."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from benchmarks.place import Place
from benchmarks.report import Line
from benchmarks.sample import Asked, ask_visitors
from bot.bootstrap import Pulssi
from bot.invitation import Invitation
from bot.ports import Look, UnitOfWork
from bot.service.recording import Recording
from bot.workspace import Workspace
from storage.transaction import Transaction

TAPS = 384
IN_FLIGHT = (1, 32, 256)


async def measure(place: Place) -> list[Line]:
    """Microseconds a tap, each way over fresh questions; ratios are to one commit a tap."""
    async with place.opened() as pulssi:
        await _each_alone(pulssi, await ask_visitors(pulssi, 32))  # statements are compiled at their first use
        decided = await _timed(decide_only(pulssi, await ask_visitors(pulssi, TAPS)))
        alone = await _timed(_each_alone(pulssi, await ask_visitors(pulssi, TAPS)))
        lines = [
            _line("parse and decide, nothing stored", decided, alone),
            _line("one commit a tap, no queue", alone, alone),
        ]
        for number in IN_FLIGHT:
            asked = await ask_visitors(pulssi, TAPS)
            before = pulssi.store.commits
            together = await _timed(_in_flight(pulssi, asked, number))
            lines.append(_line(f"group commit, {number} in flight", together, alone))
            lines.append(Line("   commits a tap", (pulssi.store.commits - before) / TAPS, "commits"))
        waiting = await ask_visitors(pulssi, 256)
        before = pulssi.store.commits
        await asyncio.gather(*(pulssi.store.record(one.arrival(pulssi)) for one in waiting))
        lines.append(Line("256 waiting taps together", pulssi.store.commits - before, "commits", wanted=1))
    return lines


def _line(what: str, seconds: float, alone: float) -> Line:
    return Line(what, seconds / TAPS * 1e6, "µs a tap", seconds / alone, "one commit a tap")


async def _timed(work: Awaitable[None]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def decide_only(pulssi: Pulssi, asked: Sequence[Asked]) -> None:
    """Decides each tap, and keeps nothing of it. The first that is refused is raised."""
    recording = Recording(pulssi.context)
    async with pulssi.store.reading() as uow:
        workspace = await uow.workspaces.get("default")
    assert workspace is not None  # noqa: S101  # opening made it
    for one in asked:
        forgetful = cast(UnitOfWork, nowhere({one.invitation.id: one.invitation}, workspace))
        _raised(await recording(forgetful, [one.arrival(pulssi)]))


def nowhere(known: dict[str, Invitation], workspace: Workspace) -> SimpleNamespace:
    """A unit of work that knows one question and forgets what it is given: what is left is our own code."""
    return SimpleNamespace(
        look=_gives(Look(known, (), {workspace.name: workspace})),
        invitations=SimpleNamespace(save=_gives(None)),
        customers=SimpleNamespace(many=_gives({}), note_first_contacts=_gives(None)),
        cases=SimpleNamespace(note=_gives(None), get=_gives(None)),
        events=SimpleNamespace(remember=_gives(None)),
        outbox=SimpleNamespace(add=_gives(None)),
    )


def _gives(value: object) -> Callable[..., Awaitable[Any]]:
    async def answer(*_: object, **__: object) -> object:
        return value

    return answer


async def _each_alone(pulssi: Pulssi, asked: Sequence[Asked]) -> None:
    recording = Recording(pulssi.context)
    for one in asked:
        async with pulssi.engine.begin() as connection:
            transaction = Transaction(connection, pulssi.keyring, pulssi.store.owner)
            _raised(await recording(cast(UnitOfWork, transaction), [one.arrival(pulssi)]))


async def _in_flight(pulssi: Pulssi, asked: Sequence[Asked], number: int) -> None:
    waiting = iter(asked)

    async def person() -> None:
        for one in waiting:
            await pulssi.store.record(one.arrival(pulssi))

    await asyncio.gather(*(person() for _ in range(number)))


def _raised(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
