"""Groups that moved clearly, and groups that stay silent."""

from bot.scoring import rounded, text_digits
from bot.spans import Span
from bot.summary import Mover, Silence
from bot.summary_text.names import group_words, label
from bot.summary_text.scores import signed, value_words
from bot.summary_text.spans import asked_in
from bot.texts import Texts


def mover_line(mover: Mover, texts: Texts) -> str:
    """What got better stands in the same words as what got worse."""
    words = texts("Clearly better: {group}") if mover.better else texts("Clearly worse: {group}")
    value = value_words(mover.survey, mover.figure.value, texts)
    parts = (
        words.replace("{group}", group_words(mover.group, texts)),
        f"{label(mover.survey, texts)} {value}",
        texts.plural("{n} answer", "{n} answers", mover.figure.n),
        signed(mover.change.value or 0.0, text_digits(mover.survey.kind), texts),
    )
    return " · ".join(parts)


def silence_line(silence: Silence, week: Span | None, texts: Texts) -> str:
    share, rest = (texts.percent(rounded(one.value, 0) or 0.0) for one in (silence.figure, silence.rest))
    n, others = (texts.number(one.n) for one in (silence.figure, silence.rest))
    reached = texts("answered {share} of {n} delivered, the others {rest} of {others}")
    parts = (
        texts("Clearly more silent: {group}").replace("{group}", group_words(silence.group, texts)),
        reached.format(share=share, n=n, rest=rest, others=others),
        asked_in(week, texts) if week else "",
    )
    return " · ".join(part for part in parts if part)
