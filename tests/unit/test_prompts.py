"""Every view of a survey message, as people read it in three languages."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import endings, prompts
from bot.conversation import advance
from bot.events import NotSolved
from bot.invitation import Answer, Interaction, Invitation, Part, State
from bot.policy import Reason, Verdict
from bot.prompts import Action, Asker, Prompt, PromptKind
from bot.steps import Sentence
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey, Wording
from bot.texts import LOCALES, Texts, texts
from bot.values import replace
from bot.wording import sentence, state_words, text_only, verdict_words

GOLDEN = Path(__file__).parents[1] / "golden" / "prompts"
HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 6, 10, 0, tzinfo=UTC)
CSAT, CES, NPS, OPEN = BUILT_IN
ASKER = Asker("Acme", "https://acme.example/privacy", HELSINKI)
EN = texts("en")

View = Callable[[Invitation, Asker, Texts], Prompt]


def invitation(survey: Survey = CSAT, state: State = State.SENT) -> Invitation:
    return Invitation(
        id="i1",
        workspace="default",
        survey=survey,
        survey_id=1,
        state=state,
        decided_at=NOW,
        cohort_day=NOW.date(),
        expires_at=NOW + timedelta(days=14, hours=13),
        interaction=Interaction(subject="Invoice shows the wrong VAT", agent="Anna", team="Billing"),
    )


def answered(score: int, survey: Survey = CSAT, words: str = "", state: State = State.ANSWERED) -> Invitation:
    parts = (Part(words, NOW),) if words else ()
    answer = Answer(score=score, parts=parts, commented=bool(words), first_at=NOW, day=NOW.date())
    return replace(invitation(survey, state), answer=answer)


def late_words(about: Invitation) -> Invitation:
    """Words that came after the end."""
    late = Part("Kiitos vielä", about.expires_at + timedelta(days=1))
    return replace(about, answer=replace(about.answer or Answer(), parts=(late,)))


def with_words(survey: Survey, words: str, state: State | None = None) -> Invitation:
    """A comment and no score: before the tap, or to an open question."""
    first = NOW if survey.kind is Kind.OPEN else None
    state = state or (State.ANSWERED if survey.kind is Kind.OPEN else State.SENT)
    return replace(invitation(survey, state), answer=Answer(parts=(Part(words, NOW),), first_at=first, commented=True))


def not_solved_said(about: Invitation) -> Invitation:
    return replace(about, answer=replace(about.answer or Answer(), not_solved_at=NOW))


def views(say: Texts) -> Iterator[tuple[str, Prompt]]:
    """Each view once; the name says what happened."""
    for survey in BUILT_IN:
        yield f"question {survey.slug}", prompts.question(invitation(survey), ASKER, say)
    for commands in (False, True):
        name = "first contact" + (", with commands" if commands else "")
        yield name, prompts.question(invitation(), ASKER, say, first_contact=True, commands=commands)
    for score in (2, 3, 5):
        yield f"thanks csat {score}", prompts.thanks(answered(score), ASKER, say)
    for survey, scores in ((CES, (1, 4, 7)), (NPS, (0, 8, 10))):
        for score in scores:
            yield f"thanks {survey.slug} {score}", prompts.thanks(answered(score, survey), ASKER, say)
    yield "kept", prompts.kept(answered(2, words="ALV taas"), ASKER, say)
    yield "kept before the tap", prompts.kept(with_words(CSAT, "ALV taas"), ASKER, say)
    yield "kept open", prompts.kept(with_words(OPEN, "ALV taas"), ASKER, say)
    yield "not solved before the answer", endings.not_solved(not_solved_said(invitation()), ASKER, say)
    yield "not solved after the answer", endings.not_solved(not_solved_said(answered(2)), ASKER, say)
    late = not_solved_said(answered(2, state=State.CLOSED))
    yield "not solved after the time", endings.not_solved(late, ASKER, say)
    yield "closed", endings.closed(answered(5, words="Kiitos", state=State.CLOSED), ASKER, say)
    yield "expired", endings.expired(invitation(state=State.EXPIRED), ASKER, say)
    yield "expired, with late words", endings.expired(late_words(invitation(state=State.EXPIRED)), ASKER, say)
    yield "closed, with late words", endings.closed(late_words(answered(5, state=State.CLOSED)), ASKER, say)
    yield "thanks, with words", prompts.thanks(answered(2, words="ALV taas"), ASKER, say)
    yield "question, to change", prompts.question(answered(2, words="ALV taas"), ASKER, say)
    yield "withdrawn, with words", endings.withdrawn(with_words(CSAT, "ALV taas", State.CANCELLED), ASKER, say)
    yield "withdrawn", endings.withdrawn(invitation(state=State.CANCELLED), ASKER, say)
    yield "deleted", endings.deleted(invitation(state=State.CLOSED), ASKER, say)
    yield "in public", endings.in_public(answered(2), "Mikko", say)
    yield "in public, no name", endings.in_public(answered(2), "", say)
    yield "consent", prompts.consent(invitation(), ASKER, say)
    yield "allow again", prompts.allow_again(invitation(), ASKER, say)


def rendered(prompt: Prompt) -> str:
    """The whole prompt: its text, what a screen reader says of the ends of the scale, and its buttons."""
    spoken = [prompt.scale.choices[0].spoken, prompt.scale.choices[-1].spoken] if prompt.scale else []
    buttons = [f"[{button.label}]{'!' if button.danger else ''} {button.action}" for button in prompt.buttons]
    return "\n".join((prompt.text, *(f"({words})" for words in spoken), *buttons))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_view_reads_as_agreed(locale: str) -> None:
    found = "\n\n".join(f"== {name}\n{rendered(prompt)}" for name, prompt in views(texts(locale)))
    assert found + "\n" == (GOLDEN / f"views.{locale}.txt").read_text("utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_reads_as_agreed(locale: str) -> None:
    say, about = texts(locale), invitation()
    found = [f"{said}: {sentence(said, about, say, zone=HELSINKI)}" for said in Sentence]
    commands = [sentence(said, None, say, commands=True) for said in (Sentence.OPTED_OUT, Sentence.OPTED_IN)]
    found.append(sentence(Sentence.TAP_FIRST, invitation(OPEN), say))
    lines = (*found, *commands, sentence(Sentence.EXPIRED, None, say), text_only(say), *staff(say))
    assert "\n".join(lines) + "\n" == (GOLDEN / f"sentences.{locale}.txt").read_text("utf-8")


def staff(say: Texts) -> Iterator[str]:
    """What staff read after an ask, and in lists."""
    for found in (Verdict(True), Verdict(True, Reason.ASKED_RECENTLY)):
        for dry_run in (True, False):
            yield verdict_words(found, dry_run=dry_run, name_or_address="Mikko Virtanen", link=None, texts=say)
    for reason in Reason:
        until = NOW if reason is Reason.ASKED_RECENTLY else None
        no = Verdict(False, reason, until)
        yield verdict_words(no, dry_run=False, name_or_address="Mikko", link=None, texts=say, zone=HELSINKI)
    yield verdict_words(Verdict(True), dry_run=False, name_or_address="", link="https://t.me/a?start=b", texts=say)
    for state in State:
        reason_of = {State.SUPPRESSED: "opted_out", State.FAILED: "never_shown"}
        yield f"{state}: {state_words(replace(invitation(state=state), reason=reason_of.get(state)), say)}"
    yield f"not solved: {state_words(not_solved_said(answered(2)), say)}"
    yield f"deleted: {state_words(replace(invitation(state=State.CLOSED), reason='deleted'), say)}"


def test_lists_for_staff_never_tell_the_score() -> None:
    low, high = answered(1), answered(5)
    assert state_words(low, EN) == state_words(high, EN) == "Answered"


@pytest.mark.parametrize("before", [invitation(), answered(2), answered(5), answered(2, state=State.CLOSED)])
def test_what_was_passed_on_to_customer_service_is_read_by_staff(before: Invitation) -> None:
    assert state_words(not_solved_said(before), EN) == f"{state_words(before, EN)} · says: not solved yet"


STORED = [
    prompts.question(with_words(CSAT, "again"), ASKER, EN),
    prompts.question(replace(answered(2, words="again"), changing=True), ASKER, EN),
    prompts.kept(with_words(CSAT, "again"), ASKER, EN),
    prompts.kept(with_words(CSAT, "again", State.FAILED), ASKER, EN),
    prompts.kept(answered(2, words="again"), ASKER, EN),
    prompts.thanks(answered(2, words="again"), ASKER, EN),
    endings.closed(answered(2, words="again", state=State.CLOSED), ASKER, EN),
    endings.expired(with_words(CSAT, "again", State.EXPIRED), ASKER, EN),
    endings.expired(with_words(CSAT, "again", State.FAILED), ASKER, EN),
    endings.withdrawn(with_words(CSAT, "again", State.CANCELLED), ASKER, EN),
    endings.not_solved(not_solved_said(with_words(CSAT, "again")), ASKER, EN),
]


@pytest.mark.parametrize("prompt", STORED)
def test_whatever_is_stored_is_shown_and_can_be_deleted_there(prompt: Prompt) -> None:
    assert "“again”" in prompt.lines
    assert Action.DELETE in [button.action for button in prompt.buttons]


def test_a_message_offers_to_delete_only_what_there_is() -> None:
    gone = replace(invitation(state=State.EXPIRED), answer=Answer(deleted_at=NOW))
    for about in (invitation(), replace(invitation(), answer=Answer()), gone):
        assert prompts.question(about, ASKER, EN).buttons == ()
        assert endings.expired(about, ASKER, EN).buttons == ()
        assert endings.withdrawn(about, ASKER, EN).buttons == ()
    assert [b.action for b in prompts.question(not_solved_said(invitation()), ASKER, EN).buttons] == [Action.DELETE]


@pytest.mark.parametrize(("state", "offered"), [(State.SENT, True), (State.FAILED, False)])
def test_not_solved_is_offered_only_where_it_is_taken(state: State, offered: bool) -> None:
    prompt = prompts.kept(with_words(CSAT, "again", state), ASKER, EN)
    assert (Action.NOT_SOLVED in [button.action for button in prompt.buttons]) is offered
    noted = advance(with_words(CSAT, "again", state), NotSolved(), NOW).invitation.answer
    assert (noted is not None and noted.not_solved_at is not None) is offered


def test_words_are_taken_back_alone_only_while_they_may_change() -> None:
    def offered(prompt: Prompt) -> bool:
        return Action.NOT_COMMENT in [button.action for button in prompt.buttons]

    assert offered(endings.expired(late_words(invitation(state=State.EXPIRED)), ASKER, EN))
    assert offered(endings.closed(late_words(answered(2, state=State.CLOSED)), ASKER, EN))
    assert not offered(endings.closed(answered(2, words="in time", state=State.CLOSED), ASKER, EN))
    assert not offered(endings.withdrawn(with_words(CSAT, "well", State.CANCELLED), ASKER, EN))


def test_what_says_that_one_can_still_write_has_a_field() -> None:
    assert endings.closed(answered(2, state=State.CLOSED), ASKER, EN).words_wanted
    assert endings.not_solved(not_solved_said(answered(2, state=State.CLOSED)), ASKER, EN).words_wanted
    gone = replace(invitation(state=State.CLOSED), answer=Answer(first_at=NOW, deleted_at=NOW))
    assert not endings.closed(gone, ASKER, EN).words_wanted
    assert not endings.deleted(gone, ASKER, EN).words_wanted


def test_nought_is_an_answer() -> None:
    prompt = prompts.thanks(answered(0, NPS), ASKER, EN)
    assert prompt.title.startswith("You answered 0 of 10.")
    assert endings.closed(answered(0, NPS, state=State.CLOSED), ASKER, EN).title.startswith("You answered 0 of 10.")


def test_a_message_that_is_closed_has_no_button_that_no_longer_works() -> None:
    late = endings.not_solved(not_solved_said(answered(2, state=State.CLOSED)), ASKER, EN)
    assert [button.action for button in late.buttons] == [Action.DELETE]


def test_words_before_the_tap_leave_the_scale_open() -> None:
    prompt = prompts.kept(with_words(CSAT, "again"), ASKER, EN)
    assert prompt.scale is not None
    assert Action.CHANGE not in [button.action for button in prompt.buttons]
    assert prompts.kept(answered(2, words="again"), ASKER, EN).scale is None


def test_what_others_read_has_nothing_of_the_answer() -> None:
    prompt = endings.in_public(answered(2, words="secret"), "Mikko", EN)
    assert prompt == Prompt(PromptKind.CLOSED, "en", "i1", title="Mikko has answered. Thank you.")


def test_the_day_of_expiry_is_told_in_the_business_time() -> None:
    about = invitation()
    assert about.expires_at.date() == date(2026, 11, 20)
    late = replace(about, expires_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC))
    assert "21 Nov" in endings.expired(late, ASKER, EN).text
    assert "20 Nov" in endings.expired(late, Asker("Acme"), EN).text


def test_braces_in_what_people_wrote_stay_as_they_are() -> None:
    prompt = prompts.kept(answered(2, words="{score} and {nobody}"), ASKER, EN)
    assert "“{score} and {nobody}”" in prompt.lines
    about = replace(invitation(), interaction=Interaction(subject="{business}"))
    assert prompts.question(about, Asker("{name}"), EN).header == "{name} asks · {business}"


def test_unknown_parts_of_the_header_are_left_out() -> None:
    bare = replace(invitation(), interaction=Interaction())
    assert prompts.question(bare, Asker(), EN).header == ""
    assert prompts.question(bare, Asker("Acme"), EN).header == "Acme asks"


def test_nothing_is_ever_pre_selected_and_the_value_is_the_score() -> None:
    choices = prompts.question(invitation(NPS), ASKER, EN).scale
    assert choices is not None
    assert [(choice.value, choice.label) for choice in choices.choices] == [(k, str(k)) for k in range(11)]


def test_a_custom_survey_speaks_one_language() -> None:
    own = Survey(
        "exit", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER,
        wording={"fi": Wording("Kuinka paljon vaivaa?", "vähän", "paljon", follow_up_low="Miksi?")},
    )  # fmt: skip
    finnish = prompts.question(invitation(own), ASKER, texts("fi"))
    assert finnish.text.endswith("1 = vähän · 5 = paljon")
    assert prompts.question(invitation(own), ASKER, EN).title == "Kuinka paljon vaivaa?"
    assert prompts.thanks(answered(5, own), ASKER, texts("fi")).lines == ("Miksi?",)
    assert prompts.thanks(answered(1, own), ASKER, texts("fi")).lines == ("Mikä sujui erityisen hyvin?",)


def test_the_hours_to_change_an_answer_are_those_of_the_survey() -> None:
    short = replace(CSAT, editable_for=timedelta(hours=1))
    assert "(there was 1 hour for it)" in sentence(Sentence.CHANGE_OVER, invitation(short), EN)
    assert "(aikaa oli 24 tuntia)" in sentence(Sentence.CHANGE_OVER, None, texts("fi"))


def test_an_open_question_is_thanked_for_its_words() -> None:
    about = with_words(OPEN, "Shorter queues")
    assert prompts.thanks(about, ASKER, EN) == prompts.kept(about, ASKER, EN)
    late = endings.not_solved(not_solved_said(about), ASKER, EN)
    assert late.lines == ("“Shorter queues”", "Thank you for telling us. We have passed this on to customer service.")
