"""What Slack's HTTP endpoint refuses, and what is harmless: forged, old, repeated, foreign and odd requests."""

import copy
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.flows.slack import SECONDS
from tests.flows.slack_team import Team, is_clean, slack_team
from tests.slack_api.deliveries import Delivery, Signed
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message
from tests.slack_api.rules import Json
from tests.slack_api.web_api import APP, TEAM

pytestmark = pytest.mark.timeout(120)

DEAD = "This button does not work any more."
NOT_YOURS = "This question is meant for someone else, so your answer was not stored."
FORBIDDEN, TOO_LARGE = 403, 413


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with slack_team(tmp_path_factory.mktemp("slack")) as found:
        yield found


@pytest.fixture(autouse=True)
def slack_is_content(team: Team) -> Iterator[None]:
    yield
    team.heard()
    is_clean(team.api)


def in_channel(team: Team) -> tuple[str, Message, Channel, Person, Person]:
    """A question to somebody where somebody else reads too."""
    kim, eve = team.person("Kim"), team.person("Eve")
    place = team.channel(kim, eve)
    made, shown = team.asked_in(place, kim, customer_name="Kim")
    return made, shown, place, kim, eve


def sent(team: Team, payload: Json, form: Any = "interactive") -> Delivery:
    """A well signed request, acknowledged."""
    taken = team.api.interaction(payload, form).wait(SECONDS)
    assert taken.acknowledged, (taken.trouble, taken.status)
    return taken


def posted(team: Team, request: Signed) -> int | None:
    return team.api.post(request).wait(SECONDS).status


def token(message: Message) -> str:
    """The signed token that its buttons carry."""
    found = {
        one["value"]
        for block in message.blocks
        for one in block.get("elements", [])
        if "s:" in one.get("action_id", "")
    }
    assert len(found) == 1
    return str(found.pop())


def test_a_request_that_is_not_slacks_or_not_fresh_is_refused_and_nothing_is_read(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    before = team.counts()
    tap = kim.tap(shown, "s:5", send=False).payload
    good = team.api.signed("interactive", tap)
    now = time.time()  # the real process reads the real clock too
    refused = [
        team.api.signed("interactive", tap, secret="another secret"),  # opens nothing
        team.api.signed("interactive", tap, at=now - 305),
        team.api.signed("interactive", tap, at=now + 320),
        Signed({**good.headers, "X-Slack-Request-Timestamp": str(int(now) - 3)}, good.body),
        *(
            Signed({**good.headers, "X-Slack-Request-Timestamp": odd}, good.body)
            for odd in ("now", "9" * 13, "9" * 5000)
        ),
        Signed({**good.headers, "X-Slack-Signature": good.headers["X-Slack-Signature"].replace("v0", "v1")}, good.body),
        Signed({**good.headers, "X-Slack-Signature": "\u00e4"}, good.body),
        Signed(good.headers, good.body.replace(b"s%3A5", b"s%3A1")),
        Signed({name: value for name, value in good.headers.items() if "Signature" not in name}, good.body),
        Signed({name: value for name, value in good.headers.items() if "Timestamp" not in name}, good.body),
        Signed({"Content-Type": good.headers["Content-Type"]}, good.body),
        team.api.signed("events_api", {"type": "url_verification", "challenge": "x"}, secret="another"),
    ]
    assert [posted(team, request) for request in refused] == [FORBIDDEN] * len(refused)
    assert team.stored(made) == ("sent", None, None)
    assert team.counts() == before
    assert posted(team, good) == 200
    assert team.stored(made) == ("answered", 5, None)


def test_a_replayed_tap_counts_once(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    first = team.tapped(kim, shown, "s:2")
    team.shown(shown, "You answered 2 of 5")
    assert team.api.resend(first).wait(SECONDS).status == 200
    assert team.history(made) == [2]
    team.tapped(kim, shown, "change")
    team.shown(shown, "How satisfied")
    team.tapped(kim, shown, "s:4")
    for _ in range(3):
        assert team.api.resend(first).wait(SECONDS).status == 200
    assert team.stored(made) == ("answered", 4, None)
    assert team.history(made) == [2, 4]
    assert team.rows("SELECT count(*) FROM response WHERE invitation_id = ?", made) == [(1,)]


def test_a_token_of_another_question_or_another_installation_is_told_and_stores_nothing(team: Team) -> None:
    made, shown, place, kim, eve = in_channel(team)
    other, theirs = team.asked(eve)
    before = team.counts()
    team.tapped(kim, shown, "s:5", value=token(theirs))
    team.own(kim, place, NOT_YOURS)
    foreign = SignedTokens(Keyring.from_text("ab" * 32))
    dead = [f"{made}.AAAAAAAAAAAAAA", "nonsense", "x" * 2000, "\u202e", foreign.issue("invitation", made),
            token(shown).swapcase()]  # fmt: skip
    for number, value in enumerate(dead, 1):
        team.tapped(kim, shown, "s:5", value=value)
        team.api.wait(lambda n=number: said(team, kim, place, DEAD) == n, SECONDS)  # type: ignore[misc]
    for code in ("s:11", "s:99999999999", "s:", "nothing", "comment"):
        tap = kim.tap(shown, "s:5", send=False)
        tap.payload["actions"][0]["action_id"] = code
        sent(team, tap.payload)
    team.api.wait(lambda: said(team, kim, place, DEAD) == len(dead) + 5, SECONDS)
    assert team.stored(made) == team.stored(other) == ("sent", None, None)
    assert team.counts() == before


def said(team: Team, person: Person, place: Channel, words: str) -> int:
    return sum(words in team.api.seen(one) for one in person.ephemerals(place))


def test_a_question_of_another_workspace_here_is_unknown(team: Team) -> None:
    made, shown, place, kim, _ = in_channel(team)
    server = team.server
    done = server.cli("ask", "--to", "webchat:somebody", "--survey", "csat", "--workspace", "elsewhere", "--json")
    assert done.returncode == 0, (done.stdout, done.stderr)
    [(there,)] = team.rows("SELECT id FROM invitation WHERE workspace = 'elsewhere'")
    tokens = SignedTokens(Keyring.load_or_create(server.folder / "var" / "secret.key"))
    before = team.counts()
    team.tapped(kim, shown, "s:5", value=tokens.issue("invitation", there))
    team.own(kim, place, "This question is no longer known here.")
    assert team.rows("SELECT state FROM invitation WHERE id = ?", there) == [("scheduled",)]
    assert team.stored(made) == ("sent", None, None)
    assert team.counts() == before


def test_what_another_team_or_app_says_changes_nothing(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    before = team.counts()
    tap = kim.tap(shown, "s:5", send=False).payload
    sent(team, {**tap, "api_app_id": "A0OTHER"})
    command = kim.command("/survey", "stop", send=False).payload
    sent(team, {**command, "api_app_id": "A0OTHER"}, "slash_commands")
    sent(team, {**command, "team_id": "T0OTHER"}, "slash_commands")
    event = {"type": "message", "user": kim.id, "text": "stop", "channel": kim.dm.id, "channel_type": "im",
             "ts": "1700000000.000900", "event_ts": "1700000000.000900"}  # fmt: skip
    foreign: list[Json] = [{"api_app_id": "A0OTHER"}, {"authorizations": [_authorization("T0OTHER")]}]
    for number, theirs in enumerate(foreign):
        outer = {"token": "t", "team_id": "T0OTHER", "context_team_id": "T0OTHER", "api_app_id": APP, "event": event,
                 "type": "event_callback", "event_id": f"EvOTHER{number}", "event_time": 1_700_000_000,
                 "authorizations": [_authorization(TEAM)]}  # fmt: skip
        sent(team, outer | theirs, "events_api")
    team.heard()
    assert team.stored(made) == ("sent", None, None)
    assert team.counts() == before
    assert team.refusal(f"slack:{kim.id}") == "open_question"


def _authorization(of: str) -> Json:
    return {"enterprise_id": None, "team_id": of, "user_id": "U0PULSSI", "is_bot": True, "is_enterprise_install": False}


def test_a_new_request_url_is_verified(team: Team) -> None:
    taken = team.api.verify_url("a-challenge-of-slack").wait(SECONDS)
    assert taken.status == 200
    assert taken.body in ("a-challenge-of-slack", {"challenge": "a-challenge-of-slack"})


def test_who_was_not_asked_is_told_alone(team: Team) -> None:
    made, shown, place, kim, eve = in_channel(team)
    before = team.counts()
    wordings = (shown.text, copy.deepcopy(shown.blocks))
    team.tapped(eve, shown, "s:1")
    assert team.api.seen(team.own(eve, place, NOT_YOURS)) == NOT_YOURS
    eve.say("5", place, thread_ts=shown.ts)
    team.heard()
    assert (shown.text, shown.blocks) == wordings
    assert kim.ephemerals(place) == []
    assert team.stored(made) == ("sent", None, None)
    assert team.counts() == before


def test_a_dialogue_sent_twice_is_kept_once(team: Team) -> None:
    made, shown, place, kim, _ = in_channel(team)
    team.tapped(kim, shown, "s:2")
    dialogue = team.opened(kim, team.own(kim, place, "You answered 2 of 5"))
    first = kim.submit(dialogue, {"words": "Too slow."}).wait(SECONDS)
    assert (first.status, first.error) == (200, "")
    again = team.api.resend(first).wait(SECONDS)
    assert again.status == 200
    team.heard()
    assert team.stored(made) == ("answered", 2, "Too slow.")
    assert team.rows("SELECT count(*) FROM history WHERE invitation_id = ? AND words IS NOT NULL", made) == [(1,)]


def test_a_dialogue_with_a_forged_token_says_so(team: Team) -> None:
    made, shown, place, kim, _ = in_channel(team)
    team.tapped(kim, shown, "s:2")
    dialogue = team.opened(kim, team.own(kim, place, "You answered 2 of 5"))
    written = kim.submit(dialogue, {"words": "Too slow."}, send=False)
    for carried in ("", "{}", "[]", '{"token": "x", "conversation": "C0"}', "\u0000", '{"token": 1}'):
        written.payload["view"]["private_metadata"] = carried
        answer = sent(team, copy.deepcopy(written.payload))
        assert answer.body["response_action"] == "update"
        assert DEAD in str(answer.body["view"])
    assert team.stored(made) == ("answered", 2, None)


def test_the_form_for_asking_sent_twice_asks_once(team: Team) -> None:
    sofia, kim = member(team), team.person("Kim")
    place = team.channel(sofia, kim)
    assert sofia.command("/survey", "T-1042", place).wait(SECONDS).acknowledged
    team.api.wait(lambda: sofia.modal, SECONDS)
    form = sofia.modal
    assert form is not None
    whom = next(block["block_id"] for block in form.blocks if block["element"]["type"] == "users_select")
    first = sofia.submit(form, {whom: kim.id}).wait(SECONDS)
    assert (first.status, first.error) == (200, "")
    again = team.api.resend(first).wait(SECONDS)
    assert again.body["response_action"] == "update"
    assert "This was sent already." in str(again.body["view"])
    assert "Kim" in team.api.seen(form)
    ask = next(label for block in form.blocks for label in _codes(block))
    pressed = sofia.press(form, ask).wait(SECONDS)
    assert team.api.resend(pressed).wait(SECONDS).status == 200
    team.api.wait(lambda: [one for one in kim.dm.messages if one.user != kim.id], SECONDS)
    team.heard()
    assert team.rows("SELECT count(*) FROM invitation WHERE ticket = 'T-1042'") == [(1,)]
    assert len(kim.dm.messages) == 1


def _codes(block: Json) -> list[str]:
    return [str(one["action_id"]) for one in block.get("elements", []) if one.get("type") == "button"]


def member(team: Team) -> Person:
    """Somebody of the business who has joined."""
    sofia = team.person("Sofia")
    code = team.server.cli("member", "add").stdout.split()[0]
    place = team.channel(sofia)
    assert sofia.command("/survey", f"join {code}", place).wait(SECONDS).acknowledged
    team.own(sofia, place, "Welcome, Sofia")
    return sofia


def test_events_that_come_again_change_nothing(team: Team) -> None:
    redelivered(team)


@pytest.mark.timeout(180)
def test_events_that_come_again_by_the_socket_change_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    with slack_team(tmp_path_factory.mktemp("socket"), "socket") as team:
        redelivered(team)
        is_clean(team.api)


def redelivered(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    tap = team.tapped(kim, shown, "s:2")
    team.shown(shown, "You answered 2 of 5")
    kim.say("First words.")
    team.shown(shown, "First words.")
    said_first = next(one for one in team.api.events if one.event.get("text") == "First words.")
    team.heard()
    before, words = team.counts(), len(kim.sees())
    for delivery in (tap, said_first, tap, said_first):
        assert team.api.resend(delivery).wait(SECONDS).acknowledged
    team.heard()
    assert team.stored(made) == ("answered", 2, "First words.")
    assert team.history(made) == [2]
    assert team.counts() == before
    assert len(kim.sees()) == words


def test_without_a_response_url_everything_still_works(team: Team) -> None:
    team.api.state.give_response_url = False
    try:
        made, shown, place, kim, eve = in_channel(team)
        team.tapped(eve, shown, "s:1")
        team.own(eve, place, NOT_YOURS)
        team.tapped(kim, shown, "s:2")
        own = team.own(kim, place, "You answered 2 of 5")
        kim.submit(team.opened(kim, own), {"words": "Too slow."}).wait(SECONDS)
        kept = team.own(kim, place, "Thank you, your words are kept.")
        team.tapped(kim, kept, "change")
        asked = team.own(kim, place, "How satisfied are you with the help you got?")
        team.tapped(kim, asked, "s:3")
        changed = team.own(kim, place, "You answered 3 of 5")
        team.tapped(kim, changed, "What do you keep about me?")
        team.own(kim, place, "This is stored about you")
        assert team.stored(made) == ("answered", 3, "Too slow.")
        assert "Too slow" not in team.for_others(place, kim)
        assert "stored about you" not in team.for_others(place, kim)
        own_made, own_shown = team.asked(eve)
        team.tapped(eve, own_shown, "s:2")
        team.shown(own_shown, "You answered 2 of 5")
        assert team.stored(own_made) == ("answered", 2, None)
    finally:
        team.api.state.give_response_url = True


def test_a_body_that_is_too_large_is_refused(team: Team) -> None:
    kim = team.person("Kim")
    made, shown = team.asked(kim)
    tap = kim.tap(shown, "s:5", send=False).payload
    large = team.api.signed("interactive", {**tap, "more": "x" * 1_100_000})
    answer = httpx.post(team.api.deliveries.request_url, content=large.body, headers=large.headers)
    assert answer.status_code == TOO_LARGE
    assert team.stored(made) == ("sent", None, None)
    team.tapped(kim, shown, "s:5")
    assert team.stored(made) == ("answered", 5, None)


def test_what_we_do_not_know_is_acknowledged(team: Team) -> None:
    kim = team.person("Kim")
    _, shown = team.asked(kim)
    tap = kim.tap(shown, "s:5", send=False).payload
    before = team.counts()
    for kind in ("block_suggestion", "dialog_submission", "interactive_message", "view_closed", "a_kind_of_tomorrow"):
        answer = team.api.interaction({**tap, "type": kind, "callback_id": "x"}).wait(SECONDS)
        assert answer.status == 200, (kind, answer.status, answer.body)
    odds: list[Json] = [{"actions": [{}]}, {"user": None}, {"user": []}]
    for odd in odds:
        answer = team.api.interaction({**tap, **odd}).wait(SECONDS)
        assert answer.status == 200, (odd, answer.status, answer.body)
    for event in ({"type": "a_kind_of_tomorrow"}, {"type": "message"}, {"type": "message", "subtype": "new_kind"}):
        assert team.api.event(event, kim.dm, kim.id).wait(SECONDS).status == 200
    assert kim.global_shortcut("unknown").wait(SECONDS).status == 200
    assert team.counts() == before
    for raw in (b"", b"payload=", b"payload=%7B", b"{", b"\xff\xfe", b"payload=null", b"[]", b"null"):
        assert posted(team, _signed(team, raw)) in {200, 400, 401}, raw
    assert httpx.get(f"{team.server.url}/readyz").json()["channels"]["slack"] == "ok"
    assert team.counts() == before


def _signed(team: Team, raw: bytes) -> Signed:
    """Well signed, whatever is in it."""
    headers = team.api.signed("interactive", {}).headers
    base = b"v0:" + headers["X-Slack-Request-Timestamp"].encode() + b":" + raw
    digest = hmac.new(team.api.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return Signed({**headers, "X-Slack-Signature": f"v0={digest}"}, raw)
