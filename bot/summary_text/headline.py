"""One sentence on what happened, which claims no more than the figures show."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from bot.summary import ScoreLine
from bot.summary_text.names import measure
from bot.surveys import Survey
from bot.texts import Texts
from bot.trends import Verdict

_Word = Callable[[Texts], str]
_NAMES: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("satisfaction"),
        "nps": lambda texts: texts("recommendation"),
        "ces": lambda texts: texts("ease"),
        "effort": lambda texts: texts("effort"),
    }
)
_RISES: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("Satisfaction rose clearly."),
        "nps": lambda texts: texts("Recommendation rose clearly."),
        "ces": lambda texts: texts("Ease rose clearly."),
        "effort": lambda texts: texts("Effort rose clearly."),
    }
)
_FALLS: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("Satisfaction fell clearly."),
        "nps": lambda texts: texts("Recommendation fell clearly."),
        "ces": lambda texts: texts("Ease fell clearly."),
        "effort": lambda texts: texts("Effort fell clearly."),
    }
)


def headline(scores: Iterable[ScoreLine], texts: Texts) -> str:
    """One sentence per kind of verdict, clear changes first; empty without answers.

    Nothing is said to have held: a change that is not shown is not shown to be absent (KPI.md).
    """
    lines = tuple(line for line in scores if not line.stopped)
    clear = [_moved(line, lines, texts) for line in lines if line.change.verdict is Verdict.REAL]
    groups: tuple[tuple[Verdict | None, str], ...] = (
        (Verdict.NOISE, texts("No clear change in {names}.")),
        (Verdict.FEW, texts("Too few answers to compare {names}.")),
        (None, texts("Nothing to compare with yet for {names}.")),
    )
    rest = []
    for verdict, sentence in groups:
        names = [_name(line.survey, lines, texts) for line in lines if line.change.verdict is verdict]
        if names:
            rest.append(sentence.format(names=texts.listed(names)))
    return " ".join((*clear, *rest))


def _moved(line: ScoreLine, lines: tuple[ScoreLine, ...], texts: Texts) -> str:
    words = _RISES if (line.change.value or 0) > 0 else _FALLS
    sentence = words[measure(line.survey)](texts)
    return f"{line.survey.slug}: {sentence}" if _has_twin(line.survey, lines) else sentence


def _name(survey: Survey, lines: tuple[ScoreLine, ...], texts: Texts) -> str:
    name = _NAMES[measure(survey)](texts)
    return f"{name} ({survey.slug})" if _has_twin(survey, lines) else name


def _has_twin(survey: Survey, lines: tuple[ScoreLine, ...]) -> bool:
    return sum(measure(line.survey) == measure(survey) for line in lines) > 1
