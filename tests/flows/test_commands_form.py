"""The form to ask with, the sign on a message, and the app's first page, whatever the channel."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.address import Address
from bot.events import CommandGiven, FormSent, FormWanted, MenuPressed, MessageMarked, Person, Request
from bot.forms import FieldKind, Form
from bot.prompts import Action, Prompt, PromptKind
from bot.service.commands import Answer
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import (
    ANNA,
    GROUP,
    MIKKO,
    OLLI,
    STRANGER,
    Chat,
    chat,
    in_group,
    invitations,
    labels,
    lines,
    own,
    questions,
)

REFUSED = "Only members of the workspace can do that."
NOBODY = {"person": "Choose somebody, or write a name, a ticket or an address."}
STATE = str(GROUP)


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring, business_name="Acme") as found:
        await found.member(ANNA)
        yield found


async def does(
    here: Chat, who: Person, event: Any, *, at: Address | None = None, event_id: str = "", in_place: bool = True
) -> Answer:
    """A request that is answered where it is made."""
    request = Request(
        event_id=event_id or f"request-{next(here.events)}", workspace="default", address=at or who.address, person=who,
        event=event, in_place=in_place,
    )  # fmt: skip
    answer = await here.commands.handle(request)
    await here.world.quiet()
    return answer


async def form_of(here: Chat, event: FormWanted, who: Person = ANNA, at: Address | None = None) -> Form:
    answer = await does(here, who, event, at=at)
    assert answer.form is not None
    assert answer.prompts == ()
    return answer.form


async def fills_in(here: Chat, *, who: Person = ANNA, event_id: str = "", **given: Any) -> Answer:
    """The form, sent with these values; `person` is who was chosen, `state` the place where it was opened."""
    person, state = given.pop("person", None), given.pop("state", "")
    values = {"survey": "csat", **given}
    return await does(here, who, FormSent(values, state, person), event_id=event_id)


async def presses(here: Chat, answer: Answer, label: str, who: Person = ANNA) -> Answer:
    """A button of the dialogue."""
    [value] = [one.value for prompt in answer.prompts for one in prompt.buttons if one.label == label]
    return await does(here, who, MenuPressed(value))


def values_of(form: Form) -> dict[str, str]:
    """What stands in the form already."""
    return {field.name: field.value for field in form.fields if field.value}


def said(answer: Answer) -> str:
    return "\n".join(prompt.text for prompt in answer.prompts)


def buttons(answer: Answer) -> list[str]:
    return [button.label for prompt in answer.prompts for button in prompt.buttons]


async def test_the_form_in_ones_own_chat(here: Chat) -> None:
    form = await form_of(here, FormWanted())
    assert (form.title, form.submit, form.close, form.state) == ("Ask for feedback", "Go on", "Cancel", "")
    assert [field.name for field in form.fields] == [
        "person", "customer", "survey", "ticket", "subject", "agent", "team", "tags"]  # fmt: skip
    assert values_of(form) == {"survey": "csat", "agent": "Anna"}
    by_name = {field.name: field for field in form.fields}
    assert by_name["person"].kind is FieldKind.PERSON
    assert [value for value, _ in by_name["survey"].options] == ["csat", "nps", "ces", "open"]
    assert [field.name for field in form.fields if field.needed] == ["survey"]
    assert here.phone.sent == []


async def test_where_others_read_the_form_asks_where_to_ask(here: Chat) -> None:
    form = await form_of(here, FormWanted(), at=in_group("7"))
    where = next(field for field in form.fields if field.name == "where")
    assert (where.value, [value for value, _ in where.options]) == ("direct", ["direct", "here"])
    assert form.state == STATE
    assert "user" not in form.state


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("T-1042", {"customer": "T-1042", "ticket": "T-1042"}),
        ("nps Mikko", {"person": "42", "survey": "nps"}),
        ("telegram:42 T-9", {"person": "42", "ticket": "T-9"}),
        ("  Q\u202e-1\x00 ", {"customer": "Q -1", "ticket": "Q -1"}),
    ],
)
async def test_what_was_typed_stands_there(here: Chat, typed: str, values: dict[str, str]) -> None:
    await here.customer(MIKKO)
    form = await form_of(here, FormWanted(typed))
    assert values_of(form) == {"survey": "csat", "agent": "Anna", **values}


async def test_a_message_gives_its_author_the_ticket_and_the_place(here: Chat) -> None:
    form = await form_of(here, FormWanted(about=MIKKO, message="-100200/7"), at=in_group("7"))
    found = values_of(form)
    assert (found["person"], found["where"], form.state) == ("42", "here", f"{STATE} -100200/7")
    assert "ticket" not in found
    # Without a ticket, the message is the ticket: about it, nobody is asked twice.
    await here.customer(MIKKO)
    await presses(here, await fills_in(here, person=MIKKO, state=form.state), "Ask")
    assert "was already asked about this ticket" in said(await fills_in(here, person=MIKKO, state=form.state))


async def test_an_owner_did_not_help_and_the_form_speaks_their_language(here: Chat) -> None:
    await here.member(OLLI, Role.OWNER)
    form = await form_of(here, FormWanted(), replace(OLLI, locale="fi-FI"))
    assert "agent" not in values_of(form)
    assert (form.lang, form.title) == ("fi", "Pyydä palautetta")


async def test_what_was_filled_in_is_asked_after_a_look(here: Chat) -> None:
    about: dict[str, Any] = {"ticket": "T-1", "subject": "VAT", "agent": "Aino", "team": "Tier 1", "tags": " a, ,b,a"}
    verdict = await fills_in(here, person=MIKKO, **about)
    assert "Will ask Mikko Virtanen in Telegram now." in said(verdict)
    assert buttons(verdict) == ["Ask", "Skip", "Why?"]
    assert (here.phone.sent, await invitations(here)) == ([], [])
    done = await presses(here, verdict, "Ask")
    assert "Asked" in said(done) or "has to write to me first" in said(done)
    assert await invitations(here) == [("scheduled", "csat")]
    async with here.world.store.reading() as uow:
        [made] = await uow.invitations.recent("default", 9)
    found = made.interaction
    assert (found.ticket, found.subject, found.agent, found.team, found.tags) == (
        "T-1", "VAT", "Aino", "Tier 1", ("a", "b"))  # fmt: skip
    assert "Taken back:" in said(await presses(here, done, "Cancel it"))


async def test_whoever_helped_is_the_member_unless_told_otherwise(here: Chat) -> None:
    await here.customer(MIKKO)
    await presses(here, await fills_in(here, person=MIKKO), "Ask")
    [asked] = questions(here.phone.sent)
    assert "Anna" in asked.prompt.header


@pytest.mark.parametrize(
    ("where", "state", "address"),
    [
        ("here", STATE, in_group("42")),
        ("direct", STATE, MIKKO.address),
        ("", STATE, MIKKO.address),
        ("here", "", MIKKO.address),
        ("here", "telegram:666", MIKKO.address),
        ("here", "webchat:someone", MIKKO.address),
        ("here", "nonsense", MIKKO.address),
        ("here", "telegram:" + "9" * 400, MIKKO.address),
    ],
)
async def test_the_person_is_asked_in_the_chosen_place(here: Chat, where: str, state: str, address: Address) -> None:
    await here.customer(MIKKO)
    await presses(here, await fills_in(here, person=MIKKO, where=where, state=state), "Ask")
    [asked] = questions(here.phone.sent)
    assert asked.address == address


async def test_nobody_chosen_keeps_the_form_open_however_often(here: Chat) -> None:
    for _ in range(2):
        answer = await fills_in(here, event_id="sent", subject="VAT", customer=" \u200b ")
        assert (dict(answer.errors), answer.prompts, answer.known) == (NOBODY, (), False)
    finn = replace(ANNA, locale="fi")
    assert list((await fills_in(here, who=finn)).errors.values()) == [
        "Valitse joku, tai kirjoita nimi, tiketti tai osoite."]  # fmt: skip
    # Platforms tell one dialogue by one id, whatever is sent from it.
    answer = await fills_in(here, event_id="sent", person=MIKKO)
    assert "Will ask Mikko Virtanen" in said(answer)
    again = await fills_in(here, event_id="sent", person=MIKKO)
    assert (again.known, again.prompts) == (True, ())


async def test_a_link_is_made_once_however_often_the_form_comes(here: Chat) -> None:
    for _ in range(2):
        await fills_in(here, event_id="sent", ticket="T-404")
    assert await invitations(here) == [("scheduled", "csat")]


async def test_a_customer_elsewhere_is_found_by_what_is_written(here: Chat) -> None:
    visitor = replace(MIKKO, address=Address("webchat", "mikko", user="mikko"))
    await here.customer(visitor)
    assert "in web chat now." in said(await fills_in(here, customer="mikko virt"))
    found = await fills_in(here, customer="mikko", ticket="About a Mikko")
    assert "Mikko Virtanen · CSAT · About a Mikko" in said(found)
    done = await presses(here, found, "Ask")
    assert "Asked: Mikko Virtanen, in web chat." in said(done)
    assert "was already asked about this ticket" in said(await fills_in(here, ticket="About a Mikko"))
    assert "is no address of a customer" in said(await fills_in(here, customer="webchat:owner"))


async def test_an_unknown_survey_is_asked_for(here: Chat) -> None:
    await here.customer(MIKKO)
    answer = await fills_in(here, person=MIKKO, survey="no-such-survey")
    assert "Which question?" in said(answer)
    assert "Will ask" in said(await presses(here, answer, "CES"))


async def test_tags_have_limits(here: Chat) -> None:
    await here.customer(MIKKO)
    tags = ",".join([f"t{number}" for number in range(30)])
    await presses(here, await fills_in(here, person=MIKKO, tags="x" * 100 + "," + tags), "Ask")
    async with here.world.store.reading() as uow:
        [made] = await uow.invitations.recent("default", 9)
    assert len(made.interaction.tags) <= 20
    assert max(len(tag) for tag in made.interaction.tags) <= 60


async def test_who_is_no_member_gets_no_form_and_asks_nobody(here: Chat) -> None:
    for at in (None, in_group("666")):
        answer = await does(here, STRANGER, FormWanted("T-1"), at=at)
        assert answer.form is None
    answer = await fills_in(here, who=STRANGER, person=MIKKO)
    assert (said(answer), buttons(answer)) == (REFUSED, [])
    verdict = await fills_in(here, person=MIKKO)
    assert (await presses(here, verdict, "Ask", STRANGER)).notice == REFUSED
    assert await invitations(here) == []


def marked(who: Person = MIKKO, message: str = "-100200/7") -> MessageMarked:
    return MessageMarked(who, message)


async def marks(here: Chat, who: Person, event: MessageMarked, event_id: str = "") -> str:
    """What the messages say that come of it, questions aside."""
    before = len(here.phone.sent)
    answer = await does(here, who, event, at=in_group(who.address.conversation), event_id=event_id, in_place=False)
    assert (answer.notice, answer.prompts) == (None, ())
    return lines([one for one in here.phone.sent[before:] if not one.asks])


async def test_the_sign_asks_the_author_in_place_and_tells_the_member_alone(here: Chat) -> None:
    assert "Asked: Mikko Virtanen, in Telegram (group)." in await marks(here, ANNA, marked())
    [asked] = questions(here.phone.sent)
    assert (asked.address, asked.prompt.for_whom) == (in_group("42"), "Mikko Virtanen")
    [told] = [one for one in here.phone.sent if not one.asks]
    assert (told.address, labels(told)) == (ANNA.address, ["Cancel it"])


async def test_the_same_sign_asks_once(here: Chat) -> None:
    other = Person(own("9"), "Aino", "en")
    await here.member(other)
    await marks(here, ANNA, marked(), "one")
    assert await marks(here, ANNA, marked(), "one") == ""
    assert "was already asked about this ticket" in await marks(here, ANNA, marked())
    assert "was already asked about this ticket" in await marks(here, other, marked())
    assert len(questions(here.phone.sent)) == 1


async def test_the_sign_of_others_and_on_ones_own_message_does_nothing(here: Chat) -> None:
    assert await marks(here, STRANGER, marked()) == ""
    assert await marks(here, ANNA, marked(ANNA)) == ""
    assert here.phone.sent == []
    assert await invitations(here) == []


async def test_who_was_asked_recently_is_asked_by_sign_after_a_look(here: Chat) -> None:
    await here.customer(MIKKO, at=in_group("42"))
    asked = await here.world.asked(to=in_group("42"), ticket="T-1")
    await here.world.quiet()
    await here.world.asking.cancel("default", asked.id)
    await here.world.quiet()
    before = len(questions(here.phone.sent))
    told = await marks(here, ANNA, marked())
    assert "Asked today in Telegram" in told
    assert len(questions(here.phone.sent)) == before


async def home(here: Chat, who: Person, *, in_place: bool = True) -> tuple[Prompt, ...]:
    return (await does(here, who, CommandGiven("home"), in_place=in_place)).prompts


async def test_the_first_page_is_by_role(here: Chat) -> None:
    await here.member(OLLI, Role.OWNER)
    [for_strangers] = await home(here, STRANGER)
    assert [button.value for button in for_strangers.buttons] == ["d:"]
    greeting, menu = await home(here, ANNA)
    assert (greeting.title, [one.action for one in greeting.buttons]) == ("Acme", [Action.FORM])
    assert not any("/kpi" in line for line in menu.lines)
    greeting, week, settings, menu = await home(here, OLLI)
    assert week.kind is PromptKind.SUMMARY
    assert settings.title == "Settings"
    assert any(line.startswith("/kpi") for line in menu.lines)
    [own_data] = [one for one in menu.buttons if one.value == "d:"]
    assert own_data.action is Action.MENU
    assert here.phone.sent == []


async def test_the_first_page_is_no_message(here: Chat) -> None:
    assert await home(here, ANNA, in_place=False) == ()
    assert here.phone.sent == []


async def test_its_buttons_are_answered_in_it(here: Chat) -> None:
    await here.member(OLLI, Role.OWNER)
    [asked] = (await does(here, OLLI, MenuPressed("g:z"))).prompts
    assert asked.title == "In which time zone is the business?"
    [changed] = (await does(here, OLLI, MenuPressed("g:z:Europe/London"))).prompts
    assert "Time zone: Europe/London" in changed.lines
    assert (await does(here, ANNA, MenuPressed("g:z:UTC"))).notice == "Only owners can do that."
    assert (await here.settings())["timezone"] == "Europe/London"
    [mine] = (await does(here, STRANGER, MenuPressed("d:"))).prompts
    assert mine.title == "Nothing is stored about you."
    assert here.phone.sent == []
