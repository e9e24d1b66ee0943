"""Weeks as an owner meets them, for the golden texts and for whatever else wants a whole summary."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.scoring import Figure
from bot.summary import (
    Cohort,
    Comment,
    Edition,
    Funnel,
    Group,
    GroupWeek,
    Moved,
    MovedFigure,
    OpenCases,
    Segment,
    Summary,
    SurveyWeek,
    summarise,
)
from bot.summary.making import Besides
from bot.surveys import BUILT_IN
from bot.values import replace
from bot.weeks import Week

CSAT, CES, NPS, OPEN = BUILT_IN
WEEK = Week(2026, 47)
EDITION = Edition(workspace="default", business="Acme", week=WEEK, timezone="Europe/Helsinki")
FUNNEL = Funnel(
    considered=2450, suppressed={"asked_recently": 33, "opted_out": 11},
    failed={"blocked": 8, "never_shown": 5, "left_channel": 2, "gave_up": 1}, delivered=2390, answered=1089,
    commented=310,
)  # fmt: skip
COMMENTS = (
    Comment(
        "Courier called ahead, perfect", "csat", 5, 5, date(2026, 11, 19), team="Delivery", channel="telegram",
        link="https://t.me/c/1234567/89",
    ),
    Comment("ok", "csat", 5, 5, date(2026, 11, 20), team="Delivery"),
    Comment("The parcel was left in the rain", "csat", 1, 5, date(2026, 11, 18), team="Delivery", ticket="T-1040"),
    Comment("The invoice had the wrong VAT\nagain", "nps", 2, 10, date(2026, 11, 17), "Anna", "Billing", "T-1042"),
)  # fmt: skip


def share(percent: int, n: int) -> dict[int, int]:
    """Answers to CSAT: that many percent are satisfied."""
    good = round(n * percent / 100)
    return {5: good, 2: n - good}


def rising() -> tuple[dict[int, int], ...]:
    return tuple(share(percent, 620) for percent in (68, 69, 71, 72, 74, 73, 76, 77, 76, 78, 76, 80))


def recommended(promoters: int, detractors: int, n: int) -> dict[int, int]:
    return {9: promoters, 7: n - promoters - detractors, 3: detractors}


def rich() -> Summary:
    """Everything that a message can have."""
    nps = (recommended(220, 88, 418), recommended(241, 53, 420))
    surveys = (
        SurveyWeek(replace(CSAT, goal=82.0), rising()[-1], rising()[-2], rising()),
        SurveyWeek(NPS, *nps, (*(nps[1],) * 11, nps[0])),
        SurveyWeek(replace(CES, goal=5.4), {7: 20, 6: 20, 5: 10, 3: 8, 1: 6}, {7: 20, 6: 20, 5: 10, 3: 8, 1: 7}),
    )
    groups = (
        GroupWeek("nps", Group("team", "Billing"), recommended(58, 47, 141), recommended(84, 25, 140)),
        GroupWeek("nps", Group("team", "Support"), recommended(60, 20, 130), recommended(62, 20, 131)),
        GroupWeek("csat", Group("team", "Delivery"), share(91, 257), share(79, 250)),
        GroupWeek("csat", Group("touchpoint", "courier"), share(91, 257), share(79, 250)),
        GroupWeek("csat", Group("tag", "small"), share(0, 9), share(100, 300)),
    )
    segments = (
        Segment(Group("channel", "webchat"), 300, 60),
        Segment(Group("channel", "telegram"), 900, 440),
        Segment(Group("team", "Billing"), 400, 165),
    )
    besides = Besides(
        groups=groups, cohort=Cohort(Week(2026, 43), 1200, 500, segments), open_cases=OpenCases(3, date(2026, 11, 17))
    )
    return summarise(EDITION, surveys, FUNNEL, COMMENTS, besides)


def quiet() -> Summary:
    """Nobody was asked and nobody answered."""
    return summarise(EDITION, [SurveyWeek(CSAT, {}, None)], Funnel())


def still() -> Summary:
    """People answered, and nothing can be said to have changed."""
    csat = SurveyWeek(CSAT, share(80, 60), share(76, 55))
    funnel = Funnel(considered=140, delivered=140, answered=60, commented=0)
    return summarise(replace(EDITION, response_settled=True), [csat], funnel)


def late() -> Summary:
    due = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
    edition = replace(EDITION, late=date(2026, 11, 24), due=due, missed=(Week(2026, 45), Week(2026, 46)))
    csat = SurveyWeek(replace(CSAT, goal=95.0), share(80, 620), share(76, 600))
    return summarise(edition, [csat], replace(FUNNEL, failed={"blocked": 300}, delivered=2106), COMMENTS[:3])


def moved_figures() -> Summary:
    """What was posted for the week before is not true any more."""
    was, now = Figure(620, 80.0, None), Figure(620, 79.0, None)
    fewer = MovedFigure(NPS, Figure(420, 44.8, None), Figure(418, 44.5, None))
    moved = Moved(
        Week(2026, 46), (MovedFigure(CSAT, was, now, rescored=6), fewer, MovedFigure(CES, Figure(9, 5.44, None),
        Figure(9, 5.56, None), rescored=1)), Figure(2400, 45.0, None), Figure(2400, 47.1, None),
    )  # fmt: skip
    csat = SurveyWeek(CSAT, share(80, 620), share(79, 620))
    return summarise(EDITION, [csat], FUNNEL, (), Besides(moved=moved))


CASES = {"rich": rich, "quiet": quiet, "still": still, "late": late, "moved": moved_figures}
