"""What stands behind the figures that a summary shows."""

from bot.spans import every_of
from bot.summary import Summary
from bot.summary_text.names import label
from bot.texts import Texts
from bot.texts.definitions import explained
from bot.trends import Verdict


def explanations(summary: Summary, texts: Texts) -> list[str]:
    """The definition of each figure that stands in the message, and of no other."""
    scores = [line for line in summary.scores if not line.stopped]
    shown = {
        "likely": any(line.figure.interval is not None for line in scores),
        "change": bool(scores),
        "goal": any(line.survey.goal is not None for line in scores),
        "weeks": any(line.line for line in scores),
        "course": any(line.course and line.course.verdict is Verdict.REAL for line in scores),
        "funnel": summary.funnel.considered > 0,
        "response_rate": summary.funnel.response_rate.n > 0,
        "movers": bool(summary.movers),
        "silent": bool(summary.silent),
        "moved": summary.moved is not None,
        "comments": bool(summary.comments),
    }
    names = [name for name, on in shown.items() if on]
    surveys = {label(line.survey, texts): line.survey for line in scores}
    return explained(surveys, names, texts, every_of(summary.edition.week))
