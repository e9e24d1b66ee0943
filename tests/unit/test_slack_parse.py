"""What people do in Slack, as its documentation gives it (golden), to what the core can record."""

import json

import pytest

from adapters.slack import parse
from adapters.slack.parse import (
    Foreign,
    FormOpened,
    HomeOpened,
    Pressed,
    Received,
    Refused,
    Submitted,
    WriteWanted,
)
from bot.address import Address
from bot.errors import BadToken
from bot.events import (
    AnswerDeleted,
    Arrival,
    ChangeWanted,
    CommandGiven,
    CommentWritten,
    CustomerEvent,
    FormSent,
    FormWanted,
    InvitationEvent,
    MenuPressed,
    NotSolved,
    OptedIn,
    OptedOut,
    Person,
    Request,
    ScoreChosen,
)
from bot.values import replace
from tests.unit.slack_golden import (
    ANNA,
    CHANNEL,
    EVA,
    GOLDEN,
    INVITATION,
    ME,
    MIKKO,
    POSTED,
    TICKET,
    TOKEN,
    TOKENS,
    Meaning,
    decoded,
    golden,
    names,
    read,
    there,
)

TRIGGER = "13345224609.738474920.8088930838d88f008e0"
URL = "https://hooks.slack.com/actions/T0ACME/1234567890/AbCdEf"
NEW, OLD = f"new {URL}", f"old {URL}"
OF_COMMAND = "new https://hooks.slack.com/commands/T0ACME/1/Xy"
OF_SHORTCUT = "new https://hooks.slack.com/app/T0ACME/42/Gh"
BY_TRIGGER = f"slack:T0ACME:{TRIGGER}"
SENT = "slack:T0ACME:V0VIEW:1763971261.AbCd"


def press_id(person: Person, code: str, ts: str = "1763971260.111111") -> str:
    return f"slack:T0ACME:{ts}:{person.address.conversation}:{code}"


def tapped(  # one word per thing that a tap tells
    code: str,
    event: InvitationEvent | CustomerEvent,
    address: Address,
    *,
    who: Person = MIKKO,
    message: str = POSTED,
    reply: str = NEW,
) -> Arrival:
    return Arrival(
        event_id=press_id(who, code), workspace="default", address=address, event=event, invitation=INVITATION,
        message=message, reply=reply,
    )  # fmt: skip


def wanted(  # noqa: PLR0913  # as above
    event_id: str,
    event: CommandGiven | MenuPressed | FormWanted | FormSent,
    address: Address | None = None,
    *,
    who: Person = ANNA,
    message: str = "",
    reply: str = "",
    in_place: bool = True,
) -> Request:
    return Request(
        event_id=event_id, workspace="default", address=address or who.address, person=who, event=event,
        message=message, reply=reply, in_place=in_place,
    )  # fmt: skip


def menu(code: str, value: str, address: Address, who: Person = ANNA, message: str = "", reply: str = NEW) -> Request:
    return wanted(
        press_id(who, code), MenuPressed(value), address, who=who, message=message, reply=reply, in_place=False
    )


def opened(event: FormWanted, address: Address | None = None) -> FormOpened:
    return FormOpened(TRIGGER, wanted(BY_TRIGGER, event, address, reply=OF_SHORTCUT))


def command(name: str, argument: str = "", address: Address | None = None) -> Request:
    event = CommandGiven(name, argument)
    return wanted(BY_TRIGGER, event, address or there(ANNA), reply=OF_COMMAND, in_place=False)


def form(argument: str, address: Address | None = None) -> FormOpened:
    return FormOpened(TRIGGER, wanted(BY_TRIGGER, FormWanted(argument), address or there(ANNA), reply=OF_COMMAND))


def standing(event: OptedIn | OptedOut) -> Arrival:
    return Arrival(
        event_id=BY_TRIGGER, workspace="default", address=ANNA.address, event=event, aloud=True, reply=OF_COMMAND
    )


def commented(text: str, address: Address) -> Arrival:
    event = CommentWritten(text, "V0VIEW")
    return Arrival(event_id=SENT, workspace="default", address=address, event=event, invitation=INVITATION)


def sent(values: dict[str, str], state: str = "", person: Person | None = None) -> Submitted:
    return Submitted(wanted(SENT, FormSent(values, state, person)), "V0VIEW")


FOUR = tapped("s:4", ScoreChosen(4), there(MIKKO))
MEANINGS: dict[str, Meaning] = {
    "choice_menu": (menu("m:1", "zone:Europe/Helsinki", there(ANNA), message=POSTED),),
    "command_by_another_team": (Refused(OF_COMMAND),),
    "command_direct": (command("mydata", address=ANNA.address),),
    "command_direct_between_people": (form("", ANNA.address),),
    "command_empty": (form(""),),
    "command_group_of_people": (command("whoami", address=there(ANNA, channel="G0THREE")),),
    "command_here": (command("here", "slack:C0OTHER"),),
    "command_home": (form("home"),),
    "command_kpi": (command("kpi", "30"),),
    "command_organisation_install": (command("help"),),
    "command_start": (standing(OptedIn()),),
    "command_stop": (standing(OptedOut()),),
    "command_unknown_fields": (command("help"),),
    "command_words": (form("slack:U0MIKKO T-1042 & csat"),),
    "comment_channel": (commented("Slow, but <b>kind</b> & good", there(MIKKO, TICKET)),),
    "comment_connect": (commented("Bra", there(EVA)),),
    "comment_direct": (commented("Fine", MIKKO.address),),
    "comment_empty": (),
    "dialogue_submitted": (),
    "field_typed": (),
    "form_button": (FormOpened(TRIGGER, wanted(press_id(ANNA, "form"), FormWanted(), reply=OLD)),),
    "form_home": (FormOpened(TRIGGER, wanted(press_id(ANNA, "form"), FormWanted())),),
    "form_sent": (
        sent(
            {"person": "U0MIKKO", "survey": "csat", "ticket": "T-1042", "tags": "vip, export"},
            f"slack:{CHANNEL}/{TICKET}", MIKKO,
        ),
    ),
    "form_sent_about_our_bot": (sent({"person": "U0PULSSI"}),),
    "form_sent_without_person": (
        sent({"customer": "Mikko", "survey": "csat", "ticket": "T-1042", "tags": "vip, export"}),
    ),
    "home_button": (HomeOpened(wanted(press_id(ANNA, "home"), CommandGiven("home"))),),
    "interaction_unknown": (),
    "link_button": (),
    "menu_home": (Pressed(wanted(press_id(ANNA, "m:3"), MenuPressed("kpi:90")), "V0VIEW", "1763971261.AbCd", "home"),),
    "menu_modal": (
        Pressed(wanted(press_id(ANNA, "m:0"), MenuPressed("ask:now")), "V0VIEW", "1763971261.AbCd", "modal"),
    ),
    "menu_modal_of_another_team": (Foreign("T0OTHER"),),
    "shortcut": (opened(FormWanted(about=MIKKO, message=f"{CHANNEL}/{TICKET}"), there(ANNA, TICKET)),),
    "shortcut_about_a_bot": (opened(FormWanted(message=f"{CHANNEL}/{TICKET}"), there(ANNA, TICKET)),),
    "shortcut_about_connect": (
        opened(FormWanted(about=replace(EVA, name="Eva"), message=f"{CHANNEL}/{TICKET}"), there(ANNA, TICKET)),
    ),
    "shortcut_about_oneself": (opened(FormWanted(message=f"{CHANNEL}/{TICKET}"), there(ANNA, TICKET)),),
    "shortcut_by_another_team": (Refused(OF_SHORTCUT),),
    "shortcut_direct": (opened(FormWanted(about=MIKKO, message=f"D0BOTH/{TICKET}")),),
    "shortcut_global": (),
    "shortcut_in_thread": (
        opened(FormWanted(about=MIKKO, message=f"{CHANNEL}/1763970500.000300"), there(ANNA, TICKET)),
    ),
    "shortcut_organisation_install": (
        opened(FormWanted(about=MIKKO, message=f"{CHANNEL}/{TICKET}"), there(ANNA, TICKET)),
    ),
    "shortcut_unknown": (),
    "tap_by_our_bot": (),
    "tap_channel": (FOUR,),
    "tap_connect": (tapped("s:5", ScoreChosen(5), there(EVA, TICKET), who=EVA),),
    "tap_connect_team_of_the_person": (tapped("s:5", ScoreChosen(5), there(EVA, TICKET), who=EVA),),
    "tap_direct": (tapped("s:4", ScoreChosen(4), MIKKO.address, message=f"D0MIKKO/{POSTED}", reply=OLD),),
    "tap_direct_thread": (tapped("change", ChangeWanted(), MIKKO.address, message=f"D0MIKKO/{POSTED}", reply=OLD),),
    "tap_ephemeral": (tapped("stop", OptedOut(), there(MIKKO), message="", reply=OLD),),
    "tap_ephemeral_thread": (tapped("delete", AnswerDeleted(), there(MIKKO, TICKET), message="", reply=OLD),),
    "tap_first_of_thread": (FOUR,),
    "tap_menu": (menu("m:2", "kpi:30", there(ANNA), message=POSTED),),
    "tap_menu_direct": (menu("m:0", "forget", MIKKO.address, MIKKO, f"D0MIKKO/{POSTED}", OLD),),
    "tap_menu_ephemeral": (menu("m:0", "ask", there(ANNA), reply=OLD),),
    "tap_of_another_app": (Foreign("A0OTHER"),),
    "tap_organisation_install": (FOUR,),
    "tap_private_channel": (tapped("not_solved", NotSolved(), there(MIKKO, channel="G0BACK")),),
    "tap_thread": (tapped("s:10", ScoreChosen(10), there(MIKKO, TICKET)),),
    "tap_two_actions": (
        tapped("s:1", ScoreChosen(1), there(MIKKO)),
        replace(
            tapped("change", ChangeWanted(), there(MIKKO)), event_id=press_id(MIKKO, "change", "1763971260.222222")
        ),
    ),
    "tap_unknown_fields": (FOUR,),
    "tap_without_response_url": (tapped("s:1", ScoreChosen(1), there(MIKKO), reply=""),),
    "view_closed": (),
    "write_channel": (WriteWanted(TRIGGER, TOKEN, INVITATION, there(MIKKO, TICKET), OLD),),
    "write_direct": (WriteWanted(TRIGGER, TOKEN, INVITATION, MIKKO.address, OLD),),
}  # fmt: skip


def test_every_golden_act_has_a_meaning() -> None:
    assert names("interaction", "command") == sorted(MEANINGS)


def test_every_golden_payload_names_its_source() -> None:
    for path in GOLDEN.glob("*.json"):
        assert json.loads(path.read_text("utf-8"))["source"].startswith("https://docs.slack.dev/"), path


@pytest.mark.parametrize("name", MEANINGS)
def test_what_an_act_means(name: str) -> None:
    assert read(name) == MEANINGS[name]


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("tap_channel", "value", "v1.forged"),
        ("tap_channel", "value", TOKENS.issue("link", INVITATION)),
        ("tap_channel", "action_id", "s:11"),
        ("tap_channel", "action_id", "selfdestruct"),
        ("write_direct", "value", f"{TOKEN}x"),
        ("tap_menu", "value", ""),
        ("tap_menu", "value", "kpi:\x1b30"),
    ],
)
def test_a_button_that_is_not_ours(name: str, key: str, value: str) -> None:
    payload = golden(name)
    payload["actions"][0][key] = value
    with pytest.raises(BadToken) as refused:
        read(name, payload)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "metadata", ["", "{", "[]", '{"token": 5}', '{"token": "x", "conversation": "C0HELP"}', "\ud83d"]
)
def test_a_dialogue_that_is_not_ours(metadata: str) -> None:
    payload = golden("comment_channel")
    payload["view"]["private_metadata"] = metadata
    with pytest.raises(BadToken):
        read("comment_channel", payload)


def test_a_comment_counts_for_whoever_sent_it() -> None:
    payload = golden("comment_direct")
    payload["user"]["id"] = "U0ANNA"
    (received,) = read("comment_direct", payload)
    assert isinstance(received, Arrival)
    assert received.address == ANNA.address


@pytest.mark.parametrize(
    ("name", "who"), [("tap_channel", MIKKO), ("tap_by_our_bot", None), ("command_kpi", ANNA), ("form_sent", ANNA)]
)
def test_who_acted(name: str, who: Person | None) -> None:
    assert parse.person(decoded(name), ME) == who


def test_a_bot_that_does_not_know_its_app_takes_what_is_signed_for_it() -> None:
    received: tuple[Received, ...] = parse.read(decoded("tap_of_another_app"), replace(ME, app=""), TOKENS)
    assert received == (FOUR,)
