"""What stands behind the figures that a summary shows."""

from bot.summary import Summary
from bot.texts import Texts
from bot.texts.definitions import explained
from bot.trends import Verdict


def explanations(summary: Summary, texts: Texts) -> list[str]:
    """The definition of each figure that stands in the message, and of no other."""
    if summary.empty:
        return []
    shown = {
        "likely": any(line.figure.interval is not None for line in summary.scores),
        "change": bool(summary.scores),
        "goal": any(line.survey.goal is not None for line in summary.scores),
        "weeks": any(line.line for line in summary.scores),
        "course": any(line.course and line.course.verdict is Verdict.REAL for line in summary.scores),
        "funnel": True,
        "response_rate": summary.funnel.response_rate.n > 0,
        "movers": bool(summary.movers),
        "silent": bool(summary.silent),
        "moved": summary.moved is not None,
        "comments": bool(summary.comments),
    }
    return explained([line.survey for line in summary.scores], [name for name, on in shown.items() if on], texts)
