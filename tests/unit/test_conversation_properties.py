"""What holds for every sequence of events on every kind of invitation."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import advance
from bot.errors import Conflict
from bot.events import AnswerDeleted, CommentEdited, CommentWithdrawn, CommentWritten, Delivered, ScoreChosen
from bot.invitation import ENDED, Invitation, Origin, State
from bot.steps import ScoreKept, Step, WordsKept
from tests.builders import (
    GAPS,
    NOON,
    events,
    invitations,
    make_invitation,
    make_survey,
    play,
    played,
    timelines,
)

Story = tuple[Invitation, list[tuple[datetime, Step]]]
KINDS = ("csat", "ces", "nps", "open")


def pairs(story: Story) -> list[tuple[Invitation, datetime, Step]]:
    """Each step with the invitation as it was before."""
    start, steps = story
    before = [start, *(step.invitation for _, step in steps)]
    return [(old, now, step) for old, (now, step) in zip(before, steps, strict=False)]


@given(played())
def test_score_is_always_within_its_scale(story: Story) -> None:
    for _, step in story[1]:
        answer, scale = step.invitation.answer, step.invitation.survey.scale
        if answer is not None and answer.score is not None:
            assert scale is not None
            assert answer.score in scale
            assert answer.first_at is not None
            assert answer.day is not None


@given(played())
def test_what_has_ended_stays_ended(story: Story) -> None:
    for before, _, step in pairs(story):
        if before.state in ENDED:
            assert step.invitation.state is before.state
            old, new = before.answer, step.invitation.answer
            deleted_now = new is not None and new.deleted_at is not None
            assert deleted_now or (new.score if new else None) == (old.score if old else None)
            assert not step.invitation.changing


@given(st.sampled_from(KINDS), st.data())
def test_event_repeated_at_once_changes_nothing(kind: str, data: st.DataObject) -> None:
    survey = make_survey(kind)
    steps = play(make_invitation(survey, State.SCHEDULED), data.draw(timelines(survey)))
    now, invitation = (steps[-1][0], steps[-1][1].invitation) if steps else (NOON, make_invitation(survey))
    now += data.draw(GAPS)
    event = data.draw(events(survey))
    try:
        once = advance(invitation, event, now).invitation
        again = advance(once, event, now)
    except Conflict:
        return
    assert (again.invitation, again.history) == (once, ())


@given(played())
def test_history_has_every_real_change_once_and_nothing_else(story: Story) -> None:
    for before, now, step in pairs(story):
        old, new = before.answer, step.invitation.answer
        deleted = new is not None and new.deleted_at is not None
        score_moved = not deleted and (old.score if old else None) != (new.score if new else None)
        words_moved = not deleted and (old.parts if old else ()) != (new.parts if new else ())
        scores = [entry for entry in step.history if isinstance(entry, ScoreKept)]
        words = [entry for entry in step.history if isinstance(entry, WordsKept)]
        assert len(scores) == score_moved
        assert len(words) == words_moved
        if new is not None and not deleted:
            assert all(entry == ScoreKept(new.score or 0, now) for entry in scores)
            assert all(entry == WordsKept(new.comment, now) for entry in words)


@given(played())
def test_history_replayed_gives_the_answer(story: Story) -> None:
    score, words = None, ""
    for _, step in story[1]:
        for entry in step.history:
            score = entry.score if isinstance(entry, ScoreKept) else score
            words = entry.text if isinstance(entry, WordsKept) else words
    end = story[1][-1][1].invitation if story[1] else story[0]
    if end.answer is not None and end.answer.deleted_at is None:
        assert (end.answer.score, end.answer.comment) == (score, words)


@given(st.lists(st.tuples(GAPS.filter(lambda gap: gap.days == 0), st.integers(0, 10)), min_size=1, max_size=10))
def test_interleaved_taps_end_in_the_last_accepted(taps: list[tuple[timedelta, int]]) -> None:
    steps = play(make_invitation("nps"), [(gap, ScoreChosen(score)) for gap, score in taps])
    answer = steps[-1][1].invitation.answer
    assert answer is not None
    assert answer.first_at == steps[0][0]
    until = steps[0][0] + make_survey("nps").editable_for
    accepted = [score for (now, _), (_, score) in zip(steps, taps, strict=True) if now < until]
    assert answer.score == accepted[-1]
    changes = [score for place, score in enumerate(accepted) if place == 0 or accepted[place - 1] != score]
    assert [entry.score for _, step in steps for entry in step.history if isinstance(entry, ScoreKept)] == changes


@given(st.sampled_from(KINDS[:3]), st.data())
def test_taps_never_touch_words(kind: str, data: st.DataObject) -> None:
    survey = make_survey(kind)
    steps = play(make_invitation(survey), data.draw(timelines(survey)))
    invitation, now = (steps[-1][1].invitation, steps[-1][0]) if steps else (make_invitation(survey), NOON)
    parts = invitation.answer.parts if invitation.answer else ()
    assert survey.scale is not None
    after = advance(invitation, ScoreChosen(data.draw(st.sampled_from(survey.scale.scores))), now).invitation
    assert (after.answer.parts if after.answer else ()) == parts


@given(played())
def test_states_follow_the_drawing(story: Story) -> None:
    ways = {
        State.SCHEDULED: {State.SENT, State.ANSWERED, State.FAILED, State.CANCELLED},
        State.FAILED: {State.SENT, State.ANSWERED},
        State.SENT: {State.ANSWERED, State.EXPIRED, State.CANCELLED, State.CLOSED},
        State.ANSWERED: {State.CLOSED},
    }
    for before, _, step in pairs(story):
        after = step.invitation
        assert after.state is before.state or after.state in ways[before.state]
        if before.state is State.SENT and after.state is State.CLOSED:
            assert after.reason == "deleted"


@given(played())
def test_first_answer_and_what_was_asked_never_move(story: Story) -> None:
    for before, _, step in pairs(story):
        after = step.invitation
        assert (after.interaction, after.cohort_day, after.survey_id, after.origin, after.customer) == (
            before.interaction, before.cohort_day, before.survey_id, before.origin, before.customer)  # fmt: skip
        if before.answer is not None and before.answer.first_at is not None:
            assert after.answer is not None
            assert (after.answer.first_at, after.answer.day) == (before.answer.first_at, before.answer.day)


@given(played())
def test_answer_is_consistent(story: Story) -> None:
    for _, step in story[1]:
        invitation, answer = step.invitation, step.invitation.answer
        if invitation.state is State.ANSWERED:
            assert invitation.answered
        if answer is None:
            continue
        assert answer.commented == (answer.first_at is not None and bool(answer.parts))
        assert all(part.text.strip() for part in answer.parts)
        assert answer.deleted_at is None or (answer.score, answer.parts, answer.commented) == (None, (), False)
        if invitation.answered:
            assert invitation.sent_at is not None
            assert answer.score is not None or (invitation.is_open_question and answer.parts)


@given(played(), st.sampled_from([CommentWritten("late", "m9"), CommentEdited("late", "m1"), CommentWithdrawn()]))
def test_nothing_but_deletion_changes_a_closed_score(story: Story, event: CommentWritten) -> None:
    end = story[1][-1][1].invitation if story[1] else story[0]
    now = (story[1][-1][0] if story[1] else NOON) + make_survey().expires_after
    before = end.answer.score if end.answer else None
    after = advance(end, event, now).invitation
    assert (after.answer.score if after.answer else None) == before or (
        isinstance(after.answer and after.answer.deleted_at, datetime)
    )
    gone = advance(after, AnswerDeleted(), now).invitation
    assert gone.answer is None or (gone.answer.score, gone.answer.parts) == (None, ())


@given(invitations((State.SCHEDULED,)).filter(lambda i: i.origin is Origin.ASKED), st.text(max_size=8))
def test_delivery_repeated_moves_no_time(invitation: Invitation, message: str) -> None:
    once = advance(invitation, Delivered(message), NOON).invitation
    again = advance(once, Delivered(message), NOON + make_survey().editable_for)
    assert again.invitation == once
