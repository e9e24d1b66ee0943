"""A question that Slack does not take: whoever asked reads that, and what to do, in their own chat."""

from collections.abc import Iterator

import pytest

from tests.flows.slack import SECONDS, question, whispered
from tests.flows.slack_office import Office, code, dm_seen, office
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


def test_the_weekly_message_is_not_promised_where_the_bot_is_not(desk: Office) -> None:
    place = desk.api.channel("C0BOTLESS", "botless", desk.olli, bot=False)
    desk.says(desk.olli, "here", "Invite the bot to the channel: /invite @pulssi", place)
    assert place.id not in desk.api.seen(desk.says(desk.olli, "settings", "Weekly message:"))
    desk.api.invite_bot(place, desk.olli)
    desk.types(desk.olli, "here", place)
    desk.api.wait(lambda: any("posted here from now on" in desk.api.seen(one) for one in place.messages), SECONDS)


def test_nobody_else_writes_a_comment_that_would_not_be_kept(desk: Office) -> None:
    place = desk.api.channel("C0WRITE", "write", desk.sofia)
    kim = desk.customer("Kim Writer", at=place)
    lea = desk.customer("Lea Reader", at=place)
    view = desk.form(desk.sofia, f"<@{kim.id}|kim>", place)
    desk.sends(desk.sofia, view, where="here")
    desk.presses(desk.sofia, view, "Ask", "Asked:")
    shown = question(desk.api, place)
    kim.tap(shown, "s:4").wait(SECONDS)
    own = whispered(desk.api, kim, place, "You answered 4 of 5")
    payload = kim.tap(own, "write", send=False).payload
    stolen = {**payload, "user": {**payload["user"], "id": lea.id}, "trigger_id": "0.0.stolen", "response_url": ""}
    assert desk.api.interaction(stolen).wait(SECONDS).acknowledged
    whispered(desk.api, lea, place, "This question is meant for someone else")
    assert lea.modal is None


def test_the_home_of_whoever_is_no_member_any_more_shows_no_figures(desk: Office) -> None:
    owner = desk.api.person("U0GONE", "Gone Owner", "en-GB")
    desk.says(owner, f"join {code(desk, 'owner')}", "Welcome")
    owner.open_home()
    desk.api.wait(lambda: owner.home is not None and "Settings" in desk.api.seen(owner.home), SECONDS)
    removed = desk.server.cli("member", "remove", "Gone Owner")
    assert removed.returncode == 0, removed.stderr
    assert owner.home is not None
    assert owner.press(owner.home, "Language").wait(SECONDS).acknowledged
    desk.api.wait(lambda: owner.home is not None and "Settings" not in desk.api.seen(owner.home), SECONDS)
