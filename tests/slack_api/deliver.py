"""Sends what waits for the app, by HTTP or Socket Mode, each on its own and at once."""

import asyncio

import aiohttp
import msgspec

from tests.slack_api.deliveries import Deliveries, Delivery
from tests.slack_api.slack_api import SlackApi


async def deliver_forever(api: SlackApi, http: aiohttp.ClientSession) -> None:
    """Until it is cancelled; an unacknowledged event comes again by `Deliveries`."""
    async with asyncio.TaskGroup() as tasks:
        with api.changes.listening() as heard:
            while True:
                heard.clear()
                for one in api.deliveries.take():
                    tasks.create_task(_deliver(api, http, one))
                await heard.wait()


async def _deliver(api: SlackApi, http: aiohttp.ClientSession, delivery: Delivery) -> None:
    if api.deliveries.request_url:
        await _post(api.deliveries, http, delivery)
    else:
        await api.sockets.send(delivery)


async def _post(deliveries: Deliveries, http: aiohttp.ClientSession, delivery: Delivery) -> None:
    request = delivery.request = deliveries.next_request(delivery)
    timeout = aiohttp.ClientTimeout(total=deliveries.ack_seconds)
    try:
        async with http.post(
            deliveries.request_url, data=request.body, headers=request.headers, timeout=timeout, allow_redirects=False
        ) as answer:
            text = await answer.text()
    except TimeoutError:
        deliveries.finish(delivery, "http_timeout")
        return
    except aiohttp.ClientError:
        deliveries.finish(delivery, "connection_failed")
        return
    delivery.no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
    trouble = "" if answer.status == 200 else "http_error"
    deliveries.finish(delivery, trouble, _decoded(text), answer.status)


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return text
