"""A weekly message that nobody could be told is shown to the owner on the page, and to whoever watches the process."""

import pytest

from adapters.webchat.channel import WebChat
from bot.ports import UnitOfWork
from bot.service.membership import Joining
from bot.service.undelivered import Undelivered
from bot.values import replace
from bot.workspace import Role
from scheduler.delivery import Delivery
from tests.flows.api_server import Api

pytestmark = pytest.mark.timeout(120)


async def token(api: Api, role: Role) -> str:
    code = await api.parts.membership.invite("default", role)
    _, found = await api.parts.membership.join(Joining(workspace="default", code=code, name=role.value))
    return found


async def desk(api: Api, of: str, locale: str = "en") -> list[dict[str, str]]:
    headers = {"Authorization": f"Bearer {of}", "Accept-Language": locale}
    answer = await api.bare.get("/chat/desk", headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, str]] = answer.json()["undelivered"]
    return found


async def owned_by(api: Api, places: str) -> None:
    async def job(uow: UnitOfWork) -> None:
        found = await uow.workspaces.get("default")
        assert found is not None
        await uow.workspaces.change(replace(found, settings={"owner_channel": places}))

    await api.store.write(job)


async def sent(api: Api) -> None:
    """Until nothing waits."""
    channels = {"webchat": WebChat(api.store, api.clock)}
    async with Delivery(api.store, channels, api.clock, api.parts.context) as delivery:
        assert await delivery.claim()
    async with api.store.reading() as uow:
        assert not (await uow.outbox.waiting("default"))["rows"]


async def test_the_page_and_readyz_tell_of_it_and_stop_once_it_is_read(both: Api) -> None:
    owner, staff = await token(both, Role.OWNER), await token(both, Role.STAFF)
    await owned_by(both, "slack:C0OWNERS")
    assert (await both.bare.get("/readyz")).json()["weekly_message"] == "ok"
    both.clock.at = both.clock.at.replace(day=23)
    await both.parts.summaries.post_due()
    [shown] = await desk(both, owner)
    assert (shown["week"], shown["place"]) == ("2026-W47", "slack:C0OWNERS")
    assert "the channel is not connected yet" in shown["words"]
    assert (await desk(both, owner, "fi"))[0]["words"].startswith("Kooste 2026-W47 ei mennyt perille")
    assert await desk(both, staff) == []
    ready = await both.bare.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["weekly_message"].startswith("2026-W47 has reached nobody in 1 place")
    assert "C0OWNERS" not in ready.text, "anybody may read this"
    await owned_by(both, "webchat:owner")
    await Undelivered(both.store, both.parts.context).look()
    await sent(both)
    assert await desk(both, owner) == []
    assert (await both.bare.get("/readyz")).json()["weekly_message"] == "ok"
