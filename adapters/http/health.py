"""Is the process alive, can it work, how is it doing: read without a key, so on loopback or hidden by a proxy."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from adapters.http.parts import Parts, WritingStore
from bot.errors import StoreError

WRITER_SECONDS: Final = 2.0
STUCK_AFTER: Final = timedelta(minutes=5)
REMEMBERED: Final = timedelta(seconds=30)
OK: Final = "ok"


class Metrics:
    """What Prometheus reads. Labels are routes, methods, statuses and channels, never people."""

    def __init__(self, parts: Parts) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Now(parts))
        self._requests = Counter(
            "pulssi_http_requests_total", "Finished requests", ["method", "route", "status"], registry=self._registry
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._outbox = Gauge("pulssi_outbox_rows", "Messages decided and not yet delivered", registry=self._registry)

    def observe(self, method: str, route: str, status: int) -> None:
        """One finished request; a tap in the web chat is one of `/webchat/events`."""
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._counters[method, route, status] = self._requests.labels(method, route, str(status))
        counter.inc()

    def note_outbox(self, rows: int) -> None:
        self._outbox.set(rows)

    def exposition(self) -> bytes:
        """This application's figures and the process's."""
        return generate_latest(self._registry) + generate_latest(REGISTRY)


class _Now(Collector):
    """What the parts know of themselves, read when it is asked for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @override
    def collect(self) -> Iterable[Metric]:
        store, hub = self._parts.store, self._parts.hub
        yield CounterMetricFamily("pulssi_commits", "Batches committed by this process", value=store.commits)
        yield GaugeMetricFamily("pulssi_write_backlog", "What waits for the next batch", value=store.backlog)
        yield GaugeMetricFamily("pulssi_chat_streams", "Open streams of the web chat", value=hub.streams)


def router(parts: Parts, metrics: Metrics) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> Response:
        return JSONResponse({"status": OK})

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> Response:
        checks = await readiness(parts)
        fit = all(found == OK for found in checks.values())
        body = {
            "status": "ready" if fit else "not ready",
            "checks": checks,
            "channels": channels(parts),
            **await _weekly(parts),
        }
        return JSONResponse(body, 200 if fit else 503)

    @routes.get("/metrics")
    async def figures() -> Response:
        with suppress(StoreError):  # without the database the other figures are worth reading all the more
            metrics.note_outbox(sum(found["rows"] for found in (await _waiting(parts)).values()))
        return Response(metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return routes


def channels(parts: Parts) -> dict[str, str]:
    """How each vendor's bot stands, `ok` or what is wrong. A restart would not mend it, and the other channels work."""
    inlets = {"telegram": parts.telegram, "slack": parts.slack}
    return {name: inlet.trouble or OK for name, inlet in inlets.items() if inlet is not None}


async def _weekly(parts: Parts) -> dict[str, str]:
    """How the weekly messages stand, `ok` or what is wrong. A restart would not mend it, and all else works."""
    try:
        async with parts.store.reading() as uow:
            unread = [one for one in await uow.postings.unsettled(parts.context.clock.now()) if one.reason]
    except StoreError:
        return {}
    weeks = ", ".join(sorted({one.week for one in unread}))
    places = "1 place" if len(unread) == 1 else f"{len(unread)} places"
    told = f"{weeks} has reached nobody in {places}; `pulssi doctor` says why"
    return {"weekly_message": told if unread else OK}


async def readiness(parts: Parts) -> dict[str, str]:
    """`{"database", "writer", "outbox"}`, each `ok` or what is wrong with it."""
    now = parts.context.clock.now()
    try:
        waiting = await _waiting(parts)
    except StoreError:
        away = "cannot be read; see the log or `pulssi doctor`"
        return {"database": away, "writer": "not looked at", "outbox": "not looked at"}
    return {"database": OK, "writer": await _writer(parts.store, now), "outbox": _outbox(waiting.values(), now)}


async def _waiting(parts: Parts) -> Mapping[str, Mapping[str, Any]]:
    """What `bot.ports.Outbox` says of the workspaces in which something waits."""
    async with parts.store.reading() as uow:
        return await uow.outbox.waiting_everywhere()


async def _writer(store: WritingStore, now: datetime) -> str:
    """Anybody may ask this, so it wakes nobody: the writer only shows that it can write.

    A full disk shows only when something is written, so a refused batch counts for a while; then traffic may try again.
    """
    if store.trouble is not None and now - store.trouble[0] < REMEMBERED:
        return "the last batch could not be written; see the log or `pulssi doctor`"
    try:
        async with asyncio.timeout(WRITER_SECONDS):
            await store.probe()
    except TimeoutError:
        return f"did not commit within {WRITER_SECONDS:.0f} s"
    except StoreError:
        return "cannot write; see the log or `pulssi doctor`"
    return OK


def _outbox(waiting: Iterable[Mapping[str, Any]], now: datetime) -> str:
    """Old rows that nobody even tried to send: the sender stands still. A platform's outage is no reason to restart."""
    for found in waiting:
        oldest = found["oldest"]
        if found["rows"] and oldest is not None and now - oldest > STUCK_AFTER and not found["errors"]:
            return f"{found['rows']} messages wait, the oldest since {oldest.isoformat()}, and none was tried"
    return OK
