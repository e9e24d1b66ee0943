"""What stands behind figures that are of a day, a week or a month, in words: whole sentences for each of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from bot.spans import Every
from bot.texts import Texts

_Word = Callable[[Texts], str]
Words = Mapping[Every, _Word]
"""One sentence for each span; who wants no message by itself reads of weeks."""


def _of(day: _Word, week: _Word, month: _Word) -> Words:
    return MappingProxyType({Every.DAY: day, Every.WEEK: week, Every.MONTH: month, Every.OFF: week})


def everywhere(words: _Word) -> Words:
    """The same, whatever it is of."""
    return _of(words, words, words)


CHANGE: Final = _of(
    lambda texts: texts(
        "Change: this day's value less that of the day before. Clear where a 95 % interval of the difference leaves "
        "out 0, corrected by Holm's method for all headline figures together; else it could be chance. Fewer than 10 "
        "answers on either day: too few."
    ),
    lambda texts: texts(
        "Change: this week's value less last week's. Clear where a 95 % interval of the difference leaves out 0, "
        "corrected by Holm's method for all headline figures together; else it could be chance. Fewer than 10 answers "
        "in either week: too few."
    ),
    lambda texts: texts(
        "Change: this month's value less that of the month before. Clear where a 95 % interval of the difference "
        "leaves out 0, corrected by Holm's method for all headline figures together; else it could be chance. Fewer "
        "than 10 answers in either month: too few."
    ),
)
BARS: Final = _of(
    lambda texts: texts(
        "Bars: the value of each of twelve days, · where there is no answer on this scale. They span at least a "
        "quarter of the scale."
    ),
    lambda texts: texts(
        "Bars: the value of each of twelve weeks, · where there is no answer on this scale. They span at least a "
        "quarter of the scale."
    ),
    lambda texts: texts(
        "Bars: the value of each of twelve months, · where there is no answer on this scale. They span at least a "
        "quarter of the scale."
    ),
)
COURSE: Final = _of(
    lambda texts: texts(
        "Over the days: a straight line through the daily values, each weighted by its answers (weighted least "
        "squares, Student's t), from 6 days with at least 10 answers on; corrected by Holm's method for all surveys "
        "together, and said only when it is clear."
    ),
    lambda texts: texts(
        "Over the weeks: a straight line through the weekly values, each weighted by its answers (weighted least "
        "squares, Student's t), from 6 weeks with at least 10 answers on; corrected by Holm's method for all surveys "
        "together, and said only when it is clear."
    ),
    lambda texts: texts(
        "Over the months: a straight line through the monthly values, each weighted by its answers (weighted least "
        "squares, Student's t), from 6 months with at least 10 answers on; corrected by Holm's method for all surveys "
        "together, and said only when it is clear."
    ),
)
FUNNEL: Final = _of(
    lambda texts: texts(
        "People asked that day, one cohort: considered = not asked + asked; asked = delivered + failed + on their "
        "way. Delivered: the platform took the message, or the page showed it. Imported answers, questions to a whole "
        "group and tests are not in it."
    ),
    lambda texts: texts(
        "People asked this week, one cohort: considered = not asked + asked; asked = delivered + failed + on their "
        "way. Delivered: the platform took the message, or the page showed it. Imported answers, questions to a whole "
        "group and tests are not in it."
    ),
    lambda texts: texts(
        "People asked that month, one cohort: considered = not asked + asked; asked = delivered + failed + on their "
        "way. Delivered: the platform took the message, or the page showed it. Imported answers, questions to a whole "
        "group and tests are not in it."
    ),
)
RESPONSE_RATE: Final = _of(
    lambda texts: texts(
        "Response rate: answered of delivered, of the people asked on the day. So far: some questions can still be "
        "answered."
    ),
    lambda texts: texts(
        "Response rate: answered of delivered, of the people asked in the week. So far: some questions can still be "
        "answered."
    ),
    lambda texts: texts(
        "Response rate: answered of delivered, of the people asked in the month. So far: some questions can still be "
        "answered."
    ),
)
MOVERS: Final = _of(
    lambda texts: texts(
        "Clearly better or worse: groups with at least 10 answers on both days whose change is clear, corrected by "
        "Holm's method for all groups of all surveys together. Of a team, a touchpoint or a tag with one or two "
        "agents nothing is said, unless single agents may be named."
    ),
    lambda texts: texts(
        "Clearly better or worse: groups with at least 10 answers in both weeks whose change is clear, corrected by "
        "Holm's method for all groups of all surveys together. Of a team, a touchpoint or a tag with one or two "
        "agents nothing is said, unless single agents may be named."
    ),
    lambda texts: texts(
        "Clearly better or worse: groups with at least 10 answers in both months whose change is clear, corrected by "
        "Holm's method for all groups of all surveys together. Of a team, a touchpoint or a tag with one or two "
        "agents nothing is said, unless single agents may be named."
    ),
)
SILENT: Final = _of(
    lambda texts: texts(
        "Clearly more silent: groups whose response rate is clearly lower than that of all others together, on the "
        "newest day whose questions have all expired; at least 30 delivered to the group and to the others, corrected "
        "by Holm's method."
    ),
    lambda texts: texts(
        "Clearly more silent: groups whose response rate is clearly lower than that of all others together, in the "
        "newest week whose questions have all expired; at least 30 delivered to the group and to the others, "
        "corrected by Holm's method."
    ),
    lambda texts: texts(
        "Clearly more silent: groups whose response rate is clearly lower than that of all others together, in the "
        "newest month whose questions have all expired; at least 30 delivered to the group and to the others, "
        "corrected by Holm's method."
    ),
)
MOVED: Final = _of(
    lambda texts: texts(
        "Moved since: what a reader of the message about the day before would see differently now, in a survey's "
        "answers, its value or the response rate."
    ),
    lambda texts: texts(
        "Moved since: what a reader of last week's message would see differently now, in a survey's answers, "
        "its value or the response rate."
    ),
    lambda texts: texts(
        "Moved since: what a reader of the message about the month before would see differently now, in a survey's "
        "answers, its value or the response rate."
    ),
)
RULE: Final = _of(
    lambda texts: texts(
        "Clear change: the likely range (95 %) of the difference leaves out 0, after the correction. Else it could be "
        "chance, which does not say that nothing changed. Fewer than 10 answers on either day: too few."
    ),
    lambda texts: texts(
        "Clear change: the likely range (95 %) of the difference leaves out 0, after the correction. Else it could be "
        "chance, which does not say that nothing changed. Fewer than 10 answers in either week: too few."
    ),
    lambda texts: texts(
        "Clear change: the likely range (95 %) of the difference leaves out 0, after the correction. Else it could be "
        "chance, which does not say that nothing changed. Fewer than 10 answers in either month: too few."
    ),
)
BOTH_VALUES: Final = _of(
    lambda texts: texts("{name}: {now}; the day before {before}"),
    lambda texts: texts("{name}: {now}; the week before {before}"),
    lambda texts: texts("{name}: {now}; the month before {before}"),
)
