"""A stand-in with people and channels, and Slack's client in front of it."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.bolt import CHANNEL, SHARED, Clock, bolt_app, client
from tests.slack_api.people import Person
from tests.slack_api.places import Channel
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import PARTNER


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> SlackApi:
    made = SlackApi(now=clock)
    made.deliveries.ack_seconds = 2.0
    return made


@pytest_asyncio.fixture
async def url(api: SlackApi) -> AsyncGenerator[str]:
    async with serving(api) as found:
        yield found


@pytest_asyncio.fixture
async def slack(url: str) -> AsyncGenerator[AsyncWebClient]:
    async with client(url) as found:
        yield found


@pytest.fixture
def app(slack: AsyncWebClient) -> AsyncApp:
    return bolt_app(slack)


@pytest.fixture
def mikko(api: SlackApi) -> Person:
    return api.person("U0MIKKO", "Mikko Mallikas", "fi-FI", display_name="mikko")


@pytest.fixture
def liisa(api: SlackApi) -> Person:
    """Of another company, through Slack Connect."""
    return api.person("U0LIISA", "Liisa", team=PARTNER)


@pytest.fixture
def channel(api: SlackApi, mikko: Person) -> Channel:
    return api.channel(CHANNEL, "support", mikko)


@pytest.fixture
def shared(api: SlackApi, mikko: Person, liisa: Person) -> Channel:
    return api.channel(SHARED, "partners", mikko, liisa, shared=True)
