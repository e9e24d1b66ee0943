"""The pictures of the web chat over real HTTP: named in the stream, and open to whoever may read the conversation."""

import json
from typing import Any

import httpx
import pytest

from adapters.charts import DARK, LIGHT, draw
from adapters.webchat.sessions import Visitor
from bot.picture_text import alt_text
from bot.ports import StoredMessage
from bot.prompts import Prompt, PromptKind
from bot.texts import texts
from tests.flows.api_server import Api, problem
from tests.sample_pictures import twelve_weeks

PICTURE = twelve_weeks("fi")
WEEKLY = Prompt(PromptKind.SUMMARY, "fi", title="Viikko 47", lines=("CSAT 80 %",), picture=PICTURE)
PLAIN = Prompt(PromptKind.INFO, "fi", title="Ilman kuvaa")


def bearer(api: Api, visitor: Visitor) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.parts.sessions.issue(visitor)}"}


@pytest.fixture
async def reader(api: Api) -> Visitor:
    """Somebody whose chat has a message with a picture (`d-1`) and one without (`d-2`)."""
    visitor = api.parts.sessions.anyone("default")
    for number, prompt in enumerate((WEEKLY, PLAIN), 1):
        message = StoredMessage(0, f"d-{number}", api.clock.now(), prompt)
        await api.store.write(lambda uow, message=message: uow.messages.put("default", visitor.address, message, None))  # type: ignore[misc]  # mypy and default arguments
    return visitor


async def shown(api: Api, visitor: Visitor) -> list[dict[str, Any]]:
    found = []
    async with (
        httpx.AsyncClient(base_url=api.url) as client,
        client.stream("GET", "/webchat/stream", headers=bearer(api, visitor)) as answer,
    ):
        async for line in answer.aiter_lines():
            if line == "event: ready":
                break
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
    return found


async def test_the_stream_names_both_looks_the_words_and_the_size(api: Api, reader: Visitor) -> None:
    weekly, plain = await shown(api, reader)
    picture = weekly["prompt"]["picture"]
    assert picture == {
        "light": "webchat/pictures/d-1", "dark": "webchat/pictures/d-1?theme=dark",
        "alt": alt_text(PICTURE, texts("fi")), "width": 390, "height": picture["height"],
    }  # fmt: skip
    assert "picture" not in plain["prompt"]


@pytest.mark.parametrize(("query", "theme"), [("", LIGHT), ("?theme=dark", DARK), ("?theme=pink", LIGHT)])
async def test_a_picture_is_drawn_for_who_reads_the_chat(api: Api, reader: Visitor, query: str, theme: Any) -> None:
    async with httpx.AsyncClient(base_url=api.url, headers=bearer(api, reader)) as client:
        for _ in range(2):
            answer = await client.get(f"/webchat/pictures/d-1{query}")
            assert answer.content == draw(PICTURE, texts("fi"), theme)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=86400"
    assert answer.headers["vary"].lower().startswith("authorization")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_size_that_was_told_is_the_pictures(api: Api, reader: Visitor) -> None:
    weekly, _ = await shown(api, reader)
    async with httpx.AsyncClient(base_url=api.url, headers=bearer(api, reader)) as client:
        image = (await client.get("/webchat/pictures/d-1")).content
    width, height = (int.from_bytes(image[at : at + 4]) for at in (16, 20))
    told = weekly["prompt"]["picture"]
    assert abs(height / width - told["height"] / told["width"]) < 0.005


@pytest.mark.parametrize("message", ["d-2", "d-3", "%00", "..%2Fd-1", "d-1%20"])
async def test_there_is_nothing_else_to_be_had(api: Api, reader: Visitor, message: str) -> None:
    async with httpx.AsyncClient(base_url=api.url, headers=bearer(api, reader)) as client:
        problem(await client.get(f"/webchat/pictures/{message}"), 404, "Not found")


async def test_nobody_else_sees_it(api: Api, reader: Visitor) -> None:
    stranger = api.parts.sessions.anyone("default")
    async with httpx.AsyncClient(base_url=api.url) as client:
        problem(await client.get("/webchat/pictures/d-1"), 401, "Unauthorized")
        problem(await client.get("/webchat/pictures/d-1", headers={"Authorization": "Bearer x"}), 401, "Unauthorized")
        problem(await client.get("/webchat/pictures/d-1", headers=bearer(api, stranger)), 404, "Not found")
        owner = api.parts.sessions.owner("default", "nobody")
        problem(await client.get("/webchat/pictures/d-1", headers=bearer(api, owner)), 401, "Unauthorized")
