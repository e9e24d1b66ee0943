"""What customers live through in Slack: direct messages, channels, threads, Slack Connect; nothing leaks to others."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.weeks import Week
from tests.flows.slack import SECONDS, labels
from tests.flows.slack_team import Team, is_clean, slack_team
from tests.slack_api.messages import permalink
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message
from tests.slack_api.web_api import PARTNER

pytestmark = pytest.mark.timeout(120)

HOSTILE = "<!channel> <@U0VICTIM> <!subteam^S1> *bold* `code` <https://evil.example|click> & more"
OFFERED = ["Write a comment", "Change", "Not solved yet", "Delete my answer", "Don't ask me again",
           "What do you keep about me?"]  # fmt: skip


def answered(name: str) -> str:
    """The question as all may read it then, with the way back to what one person alone may see."""
    return f"{name} has answered. Thank you.\nChange\nWhat do you keep about me?"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with slack_team(tmp_path_factory.mktemp("slack"), PULSSI_OWNER_CHANNEL="slack:C0OWNERS") as found:
        found.api.channel("C0OWNERS", "owners", found.person("Olli"))
        yield found


@pytest.fixture(autouse=True)
def slack_is_content(team: Team) -> Iterator[None]:
    yield
    team.heard()
    is_clean(team.api)


def in_channel(team: Team, name: str = "Kim", *, thread: bool = False) -> tuple[str, Message, Channel, Person, Person]:
    """A question to somebody where somebody else reads too."""
    kim, eve = team.person(name), team.person("Eve")
    place = team.channel(kim, eve)
    ticket = eve.say("The invoice of May is wrong", place).ts if thread else ""
    made, shown = team.asked_in(place, kim, thread=ticket, customer_name=name)
    return made, shown, place, kim, eve


def test_a_channel_sees_whom_it_is_for_and_never_what_was_answered(team: Team) -> None:
    made, shown, place, kim, eve = in_channel(team)
    assert team.api.seen(shown).startswith("@Kim\n")
    assert [(ping.kind, ping.target) for ping in team.api.pings(shown)] == [("user", kim.id)]
    team.tapped(kim, shown, "s:2")
    assert team.shown(shown, "has answered") == answered("Kim")
    own = team.own(kim, place, "You answered 2 of 5. Thank you for being straight with us.")
    assert labels(own) == OFFERED
    dialogue = team.opened(kim, own)
    kim.submit(dialogue, {"words": "The VAT line was secret-7."}).wait(SECONDS)
    assert team.stored(made) == ("answered", 2, "The VAT line was secret-7.")
    kept = team.own(kim, place, "Thank you, your words are kept.")
    assert "secret-7" in team.api.seen(kept)
    others = team.for_others(place, kim)
    assert "has answered" in others
    assert "secret-7" not in others
    assert "You answered" not in others
    assert eve.ephemerals(place) == []
    assert kim.dm.messages == []


def test_the_week_links_to_the_message_that_asked_as_slack_itself_does(team: Team) -> None:
    _, shown, place, kim, _ = in_channel(team, "Linda", thread=True)
    team.tapped(kim, shown, "s:1")
    own = team.own(kim, place, "You answered 1 of 5")
    kim.submit(team.opened(kim, own), {"words": "Nobody told me, linked-9."}).wait(SECONDS)
    team.own(kim, place, "Thank you, your words are kept.")
    week = Week.of(datetime.now(UTC).date())  # noqa: TID251  # the real process reads the real clock too
    found = team.server.cli("summary", "--week", str(week), "--json")
    assert found.returncode == 0, found.stderr
    links = {one["text"]: one["link"] for one in json.loads(found.stdout)["comments"]}
    message = place.message(shown.ts)
    assert message is not None
    assert links["Nobody told me, linked-9."] == permalink(team.api.state, message)


def test_a_change_keeps_the_comment_and_counts_once(team: Team) -> None:
    made, shown, place, kim, _ = in_channel(team)
    team.tapped(kim, shown, "s:2")
    own = team.own(kim, place, "You answered 2 of 5")
    kim.submit(team.opened(kim, own), {"words": "Too slow."}).wait(SECONDS)
    kept = team.own(kim, place, "Thank you, your words are kept.")
    team.heard()
    team.tapped(kim, kept, "change")
    team.shown(kept, "How satisfied are you with the help you got?")
    assert [label for label, code in kept.buttons if code.startswith("s:")] == ["1", "2", "3", "4", "5"]
    team.tapped(kim, kept, "s:5")
    team.shown(kept, "You answered 5 of 5")
    assert team.stored(made) == ("answered", 5, "Too slow.")
    assert team.history(made) == [2, 5]
    assert len([call for call in team.api.calls_of("chat.update") if call.channel == place.id]) == 1
    team.tapped(kim, kept, "delete")
    team.shown(kept, "deleted")
    assert labels(kept) == []
    assert team.stored(made) == ("closed", None, None)
    assert team.api.seen(shown) == answered("Kim")


def test_own_data_stand_beside_the_answer_and_are_deleted_in_their_place(team: Team) -> None:
    made, shown, place, kim, eve = in_channel(team)
    team.tapped(kim, shown, "s:4")
    own = team.own(kim, place, "You answered 4 of 5")
    team.tapped(kim, own, "What do you keep about me?")
    data = team.own(kim, place, "This is stored about you")
    team.tapped(kim, data, "Delete everything")
    team.shown(data, "Shall I delete everything about you?")
    team.tapped(kim, data, "Keep it")
    team.shown(data, "nothing was deleted")
    assert team.stored(made) == ("answered", 4, None)
    team.tapped(kim, own, "What do you keep about me?")
    data = team.own(kim, place, "This is stored about you")
    team.tapped(kim, data, "Delete everything")
    team.shown(data, "Shall I delete everything about you?")
    team.tapped(kim, data, "Yes, delete everything")
    team.shown(data, "Everything about you is deleted.")
    assert "about you" not in team.for_others(place, kim)
    assert eve.ephemerals(place) == kim.dm.messages == []
    assert team.rows("SELECT customer_id FROM invitation WHERE id = ?", made) == [(None,)]
    team.tapped(kim, own, "change")
    team.own(kim, place, "This question is no longer known here.")


def test_do_not_ask_me_again_stays_between_us(team: Team) -> None:
    made, shown, place, kim, _ = in_channel(team)
    team.tapped(kim, shown, "s:4")
    own = team.own(kim, place, "You answered 4 of 5")
    team.tapped(kim, own, "stop")
    team.own(kim, place, "we will not send you any more questions")
    team.heard()
    assert team.refusal(f"slack:{kim.id}") == "opted_out"
    assert team.refusal(f"slack:{place.id}@{kim.id}") == "opted_out"
    assert "any more questions" not in team.for_others(place, kim)
    assert team.stored(made) == ("answered", 4, None)
    assert kim.command("/survey", "start", place).wait(SECONDS).acknowledged
    team.own(kim, place, "we may ask you again")
    assert team.refusal(f"slack:{kim.id}") is None
    assert kim.command("/survey", "stop", place).wait(SECONDS).acknowledged
    team.heard()
    assert team.refusal(f"slack:{kim.id}") == "opted_out"


def test_the_word_stop_in_private_withdraws_what_waits_in_the_channel(team: Team) -> None:
    made, shown, _, kim, _ = in_channel(team)
    kim.say("stop")
    team.shown(shown, "This question was withdrawn. You need not do anything.")
    team.direct(kim, "we will not send you any more questions")
    assert team.stored(made) == ("cancelled", None, None)
    assert team.refusal(f"slack:{kim.id}") == "opted_out"
    kim.say("start")
    team.direct(kim, "we may ask you again")
    assert team.refusal(f"slack:{kim.id}") is None


def test_a_reply_to_the_question_is_the_comment_and_talk_is_not(team: Team) -> None:
    made, shown, place, kim, eve = in_channel(team)
    team.tapped(kim, shown, "s:4")
    team.own(kim, place, "You answered 4 of 5")
    kim.say("does anybody know the opening hours?", place)
    eve.say("Me too, and 5", place, thread_ts=shown.ts)
    team.heard()
    assert team.stored(made) == ("answered", 4, None)
    kim.say("Quick and friendly.", place, thread_ts=shown.ts)
    team.own(kim, place, "Thank you, your words are kept.")
    assert team.stored(made) == ("answered", 4, "Quick and friendly.")
    assert "friendly" not in team.for_others(place, kim)
    assert eve.ephemerals(place) == []


def test_talk_in_the_thread_of_a_ticket_is_not_swallowed(team: Team) -> None:
    made, shown, place, kim, eve = in_channel(team, thread=True)
    assert shown.thread_ts
    team.tapped(kim, shown, "s:2")
    own = team.own(kim, place, "You answered 2 of 5")
    assert own.thread_ts == shown.thread_ts
    for person in (kim, eve):
        person.say("Here is the right invoice", place, thread_ts=shown.thread_ts)
    team.heard()
    assert team.stored(made) == ("answered", 2, None)
    kim.submit(team.opened(kim, own), {"words": "It took three days."}).wait(SECONDS)
    assert team.own(kim, place, "It took three days.").thread_ts == shown.thread_ts
    assert team.stored(made) == ("answered", 2, "It took three days.")
    assert "three days" not in team.for_others(place, kim)


def test_an_open_call_takes_one_answer_of_each_and_enters_no_rate(team: Team) -> None:
    kim, eve = team.person("Kim"), team.person("Eve")
    place = team.channel(kim, eve)
    before = team.http.get("/kpis", params={"survey": "csat"}).json()
    made, shown = team.asked_in(place, None)
    assert team.api.pings(shown) == []
    for person, score in ((kim, 5), (eve, 2), (kim, 4)):
        team.tapped(person, shown, f"s:{score}")
        team.own(person, place, f"You answered {score} of 5")
    team.heard()
    query = "SELECT score FROM response JOIN invitation ON invitation.id = invitation_id WHERE call_id = ?"
    assert sorted(team.rows(query, made)) == [(2,), (4,)]
    assert [label for label, code in shown.buttons if code.startswith("s:")] == ["1", "2", "3", "4", "5"]
    after = team.http.get("/kpis", params={"survey": "csat"}).json()
    assert after["n"] == before["n"] + 2
    assert (after["delivered"], after["answered"]) == (before["delivered"], before["answered"])
    assert team.stored(made)[1] is None


def test_somebody_of_slack_connect_is_asked_and_served_in_the_shared_channel_alone(team: Team) -> None:
    pia, eve = team.person("Pia", team=PARTNER), team.person("Eve")
    place = team.channel(pia, eve, shared=True)
    made, shown = team.asked_in(place, pia, customer_name="Pia")
    team.tapped(pia, shown, "s:2")
    assert team.shown(shown, "has answered") == answered("Pia")
    own = team.own(pia, place, "You answered 2 of 5")
    pia.submit(team.opened(pia, own), {"words": "Nobody answered the phone."}).wait(SECONDS)
    kept = team.own(pia, place, "Nobody answered the phone.")
    team.heard()
    team.tapped(pia, kept, "change")
    team.shown(kept, "How satisfied")
    team.tapped(pia, kept, "s:3")
    team.shown(kept, "You answered 3 of 5")
    assert team.stored(made) == ("answered", 3, "Nobody answered the phone.")
    team.tapped(pia, kept, "What do you keep about me?")
    team.own(pia, place, "This is stored about you")
    team.heard()
    reached = {call.channel for call in team.api.calls} | {str(call.params.get("users")) for call in team.api.calls}
    assert pia.id not in reached - {call.channel for call in team.api.calls_of("users.info")}
    assert "phone" not in team.for_others(place, pia)
    made, shown = team.asked_in(place, pia, "nps", customer_name="Pia", anyway=True)
    team.tapped(pia, shown, "s:0")
    pia.say("It was slow.", place, thread_ts=shown.ts)
    team.own(pia, place, "It was slow.")
    assert team.stored(made)[1:] == (0, "It was slow.")


def test_two_questions_and_talk_between_keep_only_what_was_meant(team: Team) -> None:
    kim = team.person("Kim")
    first, shown = team.asked(kim)
    kim.say("Hello, where is my parcel?")
    team.direct(kim, "That was not stored.")
    team.tapped(kim, shown, "s:5")
    team.shown(shown, "You answered 5 of 5")
    second, later = team.asked(kim, "nps", anyway=True)
    kim.say("One more thing: the parcel")
    team.heard()
    assert team.stored(first) == ("answered", 5, None)
    assert team.stored(second) == ("sent", None, None)
    team.tapped(kim, later, "s:9")
    team.shown(later, "You answered 9 of 10")
    kim.say("Helpful people.")
    team.shown(later, "Helpful people.")
    assert team.stored(first) == ("answered", 5, None)
    assert team.stored(second) == ("answered", 9, "Helpful people.")


def test_the_first_contact_is_explained_once(team: Team) -> None:
    kim = team.person("Kim")
    _, shown = team.asked(kim)
    first = "Esimerkki Oy sometimes asks one question"
    assert first in team.api.seen(shown)
    team.tapped(kim, shown, "s:5")
    team.shown(shown, "You answered 5 of 5")
    _, later = team.asked(kim, "nps", anyway=True)
    assert first not in team.api.seen(later)
    assert first not in later.text


def test_own_data_in_private_leaves_the_question_to_be_answered(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    team.tapped(kim, shown, "What do you keep about me?")
    team.direct(kim, "This is stored about you")
    team.heard()
    assert [label for label, code in shown.buttons if code.startswith("s:")] == ["1", "2", "3", "4", "5"]
    team.tapped(kim, shown, "s:4")
    team.shown(shown, "You answered 4 of 5")
    assert "Write it here if you like." in team.api.seen(shown)
    team.tapped(kim, shown, "What do you keep about me?")
    team.heard()
    assert "You answered 4 of 5" in team.api.seen(shown)
    assert team.stored(made) == ("answered", 4, None)


def test_words_that_were_edited_or_deleted_follow(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    team.tapped(kim, shown, "s:2")
    team.shown(shown, "You answered 2 of 5")
    said = kim.say("The invoice was wromg.")
    team.shown(shown, "wromg")
    kim.edit(said, "The invoice was wrong.")
    team.shown(shown, "was wrong.")
    assert team.stored(made) == ("answered", 2, "The invoice was wrong.")
    kim.delete(said)
    team.heard()
    assert team.stored(made) == ("answered", 2, None)
    assert "invoice" not in team.api.seen(shown)


def test_a_file_is_told_that_only_text_is_kept(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    team.tapped(kim, shown, "s:2")
    kim.upload("invoice.png")
    team.direct(kim, "I can only keep text.")
    assert team.stored(made) == ("answered", 2, None)
    kim.upload("invoice.png", text="See the second line.")
    team.shown(shown, "See the second line.")
    assert team.stored(made) == ("answered", 2, "See the second line.")


def test_words_and_names_mention_nobody_and_are_no_markup(team: Team) -> None:
    kim = team.person("<!here> *Kim*")
    made, shown = team.asked(kim, "csat", subject="<!everyone> *VAT*", agent="<@U0ANNA>", customer_name="<!here> *Kim*")
    assert team.api.pings(shown) == []
    team.tapped(kim, shown, "s:2")
    team.shown(shown, "You answered 2 of 5")
    kim.say(HOSTILE)
    team.shown(shown, "`code`")
    _, score, comment = team.stored(made)
    assert score == 2
    assert comment is not None
    assert "*bold* `code`" in comment
    assert comment in team.api.seen(shown)

    made, shown, place, tim, _ = in_channel(team, "<!here> *Tim*")
    assert {ping.target for ping in team.api.pings(shown)} == {tim.id}
    team.tapped(tim, shown, "s:1")
    assert team.shown(shown, "has answered") == answered("<!here> *Tim*")
    own = team.own(tim, place, "You answered 1 of 5")
    tim.submit(team.opened(tim, own), {"words": HOSTILE}).wait(SECONDS)
    assert team.stored(made) == ("answered", 1, HOSTILE)
    assert HOSTILE in team.api.seen(team.own(tim, place, "Thank you, your words are kept."))
    team.heard()
    this = Week.of(datetime.now(UTC).date())  # noqa: TID251  # the real process reads the real clock too
    assert team.server.cli("summary", "--post", "--week", str(this)).returncode == 0
    owners = team.api.channel_of("C0OWNERS")
    team.api.wait(lambda: owners.messages, SECONDS)
    week = owners.messages[-1]
    assert "evil.example" in team.api.seen(week)
    assert team.api.pings(week) == []
    assert not team.notified() & {"channel", "here", "everyone", "S1", "U0VICTIM", "U0ANNA"}


def test_long_words_are_kept_whole_and_shown_in_part(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    team.tapped(kim, shown, "s:2")
    team.shown(shown, "You answered 2 of 5")
    long = "& < äö " * 500
    kim.say(long)
    team.shown(shown, "Thank you, your words are kept.")
    assert team.stored(made)[2] == long.strip()
    kim.say("x" * 4001)
    team.direct(kim, "That is more than we can keep")
    assert "Not meant as a comment" in labels(shown)
    team.tapped(kim, shown, "not_comment")
    team.heard()
    assert team.stored(made)[2] is None
