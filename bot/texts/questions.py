"""The questions' own wording: what is built in for each kind, and what a survey says instead."""

from collections.abc import Callable

from bot.surveys import Kind, Survey, Wording
from bot.texts import Texts


def wording_of(survey: Survey, texts: Texts) -> Wording:
    """The survey's own wording in this language, its gaps filled from the catalogue; never a mix of languages.

    A custom survey that lacks the language speaks its own default (English, else its first) rather than a mix.
    """
    own = survey.wording.get(texts.locale)
    built_in = _BUILT_IN[survey.kind](texts)
    if own is None and survey.wording:
        return survey.wording.get("en") or next(iter(survey.wording.values()))
    if own is None:
        return built_in
    return Wording(
        own.question,
        own.low_end or built_in.low_end,
        own.high_end or built_in.high_end,
        own.follow_up_low or built_in.follow_up_low,
        own.follow_up_middle or built_in.follow_up_middle,
        own.follow_up_high or built_in.follow_up_high,
    )


def _csat(texts: Texts) -> Wording:
    return Wording(
        texts("How satisfied are you with the help you got?"),
        texts("very dissatisfied"),
        texts("very satisfied"),
        texts("What should we have done better?"),
        texts("What would have made it better?"),
        texts("What went especially well?"),
    )


def _ces(texts: Texts) -> Wording:
    return Wording(
        texts("How far do you agree: “It was easy to get my matter handled.”"),
        texts("strongly disagree"),
        texts("strongly agree"),
        texts("What made it hard?"),
        texts("What would have made it easier?"),
        texts("What went particularly smoothly?"),
    )


def _nps(texts: Texts) -> Wording:
    return Wording(
        texts("How likely are you to recommend us to a friend or colleague?"),
        texts("not at all likely"),
        texts("extremely likely"),
        texts("What is the main reason for your score?"),
        texts("What would have raised your score?"),
        texts("What do you like best about us?"),
    )


def _open(texts: Texts) -> Wording:
    return Wording(texts("How could we do better?"))


_BUILT_IN: dict[Kind, Callable[[Texts], Wording]] = {Kind.CSAT: _csat, Kind.CES: _ces, Kind.NPS: _nps, Kind.OPEN: _open}
