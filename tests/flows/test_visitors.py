"""What a web chat session tells about its visitor, and what is kept of it."""

from collections.abc import AsyncIterator

import pytest

from bot.service.people import People
from storage.keys import Keyring
from tests.world import World, person, world


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(sqlite_url, keyring, business_name="Acme") as made:
        yield made


async def opens(here: World, name: str | None = None, locale: str | None = None, *, signed: bool = False) -> None:
    people = People(here.store, here.context)
    await people.know_visitor("default", person("kim"), name=name, locale=locale, signed=signed)


async def test_an_anonymous_visitor_is_not_stored(here: World) -> None:
    await opens(here, locale="fi")
    assert await here.rows("SELECT count(*) FROM customer") == [(0,)]


async def test_whom_the_site_signed_is_asked_by_name_and_in_the_language_of_the_page(here: World) -> None:
    await opens(here, "Kim", "fi", signed=True)
    found = await here.customer()
    assert (found.name, found.locale, found.created_at) == ("Kim", "fi", here.clock.now())
    assert (await here.asked()).locale == "fi"


async def test_who_was_asked_before_is_asked_in_the_language_of_the_last_page(here: World) -> None:
    first = await here.asked()
    assert first.locale == "en"
    await here.asking.cancel("default", first.id)
    await opens(here, locale="sv")
    assert (await here.asked()).locale == "sv"


async def test_a_session_that_tells_nothing_new_writes_nothing(here: World) -> None:
    await opens(here, "Kim", "fi", signed=True)
    before = here.store.commits
    for name, locale in (("Kim", "fi"), (None, None), ("", "fi")):
        await opens(here, name, locale, signed=True)
    assert here.store.commits == before
    found = await here.customer()
    assert (found.name, found.locale) == ("Kim", "fi")
