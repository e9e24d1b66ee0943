"""What to do next, in words; the rules are in `bot.summary.next_steps`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.spans import Every
from bot.summary import Rule, Step
from bot.summary_text.names import group_words, short
from bot.summary_text.spans import TOO_FEW
from bot.texts import Texts
from bot.texts.reasons import counted

_Words = Callable[[Step, Texts], str]


def step_line(step: Step, texts: Texts, every: Every = Every.WEEK) -> str:
    if step.rule is Rule.TOO_FEW:
        return TOO_FEW[every](texts)
    return _STEPS[step.rule](step, texts)


def _group_fell(step: Step, texts: Texts) -> str:
    return texts.plural(
        "Next: read the {n} low answer first: {group}, {survey}.",
        "Next: read the {n} low answers first: {group}, {survey}.",
        step.n,
        group=_group(step, texts),
        survey=_survey(step),
    )


def _delivery_fails(step: Step, texts: Texts) -> str:
    return texts.plural(
        "Next: see why {n} question did not arrive; most often: {reason}.",
        "Next: see why {n} questions did not arrive; most often: {reason}.",
        step.n,
        reason=counted(step.reason, texts),
    )


def _survey_fell(step: Step, texts: Texts) -> str:
    return texts.plural(
        "Next: read the {n} low answer: {survey} got clearly worse.",
        "Next: read the {n} low answers: {survey} got clearly worse.",
        step.n,
        survey=_survey(step),
    )


def _goal_missed(step: Step, texts: Texts) -> str:
    return texts.plural(
        "Next: read the {n} low answer: {survey} misses your goal by more than chance.",
        "Next: read the {n} low answers: {survey} misses your goal by more than chance.",
        step.n,
        survey=_survey(step),
    )


def _group_silent(step: Step, texts: Texts) -> str:
    words = texts("Next: find out why so few answer: {group}. Their view is missing here.")
    return words.replace("{group}", _group(step, texts))


def _group_rose(step: Step, texts: Texts) -> str:
    # Praise by name needs that person's consent, and the setting that lets agents be named is the owner's.
    team = step.group is not None and step.group.dimension == "team"
    thank = texts("Next: thank {group}: {survey} got clearly better.")
    learn = texts("Next: find out what went well: {group}, {survey} got clearly better.")
    words = thank if team else learn
    return words.replace("{survey}", _survey(step)).replace("{group}", _group(step, texts))


def _survey_rose(step: Step, texts: Texts) -> str:
    return texts("Next: tell everybody: {survey} got clearly better.").replace("{survey}", _survey(step))


def _group(step: Step, texts: Texts) -> str:
    return group_words(step.group, texts) if step.group else ""


def _survey(step: Step) -> str:
    return short(step.survey) if step.survey else ""


_STEPS: Mapping[Rule, _Words] = MappingProxyType(
    {
        Rule.GROUP_FELL: _group_fell,
        Rule.DELIVERY_FAILS: _delivery_fails,
        Rule.SURVEY_FELL: _survey_fell,
        Rule.GOAL_MISSED: _goal_missed,
        Rule.GROUP_SILENT: _group_silent,
        Rule.GROUP_ROSE: _group_rose,
        Rule.SURVEY_ROSE: _survey_rose,
    }
)
