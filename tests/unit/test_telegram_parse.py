"""Telegram's updates, as its documentation gives them (golden), to what the core can record."""

import json
from collections.abc import Callable

import pytest

from adapters.telegram import parse
from adapters.telegram.parse import Connection, Gone, Here, Migrated, Received
from bot.address import Address
from bot.events import (
    Arrival,
    ChangeWanted,
    CommandGiven,
    CustomerEvent,
    InvitationEvent,
    MenuPressed,
    NotSolved,
    OtherSent,
    Person,
    Request,
    ScoreChosen,
    Started,
    TextEdited,
    TextWritten,
)
from tests.unit.telegram_golden import GOLDEN, INVITATION, ME, body, golden, read

PRIVATE = Address("telegram", "501", "9000")
GROUP = "-1001234567890"
IN_GROUP = Address("telegram", GROUP, "9000", user="501")
FORUM = "-1009876543210"
VIA = "Kx3bPzQ1SEsAAAAA"
BUSINESS = Address("telegram", "501", "9000", via=VIA)
MIKKO = Person(PRIVATE, "Mikko Virtanen", "fi")
ANNA = Person(Address("telegram", "777001", "9000"), "Anna", "en-GB")
ANNA_IN_GROUP = Address("telegram", GROUP, "9000", user="777001")

Meaning = Callable[[str], tuple[Received, ...]]


def nothing(_: str) -> tuple[Received, ...]:
    return ()


def is_(*received: Received) -> Meaning:
    return lambda _: received


def arrival(event: InvitationEvent | CustomerEvent, address: Address, *, aloud: bool = False) -> Meaning:
    return lambda id_: (Arrival(event_id=id_, workspace="default", address=address, event=event, aloud=aloud),)


def tapped(event: InvitationEvent | CustomerEvent, address: Address) -> Meaning:
    return lambda id_: (
        Arrival(
            event_id=id_, workspace="default", address=address, event=event, invitation=INVITATION, message="40",
            locale=MIKKO.locale,
        ),
    )  # fmt: skip


def asked(event: CommandGiven | MenuPressed, address: Address, person: Person, message: str = "") -> Meaning:
    return lambda id_: (
        Request(event_id=id_, workspace="default", address=address, person=person, event=event, message=message),
    )


def both_deleted(id_: str) -> tuple[Received, ...]:
    return tuple(
        Arrival(
            event_id=f"{id_}:{message}", workspace="default", address=BUSINESS, event=TextEdited("", message)
        )
        for message in ("62", "64")
    )  # fmt: skip


TALK_IN_TOPIC = Address("telegram", FORUM, "9000", "7", "777001")
MEANINGS: dict[str, Meaning] = {
    "added_to_group": nothing,
    "blocked": is_(Gone(PRIVATE)),
    "business_connection": is_(Connection(VIA, ANNA, enabled=True, can_reply=True)),
    "business_connection_ended": is_(Connection(VIA, ANNA, enabled=False, can_reply=False)),
    "business_deleted": arrival(TextEdited("", "62"), BUSINESS),
    "business_deleted_several": both_deleted,
    "business_edited": arrival(TextEdited("Thank you!", "62"), BUSINESS),
    "business_edited_by_the_business": nothing,
    "business_message": is_(Here(MIKKO, BUSINESS)),
    "business_message_of_the_business": nothing,
    "business_reply": arrival(TextWritten("Thank you", INVITATION, "62", "40"), BUSINESS),
    "business_reply_to_the_business": arrival(TextWritten("Thank you", None, "63", "61"), BUSINESS),
    "business_voice": is_(Here(MIKKO, BUSINESS)),
    "channel_post": nothing,
    "command_for_another_bot": nothing,
    "command_in_the_middle": arrival(TextWritten("try /start", None, "3"), PRIVATE, aloud=True),
    "edited_group": arrival(TextEdited("Fast, and kind", "54"), IN_GROUP),
    "edited_live_location": nothing,
    "edited_private": arrival(TextEdited("It took two weeks.", "41"), PRIVATE),
    "edited_to_nothing_readable": arrival(TextEdited("", "41"), PRIVATE),
    "forwarded_question": nothing,
    "forwarded_text": nothing,
    "from_a_bot": nothing,
    "group_anonymous_admin": nothing,
    "group_command_about_a_bot": asked(CommandGiven("survey"), ANNA_IN_GROUP, ANNA),
    "group_command_about_somebody": asked(CommandGiven("survey", "T-1042", MIKKO), TALK_IN_TOPIC, ANNA),
    "group_ordinary_talk": nothing,
    "group_photo_as_reply": arrival(OtherSent("40"), IN_GROUP),
    "group_reply": arrival(TextWritten("Slow, but kind", INVITATION, "54", "40"), IN_GROUP),
    "group_reply_forged_buttons": arrival(TextWritten("Slow", None, "54", "40"), IN_GROUP),
    "group_reply_to_a_person": nothing,
    "group_service_message": nothing,
    "group_start": nothing,
    "group_stop_as_reply": arrival(TextWritten("/stop", INVITATION, "53", "40"), IN_GROUP),
    "group_stop_to_nobody": nothing,
    "inline_query": nothing,
    "migration_from": is_(Migrated(Address("telegram", "-4001", "9000"), Address("telegram", GROUP, "9000"))),
    "migration_to": is_(Migrated(Address("telegram", "-4001", "9000"), Address("telegram", GROUP, "9000"))),
    "odd_types_read": nothing,
    "odd_types_unread": arrival(TextWritten("Fine", None, "41"), PRIVATE, aloud=True),
    "photo": arrival(OtherSent(), PRIVATE, aloud=True),
    "pinned": nothing,
    "private_external_reply": arrival(TextWritten("4", None, "41"), PRIVATE, aloud=True),
    "private_invisible_text": nothing,
    "private_reply": arrival(TextWritten("It took a week.", INVITATION, "41", "40"), PRIVATE, aloud=True),
    "private_start": arrival(Started(), PRIVATE, aloud=True),
    "private_start_payload": asked(CommandGiven("start", "abc_DEF-123"), PRIVATE, MIKKO),
    "private_stop": arrival(TextWritten("/stop", None, "1"), PRIVATE, aloud=True),
    "private_text": arrival(TextWritten("It took a week. 😀", None, "41"), PRIVATE, aloud=True),
    "reaction": nothing,
    "removed_from_group": is_(Gone(Address("telegram", GROUP, "9000"))),
    "sticker_as_reply": arrival(OtherSent("40"), PRIVATE, aloud=True),
    "tap_business": tapped(ScoreChosen(1), BUSINESS),
    "tap_business_by_the_business": nothing,
    "tap_game": nothing,
    "tap_group": tapped(ScoreChosen(10), IN_GROUP),
    "tap_inaccessible": tapped(NotSolved(), PRIVATE),
    "tap_inaccessible_topic": tapped(NotSolved(), Address("telegram", FORUM, "9000", user="501")),
    "tap_inline_mode": nothing,
    "tap_menu": asked(MenuPressed("week:2026-W47"), ANNA_IN_GROUP, ANNA, "44"),
    "tap_private": tapped(ScoreChosen(4), PRIVATE),
    "tap_topic": tapped(ChangeWanted(), Address("telegram", FORUM, "9000", "7", "501")),
    "topic_talk_in_a_topic_we_opened": nothing,
    "unblocked": is_(Here(MIKKO, PRIVATE)),
    "unknown_fields": tapped(ScoreChosen(2), PRIVATE),
    "unknown_kind": nothing,
    "via_another_bot": nothing,
}


def test_every_golden_update_has_a_meaning() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(MEANINGS)


def test_every_golden_update_names_its_source() -> None:
    for path in GOLDEN.glob("*.json"):
        assert json.loads(path.read_text("utf-8"))["source"].startswith("https://core.telegram.org/bots/api#"), path


@pytest.mark.parametrize("name", MEANINGS)
def test_what_an_update_means(name: str) -> None:
    update = golden(name)
    assert read(update) == MEANINGS[name](f"telegram:9000:{update['update_id']}")


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("tap_private", MIKKO),
        ("tap_menu", ANNA),
        ("group_ordinary_talk", MIKKO),
        ("business_message_of_the_business", ANNA),
        ("edited_private", MIKKO),
        ("blocked", MIKKO),
        ("business_connection", ANNA),
        ("business_deleted", None),
        ("group_anonymous_admin", None),
        ("from_a_bot", None),
        ("channel_post", None),
        ("unknown_kind", None),
    ],
)
def test_who_acted(name: str, who: Person | None) -> None:
    assert parse.person(parse.decode(body(golden(name))), ME) == who
