"""The weekly summary and the figures of a period as values; their words are in `bot.summary_text`."""

from bot.summary.as_json import Json, figures_json, kpi_json, to_json
from bot.summary.by_role import for_staff
from bot.summary.comments import chosen
from bot.summary.findings import (
    Beside,
    Course,
    GroupLine,
    Moved,
    MovedFigure,
    Mover,
    OpenCases,
    Rule,
    ScoreLine,
    Silence,
    Step,
    Summary,
    is_better,
)
from bot.summary.making import Besides, summarise
from bot.summary.material import (
    Cohort,
    Comment,
    Edition,
    Funnel,
    Group,
    GroupWeek,
    Period,
    Segment,
    SurveyWeek,
    Why,
)
from bot.summary.moved import what_moved
from bot.summary.movers import told
from bot.summary.narrowing import OfGroup, narrowed

__all__ = [
    "Beside", "Besides", "Cohort", "Comment", "Course", "Edition", "Funnel", "Group", "GroupLine", "GroupWeek", "Json",
    "Moved", "MovedFigure", "Mover", "OfGroup", "OpenCases", "Period", "Rule", "ScoreLine", "Segment", "Silence",
    "Step", "Summary", "SurveyWeek", "Why", "chosen", "figures_json", "for_staff", "is_better", "kpi_json", "narrowed",
    "summarise", "to_json", "told", "what_moved",
]  # fmt: skip
