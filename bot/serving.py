"""`pulssi serve`: the web server, the sender, the ticks and the stream's hub, in one process."""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog
import uvicorn
from rich.console import Console
from typing_extensions import override

from adapters.http.app import make_app
from adapters.http.parts import Parts
from adapters.webchat.sessions import Sessions
from adapters.webchat.stream import Hub
from bot.bootstrap import Pulssi, open_pulssi, slack_of, telegram_of
from bot.errors import PulssiError, WrongUse, described
from bot.ports import Channel
from bot.settings import Settings
from scheduler.delivery import Delivery
from scheduler.ticker import Tick, Ticker
from storage.changes import Changes
from storage.presence import present

if TYPE_CHECKING:
    from adapters.slack.runtime import Slack
    from adapters.telegram.runtime import Telegram

SHUTDOWN_SECONDS = 5
# A batch of taps makes thousands of objects that live for a moment: looking for cycles among them took 7 % of its time.
COLLECTED_AFTER = (50_000, 20, 100)
log = structlog.get_logger()


async def serve(settings: Settings, host: str, port: int, workspace: str = "default") -> None:
    """Runs until it is told to stop (SIGINT, SIGTERM); then finishes what it has begun.

    Errors: `PulssiError` when the port is taken, and whatever `open_pulssi` raises. `KeyboardInterrupt` after SIGINT.
    """
    _log(settings.log_level)
    gc.set_threshold(*COLLECTED_AFTER)
    listener = _listen(host, port)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        pulssi = await stack.enter_async_context(open_pulssi(settings, workspace))
        await stack.enter_async_context(present(settings.database_url))
        telegram = await _telegram(stack, pulssi, workspace)
        slack = await _slack(stack, pulssi, workspace)
        bots = [bot for bot in (telegram, slack) if bot is not None]
        channels: dict[str, Channel] = {**pulssi.channels, **{bot.channel.name: bot.channel for bot in bots}}
        delivery = await stack.enter_async_context(
            Delivery(pulssi.store, channels, pulssi.context.clock, pulssi.context)
        )
        hub = Hub(pulssi.store, pulssi.context.tokens)
        await _connect(stack, pulssi, delivery, hub)
        server = _Server(_config(pulssi, hub, telegram, slack), lambda: _greet(pulssi, host, port, workspace))
        for bot in bots:
            await stack.enter_async_context(bot.running())
        await server.serve(sockets=[listener])
    if server.interrupted:
        raise KeyboardInterrupt


async def _telegram(stack: AsyncExitStack, pulssi: Pulssi, workspace: str) -> "Telegram | None":
    if not pulssi.settings.telegram_bot_token:
        return None
    telegram = telegram_of(pulssi, workspace, Console(highlight=False, soft_wrap=True).print)
    await telegram.register()
    # Its connections close after the last message has gone out.
    return await stack.enter_async_context(telegram)


async def _slack(stack: AsyncExitStack, pulssi: Pulssi, workspace: str) -> "Slack | None":
    if not pulssi.settings.slack_bot_token:
        return None
    slack = await stack.enter_async_context(slack_of(pulssi, workspace, Console(highlight=False, soft_wrap=True).print))
    await slack.register()
    return slack


def _log(level: str) -> None:
    """One line an event, and tracebacks without the values of variables: those may be a customer's."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # A name that cannot be resolved has a negative number (EAI_NONAME and its kin).
        if error.errno is not None and (error.errno < 0 or error.errno == errno.EADDRNOTAVAIL):
            raise WrongUse(
                f"{host!r} is no address of this machine: give --host one that is, like 127.0.0.1."
            ) from error
        raise PulssiError(
            f"Pulssi cannot listen on {host}:{port} ({error.strerror}). Another program may use the port: "
            f"end it, or choose another with --port."
        ) from error
    # asyncio sets it only on sockets that it made itself; without it an answer waits 40 ms for the client's ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def _connect(stack: AsyncExitStack, pulssi: Pulssi, delivery: Delivery, hub: Hub) -> None:
    """Commits of this process wake the sender and the streams at once, those of others within half a second."""
    looking = asyncio.create_task(_look_for_rows(pulssi, delivery, hub), name="pulssi-look")
    stack.push_async_callback(_stop, looking)
    streams = asyncio.create_task(hub.run(), name="pulssi-hub")
    stack.push_async_callback(_stop, streams)
    pulssi.store.sent_by(delivery.takes, delivery.undone)
    pulssi.store.after_commit(delivery.offer)
    pulssi.store.after_commit(lambda _: hub.wake())
    await stack.enter_async_context(Ticker(_ticks(pulssi, delivery)))


async def _look_for_rows(pulssi: Pulssi, delivery: Delivery, hub: Hub) -> None:
    async with Changes(pulssi.engine) as changes:
        async for _change in changes:
            hub.wake()
            try:
                await delivery.claim()
            except PulssiError:
                pass  # the tick looks again, and tells
            except Exception as error:  # noqa: BLE001  # whatever it is, the next change is looked at again
                log.error("looking for messages failed", error=described(error))


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _ticks(pulssi: Pulssi, delivery: Delivery) -> dict[str, tuple[float, Tick]]:
    return {
        "deliver": (1.0, delivery.claim),
        "expire": (5.0, pulssi.ticking.expire),
        "cases": (1.0, pulssi.cases.tell),
        "summaries": (5.0, pulssi.summaries.post_due),
        "undelivered": (10.0, pulssi.undelivered.look),
        "fold": (10.0, pulssi.ticking.fold),
        "sweep": (3600.0, pulssi.ticking.sweep),
    }


def _config(pulssi: Pulssi, hub: Hub, telegram: "Telegram | None", slack: "Slack | None") -> uvicorn.Config:
    context = pulssi.context
    parts = Parts(
        settings=pulssi.settings,
        context=context,
        store=pulssi.store,
        asking=pulssi.asking,
        membership=pulssi.membership,
        summaries=pulssi.summaries,
        people=pulssi.people,
        commands=pulssi.commands,
        sessions=Sessions(context.tokens, context.clock, context.ids, pulssi.settings.webchat_secret),
        hub=hub,
        telegram=telegram,
        slack=slack,
    )
    return uvicorn.Config(
        make_app(parts),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # the application reads them where it asks who calls
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, and that leaves the other parts the time to end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self.interrupted = False
        self._ready = ready

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with super().capture_signals():
            yield
            # uvicorn raises them again at its end, and the first SIGTERM would end the process there and then.
            self.interrupted = signal.SIGINT in self._captured_signals
            self._captured_signals.clear()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self._ready()


async def _greet(pulssi: Pulssi, host: str, port: int, workspace: str) -> None:
    """What a newcomer reads in the console: where it runs and, until somebody is the owner, the link that makes one."""
    console = Console(highlight=False, soft_wrap=True)
    shown_host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    query = "" if workspace == "default" else f"?workspace={workspace}"
    page = f"http://{shown_host}:{port}/chat{query}"
    code = await pulssi.membership.claim_code(workspace)
    console.print(f"Pulssi runs on http://{shown_host}:{port}")
    if code is None:
        console.print(f"The page with all three panels: {page}")
        return
    console.print("Nobody has claimed this workspace yet. Open this link to become its owner:")
    console.print(f"  {page}#claim={code}")
    console.print("The code works once, for 48 hours; each start prints a new one.")
