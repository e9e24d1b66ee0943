"""The stand-in's deliveries (core.telegram.org/bots/api#setwebhook): in order per chat, again until confirmed."""

import asyncio
from urllib.parse import urlsplit

import httpx

from tests.telegram_api.asking import LOOPBACK
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.updates import Pending, Webhook

FIRST_PAUSE_SECONDS = 0.05  # Telegram's own pauses double up to about a minute; tests should be quick
LONGEST_PAUSE_SECONDS = 1.0
READ_SECONDS = 60.0


async def deliver_forever(api: BotApi) -> None:
    """Delivers to whatever webhook is set, until cancelled."""
    with api.changes.listening() as heard:
        while True:
            heard.clear()
            hook = api.state.updates.webhook
            if hook is None or urlsplit(hook.url).hostname not in LOOPBACK:  # another program's: left alone
                await heard.wait()
            else:
                await _Delivery(api, hook).run(heard)


class _Delivery:
    """The work for one webhook setting; ends when it is changed or removed."""

    def __init__(self, api: BotApi, hook: Webhook) -> None:
        self._api = api
        self._hook = hook
        self._free = asyncio.Semaphore(hook.max_connections)
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self, heard: asyncio.Event) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=self._hook.max_connections)
        timeout = httpx.Timeout(5.0, read=READ_SECONDS)
        async with httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client:
            try:
                while self._current():
                    self._start_lanes(client, heard)
                    await heard.wait()
                    heard.clear()
            finally:
                for task in self._busy.values():
                    task.cancel()
                await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def _current(self) -> bool:
        return self._api.state.updates.webhook is self._hook

    def _start_lanes(self, client: httpx.AsyncClient, heard: asyncio.Event) -> None:
        for task in self._busy.values():
            if task.done():  # a lane that ends well takes itself away
                task.result()
        with self._api.changes.reading():
            waiting = [lane for lane in self._api.state.updates.lanes if lane not in self._busy]
        for lane in waiting:
            self._busy[lane] = asyncio.create_task(self._lane(client, lane), name=f"webhook {lane}")
            self._busy[lane].add_done_callback(lambda _: heard.set())

    async def _lane(self, client: httpx.AsyncClient, lane: str) -> None:
        pause = FIRST_PAUSE_SECONDS
        while self._current():
            with self._api.changes.reading():
                one = self._api.state.updates.next_in(lane, self._api.state.now())
                if one is None:
                    del self._busy[lane]
                    return
            async with self._free:
                trouble = await self._post(client, one)
            if trouble is None:
                pause = FIRST_PAUSE_SECONDS
                continue
            self._failed(trouble)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _post(self, client: httpx.AsyncClient, one: Pending) -> str | None:
        """Sends one update and confirms it; what went wrong, or None."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._hook.secret} if self._hook.secret else {}
        try:
            answer = await client.post(self._hook.url, json=one.update, headers=headers)
        except httpx.TimeoutException:
            return "Read timeout expired"
        except httpx.TransportError as broken:
            return "Connection refused" if isinstance(broken, httpx.ConnectError) else "Connection reset by peer"
        if not answer.is_success:
            return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
        self._confirmed(one, answer)
        return None

    def _confirmed(self, one: Pending, answer: httpx.Response) -> None:
        with self._api.changes.changing():
            self._api.state.updates.confirm(one.update_id)
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return
        try:
            call = answer.json()
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            # "It is not possible to know that such a request was successful or get its result."
            self._api.call(call["method"], {key: value for key, value in call.items() if key != "method"})

    def _failed(self, trouble: str) -> None:
        with self._api.changes.changing():
            self._hook.last_error = trouble
            self._hook.last_error_date = int(self._api.state.now())
