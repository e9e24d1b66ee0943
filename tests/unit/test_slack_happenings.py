"""What Slack tells of by events, as its documentation gives them (golden), to what the core can record."""

import pytest

from adapters.slack import parse
from adapters.slack.parse import Foreign, Gone, Here, HomeOpened, Marked, Migrated, Revoked
from adapters.slack.written import argument, plain
from bot.address import Address
from bot.events import (
    Arrival,
    CommandGiven,
    MessageMarked,
    OtherSent,
    Person,
    Request,
    TextEdited,
    TextWritten,
)
from bot.values import replace
from tests.unit.slack_golden import (
    ANNA,
    CHANNEL,
    EVA,
    ME,
    MIKKO,
    POSTED,
    TICKET,
    TOKENS,
    Meaning,
    decoded,
    golden,
    names,
    read,
    there,
)

EVENT = "slack:T0ACME:Ev0EVENT"
NOW, KEPT = "1763971300.000400", "1763971290.000300"


def told(event: TextWritten | TextEdited | OtherSent, address: Address) -> Meaning:
    aloud = not isinstance(event, TextEdited)
    return (Arrival(event_id=EVENT, workspace="default", address=address, event=event, aloud=aloud),)


def said(text: str, address: Address, quotes: str = "") -> Meaning:
    return told(TextWritten(text, None, NOW, quotes), address)


def asked(event: CommandGiven | MessageMarked, address: Address, *, in_place: bool = False) -> Request:
    return Request(
        event_id=EVENT, workspace="default", address=address, person=ANNA, event=event, in_place=in_place
    )  # fmt: skip


def place(channel: str) -> Address:
    return Address("slack", channel, "T0ACME")


MARKED = Marked(asked(MessageMarked(MIKKO, f"{CHANNEL}/{TICKET}"), there(ANNA, TICKET)), CHANNEL, TICKET)
MEANINGS: dict[str, Meaning] = {
    "app_uninstalled": (Revoked("app_uninstalled"),),
    "channel_archive": (Gone(place(CHANNEL)),),
    "channel_deleted": (Gone(place(CHANNEL)),),
    "channel_id_changed": (Migrated(place("G0BACK"), place("C0BACK")),),
    "channel_left": (Gone(place(CHANNEL)),),
    "channel_rename": (),
    "deleted_by_nobody": (),
    "deleted_channel": (),
    "deleted_direct": told(TextEdited("", KEPT), MIKKO.address),
    "deleted_thread": told(TextEdited("", KEPT), there(MIKKO)),
    "edited_channel": (),
    "edited_direct": told(TextEdited("It took & took", KEPT), MIKKO.address),
    "edited_our_message": (),
    "edited_preview": (),
    "edited_thread": told(TextEdited("Better", KEPT), there(MIKKO)),
    "edited_tombstone": told(TextEdited("", KEPT), MIKKO.address),
    "edited_without_the_old": told(TextEdited("New words", KEPT), MIKKO.address),
    "event_unknown": (),
    "event_unknown_fields": said("Hello", MIKKO.address),
    "group_left": (Gone(place("G0BACK")),),
    "home_opened": (HomeOpened(asked(CommandGiven("home"), ANNA.address, in_place=True)),),
    "member_joined": (),
    "member_left": (Gone(place(CHANNEL)),),
    "member_left_another": (),
    "message_channel": (),
    "message_connect": said("Tack", there(EVA), TICKET),
    "message_direct": said("It took <a week>. 😀", MIKKO.address),
    "message_direct_file": told(OtherSent(), MIKKO.address),
    "message_direct_file_with_words": said("See this", MIKKO.address),
    "message_direct_invisible": (),
    "message_direct_markup": said(
        "Ask @U0ANNA or #help, not @channel or @support: https://example.com/?a=1&b=2, example.com, a@b.fi, "
        "3 < 4 & &lt; *so*",
        MIKKO.address,
    ),
    "message_direct_reply": said("5", MIKKO.address, f"D0MIKKO/{POSTED}"),
    "message_group_of_people": said("Thanks", there(MIKKO, channel="G0THREE"), TICKET),
    "message_hidden": (),
    "message_joined": (),
    "message_of_a_bot": (),
    "message_of_another_team": (Foreign("T0OTHER"),),
    "message_of_our_bot": (),
    "message_of_slackbot": (),
    "message_thread": said("Slow, but kind", there(MIKKO), TICKET),
    "message_thread_broadcast": said("4", there(MIKKO), TICKET),
    "message_thread_file": told(OtherSent(TICKET), there(MIKKO, channel="G0BACK")),
    "messages_opened": (Here(MIKKO, MIKKO.address),),
    "rate_limited": (),
    "reaction": (MARKED,),
    "reaction_direct": (),
    "reaction_other": (),
    "reaction_removed": (),
    "reaction_skin_tone": (MARKED,),
    "reaction_to_a_file": (),
    "reaction_to_nobody": (),
    "reaction_to_oneself": (),
    "reaction_to_our_bot": (),
    "replied": (),
    "tokens_revoked": (Revoked("tokens_revoked"),),
    "tokens_revoked_of_people": (),
    "user_change": (),
}


def test_every_golden_event_has_a_meaning() -> None:
    assert names("event") == sorted(MEANINGS)


@pytest.mark.parametrize("name", MEANINGS)
def test_what_an_event_means(name: str) -> None:
    assert read(name) == MEANINGS[name]


def test_without_a_sign_no_reaction_asks() -> None:
    assert parse.read(decoded("reaction"), replace(ME, reaction=""), TOKENS) == ()
    unnamed = golden("reaction")
    unnamed["event"]["reaction"] = ""
    assert parse.read(decoded("reaction", unnamed), replace(ME, reaction=""), TOKENS) == ()


@pytest.mark.parametrize("known_by", ["team_id", "context_team_id", "authorizations"])
def test_one_mention_of_our_team_will_do(known_by: str) -> None:
    payload, ours = golden("message_of_another_team"), golden("message_direct")
    payload[known_by] = ours[known_by]
    assert read("message_of_another_team", payload) == said("x", MIKKO.address)


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("message_direct", MIKKO),
        ("message_connect", replace(EVA, name="Eva Berg")),
        ("message_of_a_bot", None),
        ("message_of_our_bot", None),
        ("edited_direct", MIKKO),
        ("edited_our_message", None),
        ("deleted_thread", MIKKO),
        ("deleted_by_nobody", None),
        ("reaction", ANNA),
        ("user_change", MIKKO),
        ("app_uninstalled", None),
        ("rate_limited", None),
        ("event_unknown", None),
    ],
)
def test_who_acted(name: str, who: Person | None) -> None:
    assert parse.person(decoded(name), ME) == who


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        (None, ""),
        ("<@U0PULSSI>", ""),
        ("<@U0PULSSI>: stop", "stop"),
        ("ask <@U0PULSSI>", "ask @U0PULSSI"),
        ("<@U0ANNA|anna> <#C0HELP> <#C0HELP|>", "@anna #C0HELP #C0HELP"),
        ("<!here> <!subteam^S1> <!date^139^{date}|Feb 18>", "@here @subteam Feb 18"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&amp;amp;", "&amp;"),
        ("<>", ""),
        ("a < b > c", "a  b  c"),
        ("<mailto:a@b.fi>", "a@b.fi"),
    ],
)
def test_words_as_they_were_typed(text: str | None, read_as: str) -> None:
    assert plain(text, "U0PULSSI") == read_as


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        (" <@U0MIKKO|mikko>  T-1 ", "slack:U0MIKKO  T-1"),
        ("<@W0MIKKO>", "slack:W0MIKKO"),
        ("<#C0HELP|help>", "slack:C0HELP"),
        ("<http://a.fi|a.fi> &amp; <!channel>", "a.fi & @channel"),
    ],
)
def test_words_behind_a_command(text: str, read_as: str) -> None:
    assert argument(text) == read_as
