"""Sentences beside the survey messages: to the person who acted, and to staff who ask."""

from datetime import UTC, datetime, timedelta, tzinfo

from bot.endings import expired_sentence
from bot.invitation import Invitation, State
from bot.policy import Reason, Verdict
from bot.steps import MAX_COMMENT, Sentence
from bot.texts import Texts
from bot.texts.reasons import counted, of_one

DAY = timedelta(hours=24)


def sentence(
    said: Sentence,
    invitation: Invitation | None,
    texts: Texts,
    *,
    commands: bool = False,
    zone: tzinfo = UTC,
    fields: bool | None = None,
) -> str:
    """What the acting person reads once. `commands` is for the channel that has /start and /stop (Telegram).

    `fields`: a question has a field of its own for words (web chat); by default where there are no commands.
    """
    match said:
        case Sentence.CHANGE_OVER:
            return _change_over(invitation.survey.editable_for if invitation else DAY, texts)
        case Sentence.EXPIRED:
            return _expired(invitation, texts, zone)
        case Sentence.OPTED_OUT | Sentence.OPTED_IN:
            return _standing(said, texts, commands=commands)
        case Sentence.TAP_FIRST:
            return _tap_first(invitation, texts, fields=not commands if fields is None else fields)
        case Sentence.TOO_LONG:
            most = texts.number(MAX_COMMENT)
            return texts("That is more than we can keep: at most {max} characters, please.").format(max=most)
        case _:
            return _fixed(said, texts)


def _fixed(said: Sentence, texts: Texts) -> str:
    return {
        Sentence.WITHDRAWN: texts("This question was withdrawn. You need not do anything."),
        Sentence.LATE_KEPT: texts("Thank you, your words are kept. They are read by those who run the service."),
        Sentence.NOT_FOR_YOU: texts("This question is meant for someone else, so your answer was not stored."),
        Sentence.NOT_SOLVED: texts("Thank you for telling us. We have passed this on to customer service."),
        Sentence.NOT_STORED: texts("There is no open question right now, so this was not stored."),
        Sentence.DELETED_NOT_STORED: texts("Your answer is deleted; this was not stored."),
    }[said]


def _change_over(allowed: timedelta, texts: Texts) -> str:
    return texts.plural(
        "The answer can no longer be changed (there was {n} hour for it). You can still write more here.",
        "The answer can no longer be changed (there were {n} hours for it). You can still write more here.",
        max(1, round(allowed / timedelta(hours=1))),
    )


def _tap_first(invitation: Invitation | None, texts: Texts, *, fields: bool) -> str:
    """To words typed beside a question that is open: an open question has its own field, a scale gets one by a tap.

    A chat has no fields: there the words come next, or quote the question.
    """
    if not fields and invitation is not None and invitation.is_open_question:
        return texts("That was not stored. Please answer the question by replying to it.")
    if not fields:
        return texts("That was not stored. Tap a number first, then you can write here.")
    if invitation is not None and invitation.is_open_question:
        return texts("That was not stored. Please write in the question's own field.")
    return texts("That was not stored. Tap a number first, then you can write in the question's own field.")


def _expired(invitation: Invitation | None, texts: Texts, zone: tzinfo) -> str:
    if invitation is None:
        return texts("This question is closed.")
    return expired_sentence(invitation.expires_at.astimezone(zone), texts)


def _standing(said: Sentence, texts: Texts, *, commands: bool) -> str:
    if said is Sentence.OPTED_IN:
        return (
            texts("Good, we may ask you again. To stop the questions, write /stop.")
            if commands
            else texts("Good, we may ask you again. To stop the questions, write “stop”.")
        )
    return (
        texts("All right, we will not send you any more questions. If you change your mind, write /start.")
        if commands
        else texts("All right, we will not send you any more questions. If you change your mind, write “start”.")
    )


def text_only(texts: Texts) -> str:
    """The reply to a photo, a voice message or a sticker."""
    return texts("I can only keep text.")


def verdict_words(
    verdict: Verdict, *, dry_run: bool, name_or_address: str, link: str | None, texts: Texts, zone: tzinfo = UTC
) -> str:
    """What staff read at once: will this person be asked, and if not, why. Dates are told in `zone`.

    With a `link` nobody is asked yet: whoever opens it is, or whoever is named, who has to begin the conversation.
    """
    if not verdict.ask:
        return texts("Will not ask: {reason}").format(reason=_refusal(verdict, texts, zone))
    if link is not None and name_or_address:
        return f"{has_to_begin(name_or_address, texts)} {link}"
    if link is not None:
        words = texts("No chat address known. Paste this link into the ticket: it asks whoever opens it first. {link}")
        return words.format(link=link)
    asking = texts("Would ask {name} now.") if dry_run else texts("Will ask {name} now.")
    told = _told(verdict, texts, dry_run=dry_run)
    return " ".join(part for part in (asking.format(name=name_or_address), told) if part)


def has_to_begin(name: str, texts: Texts) -> str:
    """For a channel in which a bot may not write first."""
    words = texts("{name} has to write to me first: I may not begin. Send them this link; when it is opened, the "
                  "question comes.")  # fmt: skip
    return words.format(name=name)


def _refusal(verdict: Verdict, texts: Texts, zone: tzinfo) -> str:
    reason = of_one(verdict.reason.value, texts) if verdict.reason else texts("no reason was given.")
    if verdict.not_before is None:
        return reason
    return f"{reason} {_not_before(verdict.not_before.astimezone(zone), texts)}"


def _not_before(local: datetime, texts: Texts) -> str:
    return texts("An automatic question may go out again: {date}.").format(date=texts.moment(local))


def _told(verdict: Verdict, texts: Texts, *, dry_run: bool) -> str:
    if verdict.reason is not Reason.ASKED_RECENTLY:
        return ""
    if dry_run:
        return texts("Was asked recently: an automatic question would wait.")
    return texts("Was asked recently: an automatic question would have waited.")


def state_words(invitation: Invitation, texts: Texts) -> str:
    """Where the invitation stands, and whether the matter is said not to be solved; never what was answered."""
    said = invitation.answer is not None and invitation.answer.not_solved_at is not None
    return " · ".join((_state(invitation, texts), *((texts("says: not solved yet"),) if said else ())))


def _state(invitation: Invitation, texts: Texts) -> str:
    reason = invitation.reason or ""
    match invitation.state:
        case State.SUPPRESSED:
            return texts("Will not ask: {reason}").format(reason=of_one(reason, texts).rstrip("."))
        case State.FAILED:
            return texts("Failed: {reason}").format(reason=counted(reason, texts))
        case State.CLOSED if reason == "deleted":
            return texts("Answer deleted by the customer")
        case _:
            return _plain_state(invitation.state, texts)


def _plain_state(state: State, texts: Texts) -> str:
    return {
        State.SCHEDULED: texts("Waiting to be delivered"),
        State.SENT: texts("Asked, not answered yet"),
        State.ANSWERED: texts("Answered"),
        State.CLOSED: texts("Answered, can no longer be changed"),
        State.EXPIRED: texts("Closed without an answer"),
        State.CANCELLED: texts("Cancelled"),
    }[state]
