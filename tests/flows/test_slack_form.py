"""The form behind /survey in Slack, with the real program: whom it asks, where, and what it says first."""

from collections.abc import Iterator

import pytest

from tests.flows.slack import SECONDS, labels, question, questions, whispered
from tests.flows.slack_office import (
    BUSINESS,
    ONLY_MEMBERS,
    SHORTCUT,
    Office,
    asks,
    fields,
    heard,
    initial,
    office,
    view_labels,
    web_visitor,
)
from tests.slack_api.people import Person
from tests.slack_api.web_api import TEAM

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
