"""The message to the owner, part by part; each part is dropped where there is nothing to say."""

from datetime import date

from bot.prompts import Prompt, PromptKind
from bot.scoring import rounded
from bot.spans import every_of
from bot.summary import Edition, Moved, MovedFigure, OpenCases, ScoreLine, Summary, told
from bot.summary_text.buttons import detail_buttons
from bot.summary_text.comments import comment_line
from bot.summary_text.funnel import funnel_lines
from bot.summary_text.groups import mover_line, silence_line
from bot.summary_text.headline import headline
from bot.summary_text.names import NO_VALUE, group_words, short
from bot.summary_text.scores import beside_line, changed_version, course_line, left_out, score_line, value_words
from bot.summary_text.spans import APART, missed, title
from bot.summary_text.spans import moved as moved_since
from bot.summary_text.steps import step_line
from bot.texts import Texts


def to_prompt(summary: Summary, texts: Texts) -> Prompt:
    """The message to the owner: title, then one line per statement, and an empty one between what belongs together.

    Names of agents are in it only where the summary has them (`Edition.agents`).
    """
    parts = (_circumstances(summary.edition, texts), *_body(summary, texts))
    blocks = [found for found in ([line for line in part if line] for part in parts) if found]
    lines = tuple(line for block in blocks for line in ("", *block))[1:]
    buttons = detail_buttons(summary, texts)
    return Prompt(PromptKind.SUMMARY, texts.locale, title=_title(summary.edition, texts), lines=lines, buttons=buttons)


def _title(edition: Edition, texts: Texts) -> str:
    marks = (
        (edition.sample, texts("Sample")),
        (edition.preview, texts("Preview")),
        (edition.resent, texts("Sent again")),
    )
    week, *days = title(edition.week, texts)
    limit = " ".join(edition.limit.key.split()) if edition.limit else ""
    time = texts("{city} time").format(city=texts.city(edition.timezone))
    so_far = (texts("so far"),) if edition.so_far else ()
    return " · ".join((*(word for on, word in marks if on), week, *([limit] if limit else []), *days, time, *so_far))


def _nobody(texts: Texts) -> str:
    return texts(
        "Nobody was asked. /survey in a chat or a ticket closed on the staff desk asks the first customer; "
        "the API does it too, and pulssi ask from the command line."
    )


def _circumstances(edition: Edition, texts: Texts) -> list[str]:
    said = []
    if edition.late is not None:
        said.append(_late(edition, edition.late, texts))
    if edition.missed:
        said.append(missed(edition.missed, texts))
    if edition.sample:
        said.append(texts("These are sample figures, made up to show the message."))
    return said


def _late(edition: Edition, day: date, texts: Texts) -> str:
    if edition.due is None:
        posted = texts("Posted late, on {day}: the service was down when this was due.").format(day=texts.long_day(day))
    else:
        posted = texts("Posted late, on {day}: the service was down when this was due, {due}.")
        posted = posted.format(day=texts.long_day(day), due=texts.moment(edition.due))
    # Telegram keeps what it could not hand over for 24 hours at most (Bot API, "Getting updates"); of the day of the
    # post no more is known than that it is the same.
    soon = edition.due is not None and edition.due.date() == day and not edition.missed
    missing = texts("Answers given while the service was down may be missing.")
    return f"{posted} {texts('All answers are in.') if soon else missing}"


def _body(summary: Summary, texts: Texts) -> list[list[str]]:
    lines, every = summary.scores, every_of(summary.edition.week)
    answered = any(line.figure.n for line in lines)
    nobody = not (answered or summary.funnel.considered or summary.comments)
    return [
        [_nobody(texts) if nobody else headline(lines, texts)],
        [
            *(
                words
                for line in lines
                for words in (score_line(line, texts, every), _beside(line, summary.edition, texts))
            ),
            _withheld(summary, texts),
            *(course_line(line, texts, every) for line in lines),
            *(changed_version(line, texts, every) for line in lines),
            *(words for line in lines for words in left_out(line, texts, every)),
        ],
        _funnel(summary, texts, scored=answered),
        moved_lines(summary.moved, texts),
        [
            # What a limited place reads of its group stands beside the whole's scores already.
            *(mover_line(mover, texts) for mover in told(summary.movers) if summary.edition.limit is None),
            *(silence_line(one, summary.silent_week, texts) for one in summary.silent),
        ],
        [comment_line(comment, texts, every) for comment in summary.comments],
        [_open(summary.open_cases, texts), *(step_line(step, texts, every) for step in summary.steps)],
    ]


def _beside(line: ScoreLine, edition: Edition, texts: Texts) -> str:
    if line.beside is None or edition.limit is None:
        return ""
    return beside_line(line.survey, line.beside, group_words(edition.limit, texts), texts, every_of(edition.week))


def _withheld(summary: Summary, texts: Texts) -> str:
    if not summary.withheld or summary.edition.limit is None:
        return ""
    words = texts("The figures of one or two people are not shown here: {group}.")
    return words.replace("{group}", group_words(summary.edition.limit, texts))


def _funnel(summary: Summary, texts: Texts, *, scored: bool) -> list[str]:
    """In a limited place of the group's people, which is said: the scores above are everybody's too."""
    edition = summary.edition
    apart = APART[every_of(edition.week)](texts) if scored else ""
    lines = funnel_lines(summary.funnel, texts, settled=edition.response_settled, apart=apart)
    if not lines or summary.edition.limit is None:
        return lines
    return [f"{group_words(summary.edition.limit, texts)}: {lines[0]}", *lines[1:]]


def moved_lines(moved: Moved | None, texts: Texts) -> list[str]:
    """What of an earlier message is not true any more."""
    if moved is None:
        return []
    changes = [_moved_figure(one, texts) for one in moved.figures]
    if moved.rate_was is not None and moved.rate_now is not None:
        was, now = (_percent(rate.value, texts) for rate in (moved.rate_was, moved.rate_now))
        now = now if moved.settled else texts("{share} so far").format(share=now)
        changes.append(texts("response rate {now} (was {was})").format(now=now, was=was))
    return [moved_since(moved.week, "; ".join(changes), texts)]


def _moved_figure(one: MovedFigure, texts: Texts) -> str:
    name = short(one.survey)
    now, was = (value_words(one.survey, figure.value, texts) for figure in (one.now, one.was))
    if one.was.n != one.now.n:
        n, n_was = texts.number(one.now.n), texts.number(one.was.n)
        words = texts("{survey} {now} on {n} answers (was {was} on {n_was})")
        return words.format(survey=name, now=now, was=was, n=n, n_was=n_was)
    if one.rescored is None:
        return texts("{survey} {now} (was {was})").format(survey=name, now=now, was=was)
    return texts.plural(
        "{survey} {now} (was {was}): {n} person changed the answer",
        "{survey} {now} (was {was}): {n} people changed their answer",
        one.rescored,
        survey=name,
        now=now,
        was=was,
    )


def _percent(value: float | None, texts: Texts) -> str:
    shown = rounded(value, 0)
    return NO_VALUE if shown is None else texts.percent(shown)


def _open(cases: OpenCases | None, texts: Texts) -> str:
    if cases is None or not cases.waiting:
        return ""
    return texts.plural(
        "Open: {n} low score waits, since {day}.",
        "Open: {n} low scores wait, the oldest since {day}.",
        cases.waiting,
        day=texts.short_date(cases.oldest),
    )
