"""Staff in Slack with the real program: the form, the shortcut, the sign on a message, and the words behind /survey."""

from collections.abc import Iterator

import pytest

from tests.flows.slack import SECONDS, labels, question, questions, whispered
from tests.flows.slack_office import BUSINESS, Office, code, dm_seen, fields, initial, office, view_labels, web_visitor
from tests.flows.telegram import settled
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message
from tests.slack_api.web_api import TEAM

ASKS = "How satisfied are you with the help you got?"
SIGN = "white_check_mark"
SHORTCUT = "ask_feedback"
ONLY_MEMBERS = "Only members of the workspace can do that."
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One program for all tests of this file, each of which asks people of its own; nothing malformed in any."""
    folder = tmp_path_factory.mktemp("staff")
    for visitor, name in (("vera", "Vera Verkko"), ("veikko", "Veikko Verkko")):
        web_visitor(folder, visitor, name)
    with office(folder, SLACK_REACTION="on") as here:
        yield here
        here.is_clean()


def asked_in(desk: Office, channel: Channel, thread: str = "") -> list[str]:
    """What the questions in the channel, or in this thread, say."""
    found = channel.thread(thread) if thread else [one for one in channel.messages if not one.thread_ts]
    return [desk.api.seen(one) for one in found if ASKS in desk.api.seen(one)]


def heard(desk: Office) -> None:
    """Until all events are taken and whatever came of them has been sent."""
    desk.api.wait(lambda: all(one.acknowledged for one in desk.api.events), SECONDS)
    settled(desk.server)


def asks(desk: Office, who: Person, person: Person, **values: str) -> Message:
    """Has that member ask the person in a direct message; the question."""
    before, view = len(questions(person.dm)), desk.form(who)
    desk.sends(who, view, person=person.id, **values)
    desk.presses(who, view, "Ask", "Asked:")
    return question(desk.api, person.dm, before + 1)


def test_the_form_asks_a_person_of_the_team_in_a_direct_message(desk: Office) -> None:
    kim = desk.customer("Kim Kaskinen")
    view = desk.form(desk.sofia)
    assert (view.title, view.private_metadata) == ("Ask for feedback", "")
    assert fields(view) == ["person", "customer", "survey", "ticket", "subject", "agent", "team", "tags"]
    found = {name: initial(view, name) for name in fields(view)}
    assert {name: value for name, value in found.items() if value} == {"survey": "csat", "agent": "Sofia Salo"}

    about = {"ticket": "T-1042", "subject": "The VAT line", "agent": "Sofia", "team": "Tier 1", "tags": "vat, ,vat,b2b"}
    verdict = desk.sends(desk.sofia, view, person=kim.id, **about)
    assert "Will ask Kim Kaskinen in Slack now." in verdict
    assert "Kim Kaskinen · CSAT · T-1042" in verdict
    assert view_labels(view) == ["Ask", "Skip", "Why?"]
    assert questions(kim.dm) == []
    told = desk.presses(desk.sofia, view, "Ask", "Asked:")
    assert "Asked: Kim Kaskinen, in Slack." in told
    assert view_labels(view) == ["Cancel it"]

    shown = question(desk.api, kim.dm)
    assert f"{BUSINESS} asks · The VAT line · Sofia, Tier 1" in desk.api.seen(shown)
    kim.tap(shown, "s:5").wait(SECONDS)
    row = desk.exported("T-1042")
    assert (row["score"], row["agent"], row["team"], row["tags"]) == (5, "Sofia", "Tier 1", ["vat", "b2b"])


def test_in_a_channel_the_form_asks_there_if_it_is_told_to(desk: Office) -> None:
    kai = desk.customer("Kai Here")
    view = desk.form(desk.sofia, f"<@{kai.id}|kai>", desk.support)
    assert view.private_metadata == f"slack:{desk.support.id}"
    assert (initial(view, "person"), initial(view, "customer"), initial(view, "where")) == (kai.id, "", "direct")
    assert "Will ask Kai Here in Slack (channel) now." in desk.sends(desk.sofia, view, where="here", survey="nps")
    desk.presses(desk.sofia, view, "Ask", "Asked: Kai Here, in Slack (channel).")
    desk.api.wait(lambda: any(f"<@{kai.id}>" in str(one.blocks) for one in desk.support.messages), SECONDS)
    shown = desk.support.messages[-1]
    assert labels(shown)[:11] == [str(score) for score in range(11)]
    assert [one.target for one in desk.api.pings(shown)] == [kai.id]
    assert questions(kai.dm) == []
    # Nobody else reads whom the member asks about, or the verdict.
    assert not any("Will ask" in desk.api.seen(one) for one in desk.support.messages)


def test_somebody_of_another_company_is_asked_where_both_are(desk: Office) -> None:
    shared = desk.api.channel("C0PARTNERS", "partners", desk.sofia, shared=True)
    liisa = desk.customer("Liisa Partner", partner=True, at=shared)
    problem = liisa.say("The invoice is wrong", shared)
    view = desk.form(desk.sofia, "", shared)
    here_only = "People of another organisation can be asked here only."
    desk.sends(desk.sofia, view, person=liisa.id, where="direct", ticket="T-7")
    assert (view.errors, view.open) == ({"where": here_only}, True)
    app = desk.api.person("U0APP", "Some App", is_bot=True)
    desk.sends(desk.sofia, view, person=app.id, where="here", ticket="T-7")
    assert (view.errors, view.open) == ({"person": "This is an app; choose a person."}, True)
    verdict = desk.sends(desk.sofia, view, person=liisa.id, where="here", ticket="T-7")
    assert "Will ask Liisa Partner in Slack (channel) now." in verdict
    desk.presses(desk.sofia, view, "Ask", "Asked:")
    shown = question(desk.api, shared)
    assert [one.target for one in desk.api.pings(shown)] == [liisa.id]
    liisa.tap(shown, "s:4").wait(SECONDS)
    whispered(desk.api, liisa, shared, "You answered 4 of 5.")
    assert desk.exported("T-7")["score"] == 4
    # They are no member, and have no commands or shortcuts of ours.
    with pytest.raises(LookupError):
        liisa.shortcut(problem, SHORTCUT)


def test_a_customer_elsewhere_by_name_ticket_or_address(desk: Office) -> None:
    view = desk.form(desk.sofia, "verkko", desk.support)
    assert initial(view, "customer") == "verkko"
    several = desk.sends(desk.sofia, view, ticket="T-20")
    assert "Whom shall I ask?" in several
    assert len(view_labels(view)) == 2
    label = next(one for one in view_labels(view) if one.startswith("Vera Verkko"))
    assert "Will ask Vera Verkko in web chat now." in desk.presses(desk.sofia, view, label, "Will ask")
    desk.presses(desk.sofia, view, "Ask", "Asked: Vera Verkko, in web chat.")

    view = desk.form(desk.sofia, "T-20")
    assert "was already asked about this ticket" in desk.sends(desk.sofia, view)
    assert view_labels(view) == ["Why?"]

    view = desk.form(desk.sofia)
    assert "Will ask Veikko Verkko in web chat now." in desk.sends(desk.sofia, view, customer="webchat:veikko")

    view = desk.form(desk.sofia)
    refused = desk.sends(desk.sofia, view, customer="webchat:owner")
    assert "webchat:owner is no address of a customer." in refused


def test_an_unknown_ticket_gives_a_link(desk: Office) -> None:
    view = desk.form(desk.sofia, "T-404", desk.support)
    assert initial(view, "ticket") == "T-404"
    told = desk.sends(desk.sofia, view)
    assert "No chat address known for T-404. Paste this link into the ticket" in told
    assert "/chat#link=" in told
    assert view_labels(view) == ["Cancel it"]
    desk.presses(desk.sofia, view, "Cancel it", "Taken back:")


@pytest.mark.parametrize(
    ("member", "error"),
    [
        ("sofia", "Choose somebody, or write a name, a ticket or an address."),
        ("saku", "Valitse joku, tai kirjoita nimi, tiketti tai osoite."),
    ],
)
def test_nobody_chosen_is_told_beside_the_field_until_somebody_is(desk: Office, member: str, error: str) -> None:
    who: Person = getattr(desk, member)
    pia = desk.customer(f"Pia {member}")
    view = desk.form(who)
    for _ in range(2):  # the form stays open, however often it is sent
        desk.sends(who, view, subject="Kept")
        assert (view.errors, view.open) == ({"person": error}, True)
    assert f"Pia {member}" in desk.sends(who, view, person=pia.id)
    assert (view.errors, view.open) == ({}, True)


def test_the_member_reads_why_and_may_let_it_be(desk: Office) -> None:
    ari = desk.customer("Ari Asiakas")
    view = desk.form(desk.sofia)
    desk.sends(desk.sofia, view, person=ari.id)
    why = desk.presses(desk.sofia, view, "Why?", "never asked")
    assert "Automatic questions come at most once in 14 days" in why
    assert view_labels(view) == ["Ask", "Skip"]
    desk.presses(desk.sofia, view, "Skip", "All right, nobody was asked.")
    assert view_labels(view) == []
    heard(desk)
    assert questions(ari.dm) == []


def test_asked_recently_takes_a_second_look(desk: Office) -> None:
    eino = desk.customer("Eino Eilen")
    eino.tap(asks(desk, desk.sofia, eino, ticket="T-31"), "s:4").wait(SECONDS)
    view = desk.form(desk.sofia)
    verdict = desk.sends(desk.sofia, view, person=eino.id, ticket="T-32", survey="ces")
    assert "Asked today in Slack (automatic questions: once in 14 days)." in verdict
    assert view_labels(view) == ["Ask all the same", "Skip", "Why?"]
    desk.presses(desk.sofia, view, "Ask all the same", "Asked:")
    assert labels(question(desk.api, eino.dm, 2))[:7] == [str(score) for score in range(1, 8)]


def test_who_does_not_want_to_be_asked_is_not(desk: Office) -> None:
    outi = desk.customer("Outi Ulkona")
    desk.types(outi, "stop")
    view = desk.form(desk.sofia)
    assert "Will not ask: has asked not to be asked again." in desk.sends(desk.sofia, view, person=outi.id)
    assert view_labels(view) == ["Why?"]
    heard(desk)
    assert questions(outi.dm) == []


def test_a_question_is_taken_back_from_its_confirmation(desk: Office) -> None:
    perttu = desk.customer("Perttu Peru")
    view = desk.form(desk.sofia)
    desk.sends(desk.sofia, view, person=perttu.id)
    desk.presses(desk.sofia, view, "Ask", "Asked:")
    shown = question(desk.api, perttu.dm)
    assert "Perttu Peru · CSAT" in desk.presses(desk.sofia, view, "Cancel it", "Taken back:")
    desk.api.wait(lambda: not any(code.startswith("s:") for _, code in shown.buttons), SECONDS)


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


def test_what_a_changed_client_sends_from_no_member_asks_nobody(desk: Office) -> None:
    """The form of a member, sent by somebody else: Slack would let nobody do that, and neither do we."""
    tiina = desk.customer("Tiina Tavoite")
    view = desk.form(desk.sofia)
    sent = desk.sofia.submit(view, {"person": tiina.id}, send=False)
    sent.payload["user"] = {"id": desk.eve.id, "username": "eve", "name": "eve", "team_id": TEAM}
    desk.api.send(sent).wait(SECONDS)
    assert ONLY_MEMBERS in str(sent.body)
    desk.sends(desk.sofia, desk.form(desk.sofia), person=tiina.id)
    view = desk.opened(desk.sofia)
    forged = desk.sofia.press(view, "Ask", send=False)
    forged.payload["user"] = {"id": desk.eve.id, "username": "eve", "name": "eve", "team_id": TEAM}
    desk.api.send(forged).wait(SECONDS)
    heard(desk)
    assert questions(tiina.dm) == []


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
