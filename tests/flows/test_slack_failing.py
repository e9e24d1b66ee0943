"""A question that Slack does not take: whoever asked reads that, and what to do, in their own chat."""

from collections.abc import Iterator

import pytest

from tests.flows.slack import SECONDS
from tests.flows.slack_office import Office, dm_seen, office
from tests.slack_api.people import Person
from tests.slack_api.places import Channel

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("failing")) as here:
        yield here
        here.is_clean()


def asks_in_vain(desk: Office, who: Person, customer: Person, at: Channel, expected: str) -> str:
    """Asks there through the form; what the member reads in the end."""
    view = desk.form(who, f"<@{customer.id}|x>", at)
    desk.sends(who, view, where="here", ticket="T-1042")
    buttons = [one["text"]["text"] for block in view.blocks if block["type"] == "actions" for one in block["elements"]]
    assert who.press(view, buttons[0]).wait(SECONDS).acknowledged
    desk.api.wait(lambda: any(expected in text for text in dm_seen(desk.api, who)), SECONDS)
    return next(text for text in dm_seen(desk.api, who) if expected in text)


def test_where_the_bot_is_not_the_member_is_told_how_to_invite_it(desk: Office) -> None:
    place = desk.api.channel("C0WITHOUT", "without", desk.sofia, bot=False)
    kai = desk.customer("Kai Without", at=place)
    told = asks_in_vain(desk, desk.sofia, kai, place, "Could not ask Kai Without")
    assert "Could not ask Kai Without: the bot is not in the channel." in told
    assert "Invite the bot to the channel: /invite @pulssi" in told
    assert "T-1042" in told
    assert not any("Could not ask" in text for text in dm_seen(desk.api, desk.olli))


def test_it_is_told_in_the_members_language(desk: Office) -> None:
    place = desk.api.channel("C0OLD", "old", desk.saku)
    kim = desk.customer("Kim Old", at=place)
    desk.api.archive(place, desk.olli)
    told = asks_in_vain(desk, desk.saku, kim, place, "Henkilöltä Kim Old ei voitu kysyä")
    assert "kanava on arkistoitu" in told
    assert "Valitse toinen kanava." in told
