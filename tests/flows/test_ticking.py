"""What time does by itself, in few statements: expiring many questions, and forgetting what nobody needs."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.invitation import State
from bot.ports import Code, Link, StoredMessage, UnitOfWork
from bot.prompts import Prompt, PromptKind
from bot.service.context import ensure_workspace
from bot.workspace import Member, Role
from storage.keys import Keyring
from tests.world import World, person, world

KINDS = ("seen_event", "link", "member_code", "member_session", "idempotency")


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


def counted(here: World) -> list[str]:
    """The statements from now on."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(here.engine.sync_engine, "before_cursor_execute", note)
    return statements


async def test_many_that_expire_take_as_few_statements_as_two(here: World) -> None:
    taken = []
    for number in (2, 20):
        made = [await here.asked(f"v{number}-{n}", ticket=f"T-{number}-{n}") for n in range(number)]
        here.clock.advance(days=60)
        statements = counted(here)
        assert await here.ticking.expire() == number
        taken.append(len(statements))
        for one in made:
            assert (await here.invitation(one.id)).state is State.FAILED
        assert await here.outbox() == 0
    assert taken[1] <= taken[0]


async def kept(here: World) -> dict[str, int]:
    return {kind: int((await here.rows(f"SELECT count(*) FROM {kind}"))[0][0]) for kind in KINDS}  # noqa: S608


async def test_what_is_over_is_forgotten(here: World) -> None:
    made, now = await here.asked(), here.clock.now()
    soon, later = now + timedelta(days=1), now + timedelta(days=3)

    async def job(uow: UnitOfWork) -> None:
        await uow.members.add(Member("m", "default", "Anna", Role.OWNER, now))
        for name, until in (("a", soon), ("b", later)):
            await uow.links.add(Link(name, made.id, until))
            await uow.members.add_code(Code(name, "default", Role.STAFF, until))
            await uow.members.add_session(name, "m", until)
            await uow.events.remember([name], until)
        note = StoredMessage(0, "note", now, Prompt(PromptKind.INFO, "en", title="note"))
        await uow.messages.put("default", person("kim"), note, None)
        await uow.api_keys.remember("a", "body", {}, now)
        await uow.api_keys.remember("b", "body", {}, later + timedelta(days=29))

    await here.store.write(job)
    everything = await kept(here)
    assert everything == dict.fromkeys(KINDS, 2) | {"idempotency": 1}  # the second one swept the first
    here.clock.at = soon + timedelta(days=30)
    assert await here.ticking.sweep() == 0
    assert await kept(here) == everything
    here.clock.advance(minutes=1)
    assert await here.ticking.sweep() == 4
    assert await kept(here) == dict.fromkeys(KINDS, 1)
    here.clock.at = later + timedelta(days=31)
    assert await here.ticking.sweep() == 5
    assert await kept(here) == dict.fromkeys(KINDS, 0)
    assert [message.id for message in await here.messages()] == ["note"]  # what a web chat shows stays


async def test_what_waits_is_counted_in_one_statement(here: World) -> None:
    for name in ("b-side", "c-side"):
        await here.store.write(lambda uow, name=name: ensure_workspace(uow, here.context, name))  # type: ignore[misc]
    await here.asked("kim", ticket="T-1")
    await here.asked("ada", ticket="T-2")
    statements = counted(here)
    async with here.store.reading() as uow:
        waiting = await uow.outbox.waiting_everywhere()
    assert waiting == {"default": {"rows": 2, "oldest": here.clock.now(), "errors": 0}}
    assert sum("outbox" in one for one in statements) == 1
