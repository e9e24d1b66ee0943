"""Staff in Slack with the real program: the shortcut, the sign on a message, and the words behind /survey."""

from collections.abc import Iterator

import pytest

from tests.flows.slack import SECONDS, labels
from tests.flows.slack_office import (
    BUSINESS,
    ONLY_MEMBERS,
    SHORTCUT,
    Office,
    asks,
    code,
    dm_seen,
    heard,
    initial,
    office,
    view_labels,
)
from tests.slack_api.people import Person
from tests.slack_api.places import Channel

ASKS = "How satisfied are you with the help you got?"
SIGN = "white_check_mark"
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One program for all tests of this file, each of which asks people of its own; nothing malformed in any."""
    folder = tmp_path_factory.mktemp("staff")
    with office(folder, SLACK_REACTION="on") as here:
        yield here
        here.is_clean()


def asked_in(desk: Office, channel: Channel, thread: str = "") -> list[str]:
    """What the questions in the channel, or in this thread, say."""
    found = channel.thread(thread) if thread else [one for one in channel.messages if not one.thread_ts]
    return [desk.api.seen(one) for one in found if ASKS in desk.api.seen(one)]


def test_the_shortcut_starts_from_a_message(desk: Office) -> None:
    maija = desk.customer("Maija Meikäläinen")
    first = maija.say("My order is late", desk.support)
    before = desk.sofia.modal
    assert desk.sofia.shortcut(first, SHORTCUT).wait(SECONDS).acknowledged
    view = desk.opened(desk.sofia, before)
    place = f"slack:{desk.support.id}/{first.ts}"
    assert view.private_metadata == f"{place} {desk.support.id}/{first.ts}"
    found = {name: initial(view, name) for name in ("person", "where", "ticket")}
    assert found == {"person": maija.id, "where": "here", "ticket": ""}
    desk.sends(desk.sofia, view, ticket="T-50")
    desk.presses(desk.sofia, view, "Ask", "Asked: Maija Meikäläinen, in Slack (channel).")
    desk.api.wait(lambda: asked_in(desk, desk.support, first.ts), SECONDS)

    # On a reply, the thread of the reply is the place.
    reply = maija.say("It came", desk.support, first.ts)
    desk.sofia.shortcut(reply, SHORTCUT).wait(SECONDS)
    view = desk.opened(desk.sofia, view)
    assert view.private_metadata == f"{place} {desk.support.id}/{reply.ts}"
    assert initial(view, "person") == maija.id

    # A bot is nobody to ask, nor is the member.
    for message in (desk.support.thread(first.ts)[0], desk.sofia.say("Hello", desk.support)):
        desk.sofia.shortcut(message, SHORTCUT).wait(SECONDS)
        view = desk.opened(desk.sofia, view)
        assert initial(view, "person") == ""


def test_the_sign_on_a_tickets_first_message_asks_its_author_once(desk: Office) -> None:
    lauri = desk.customer("Lauri Lappu")
    first = lauri.say("The door does not open", desk.support)
    reply = lauri.say("It is locked", desk.support, first.ts)
    other = lauri.say("Another ticket", desk.support)
    for who, message, sign in (
        (desk.sofia, reply, SIGN),
        (desk.sofia, first, "eyes"),
        (desk.eve, first, SIGN),
        (lauri, first, SIGN),
        (desk.sofia, desk.sofia.say("I look at it", desk.support), SIGN),
    ):
        who.react(message, sign)
    heard(desk)
    assert asked_in(desk, desk.support, first.ts) == []
    assert not any("Lauri" in words for words in told(desk, desk.sofia))

    desk.sofia.react(first, SIGN)
    marked = desk.api.events[-1]
    desk.api.wait(lambda: asked_in(desk, desk.support, first.ts), SECONDS)
    [shown] = [one for one in desk.support.thread(first.ts) if ASKS in desk.api.seen(one)]
    assert [one.target for one in desk.api.pings(shown)] == [lauri.id]
    desk.api.wait(
        lambda: any("Asked: Lauri Lappu, in Slack (channel)." in one for one in told(desk, desk.sofia)), SECONDS
    )

    # The same again, taken away and put back, by another member, on the bot's own message: one question.
    desk.api.resend(marked)
    desk.sofia.unreact(first, SIGN)
    desk.sofia.react(first, SIGN)
    desk.saku.react(first, SIGN)
    desk.sofia.react(shown, SIGN)
    desk.api.wait(
        lambda: any("En kysy: tästä asiasta on jo kysytty" in one for one in told(desk, desk.saku)),
        SECONDS,
    )
    heard(desk)
    assert len(asked_in(desk, desk.support, first.ts)) == 1
    assert any("was already asked about this ticket" in one for one in told(desk, desk.sofia))

    # Another ticket of the same person: the member decides.
    desk.sofia.react(other, SIGN)
    desk.api.wait(
        lambda: any("has another question waiting" in one and "Lauri Lappu" in one for one in told(desk, desk.sofia)),
        SECONDS,
    )
    assert asked_in(desk, desk.support, other.ts) == []


def told(desk: Office, who: Person) -> list[str]:
    """What that person alone has read: beside the ticket, or in their own chat with the bot."""
    return [*(desk.api.seen(one) for one in who.ephemerals(desk.support)), *dm_seen(desk.api, who)]


def test_who_is_no_member_is_refused_kindly(desk: Office) -> None:
    nina = desk.customer("Nina Asiakas")
    message = nina.say("Hello there", desk.support)
    desk.types(desk.eve, "", desk.support)
    desk.api.wait(lambda: desk.eve.modal is not None or desk.eve.ephemerals(desk.support), SECONDS)
    first = desk.eve.modal
    assert first is not None
    assert ONLY_MEMBERS in desk.api.seen(first)
    desk.eve.shortcut(message, SHORTCUT).wait(SECONDS)
    assert ONLY_MEMBERS in desk.api.seen(desk.opened(desk.eve, first))
    for words in ("cancel", "mine"):
        desk.says(desk.eve, words, ONLY_MEMBERS, desk.support)
    for words in ("summary", "invite staff", "settings", "here", "kpi", "business Eve Oy"):
        desk.says(desk.eve, words, ONLY_MEMBERS, desk.support)
        desk.says(desk.sofia, words, "Only owners can do that.")
    desk.eve.open_home()
    desk.api.wait(lambda: desk.eve.home is not None, SECONDS)
    assert desk.eve.home is not None
    assert view_labels(desk.eve.home) == ["What do you keep about me?"]
    assert not any("Nina" in desk.api.seen(one) for one in desk.eve.sees(desk.support) if one.to)


def test_the_words_behind_the_command(desk: Office) -> None:
    helped = desk.api.seen(desk.says(desk.sofia, "help", "What you can do here")).splitlines()[1:]
    named = [line.partition(" · ")[0] for line in helped]
    assert {"/survey", "/survey cancel", "/survey mine", "/survey whoami", "/survey mydata"} <= set(named)
    assert all(name == "/survey" or name.startswith("/survey ") for name in named)
    assert "/survey kpi" not in named
    assert "/survey kpi" in desk.api.seen(desk.says(desk.olli, "help", "What you can do here"))
    finnish = desk.api.seen(desk.says(desk.saku, "help", "Mitä voit tehdä täällä"))
    assert "/survey cancel · Peru kysymys" in finnish

    told = desk.api.seen(desk.says(desk.sofia, "whoami", "Sofia Salo", desk.support))
    assert f"staff of {BUSINESS}" in told
    assert f"slack:{desk.sofia.id}" in told
    assert "Answers about your work" in desk.api.seen(desk.says(desk.sofia, "mine", "Answers about your work"))

    newcomer = desk.customer("Nelli Uusi")
    desk.says(newcomer, f"join {'x' * 12}", "This code is wrong, used or too old.", desk.support)
    given = code(desk)
    desk.says(newcomer, f"join {given}", "Welcome, Nelli Uusi. You are now staff", desk.support)
    desk.says(newcomer, f"join {given}", "This code is wrong, used or too old.")
    desk.says(newcomer, f"join {code(desk)}", "You are a member already.")
    desk.says(desk.eve, f"join {given}", "This code is wrong, used or too old.")
    assert not any(given in desk.api.seen(one) for one in desk.support.messages)
    desk.says(newcomer, f"join {code(desk, 'owner')}", "Welcome, Nelli Uusi. You are now owner")
    desk.says(desk.olli, "invite somebody", "/survey invite staff or /survey invite owner")


def test_cancel_by_ticket_and_by_buttons(desk: Office) -> None:
    one, two = desk.customer("Yksi Perutaan"), desk.customer("Kaksi Perutaan")
    shown = asks(desk, desk.sofia, one, ticket="T-61")
    asks(desk, desk.sofia, two, ticket="T-62")
    desk.says(desk.sofia, "cancel T-61", "Taken back:")
    desk.api.wait(lambda: not any(name.startswith("s:") for _, name in shown.buttons), SECONDS)
    listed = desk.says(desk.sofia, "cancel", "Which question shall I take back?")
    label = next(name for name in labels(listed) if name.startswith("Kaksi Perutaan"))
    desk.sofia.tap(listed, label).wait(SECONDS)
    desk.api.wait(lambda: "Taken back:" in desk.api.seen(listed), SECONDS)
    desk.says(desk.sofia, "cancel T-62", "No open question of yours about T-62.")
