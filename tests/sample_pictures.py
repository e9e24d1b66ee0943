"""Pictures over made-up answers, for tests, the benchmark and the gallery; everything in them is fixed."""

from datetime import date

from bot.pictures import Distribution, Note, Picture, Trend, distribution, trend
from bot.scoring import Histogram
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey
from bot.texts import Texts, texts
from bot.values import replace
from bot.weeks import Week

CSAT, CES, NPS, OPEN = BUILT_IN
EFFORT = Survey("effort", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER)
LAST = Week(2026, 47)
NEW_YEAR = Week(2027, 4)

CSAT_SHARES = (76, 74, 78, 77, 81, 80, 83, 82, 79, 83, 84, 80)  # percent, oldest first
NPS_POINTS = (46, 44, 47, 43, 45, 41, 44, 42, 43, 40, 45, 31)
CES_MEANS = (5.1, 5.2, 5.0, 5.3, 5.1, 5.2, 5.5, 5.4, 5.2, 5.5, 5.3, 5.4)

TITLES = {
    "en": ("12 weeks, to week 47", "CSAT", "NPS", "CES"),
    "fi": (
        "12 viikkoa, viikkoon 47 asti",
        "Asiakastyytyväisyys (CSAT)",
        "Suositteluhalukkuus (NPS)",
        "Asioinnin helppous (CES)",
    ),
    "sv": (
        "12 veckor, till och med vecka 47",
        "Kundnöjdhet (CSAT)",
        "Rekommendationsvilja (NPS)",
        "Hur lätt det var (CES)",
    ),
}
NOTES = {
    "en": (
        "new invoice layout",
        "three new people in Billing, and the phone answers until eight in the evening from now on",
    ),
    "fi": (
        "laskun uusi ulkoasu",
        "kolme uutta työntekijää laskutukseen, ja puhelimeen vastataan tästä lähtien iltakahdeksaan",
    ),
    "sv": (
        "fakturans nya utseende",
        "tre nya medarbetare på faktureringen, och telefonen är öppen till klockan åtta på kvällen",
    ),
}
DAYS = (date(2026, 9, 30), date(2026, 11, 3))


def weeks(last: Week = LAST, count: int = 12) -> list[Week]:
    """Oldest first."""
    return [last.minus(back) for back in reversed(range(count))]


def satisfied(percent: float, n: int) -> Histogram:
    good = round(percent * n / 100)
    return {5: good // 2, 4: good - good // 2, 2: n - good}


def recommending(points: float, n: int) -> Histogram:
    promoters = round(n * (100 + points) / 250)
    detractors = promoters - round(n * points / 100)
    return {10: promoters, 3: detractors, 8: n - promoters - detractors}


def with_mean(mean: float, n: int) -> Histogram:
    """Some spread around the mean."""
    low = int(mean)
    upper = round((mean - low) * n)
    third = n // 3
    return {low - 1: third // 2, low: n - upper - 2 * (third // 2), low + 1: upper, low + 2: third // 2}


def three_trends(say: Texts) -> tuple[Trend, ...]:
    _, csat, nps, ces = TITLES[say.locale]
    at = weeks()
    satisfaction = [satisfied(share, 520 + 9 * k) for k, share in enumerate(CSAT_SHARES)]
    recommendation = [recommending(points, 400) for points in NPS_POINTS]
    ease = [with_mean(mean, {2: 6, 5: 0}.get(k, 64)) for k, mean in enumerate(CES_MEANS)]
    return (
        trend(replace(CSAT, goal=82.0), list(zip(at, satisfaction, strict=True)), csat, say),
        trend(NPS, list(zip(at, recommendation, strict=True)), nps, say, [at[4]]),
        trend(CES, list(zip(at, ease, strict=True)), ces, say),
    )


def twelve_weeks(locale: str = "en") -> Picture:
    """Three figures: with a goal, with a new wording, with an empty week and one of few answers; two notes."""
    say = texts(locale)
    notes = tuple(Note(day, words) for day, words in zip(DAYS, NOTES[locale], strict=True))
    return Picture(title=TITLES[locale][0], trends=three_trends(say), notes=notes)


def scores(locale: str = "en") -> Picture:
    say = texts(locale)
    title = {"en": "Scores of week 47", "fi": "Viikon 47 arvosanat", "sv": "Betygen för vecka 47"}[locale]
    given = {10: 96, 9: 104, 8: 78, 7: 50, 6: 31, 5: 22, 4: 11, 3: 9, 2: 4, 1: 0, 0: 13}
    return Picture(title=title, distributions=(distribution(NPS, given, TITLES[locale][2], say),))


def _alone(found: Trend | Distribution, title: str = "Edge case", *notes: Note) -> Picture:
    if isinstance(found, Trend):
        return Picture(title=title, trends=(found,), notes=notes)
    return Picture(title=title, distributions=(found,), notes=notes)


def edge_cases(locale: str = "en") -> dict[str, Picture]:
    """By name: what a picture has to bear."""
    say, new_year = texts(locale), weeks(NEW_YEAR)
    long = "Asiakaspalvelukokemuksen jälkikyselytutkimus yritysasiakkaille, " * 4
    gaps = [(week, satisfied(70, 60) if k in {0, 1, 2, 5, 8, 9} else {}) for k, week in enumerate(new_year)]
    wide = [(week, {10: 20} if k % 2 else {0: 20}) for k, week in enumerate(weeks())]
    effort = [(week, {1: 30 - k, 2: 20, 3: 8 + k, 5: k}) for k, week in enumerate(weeks())]
    notes = tuple(Note(week.days[k % 7], f"note {k}: " + "words " * k) for week in new_year for k in range(3))
    every = [week for k, week in enumerate(weeks()) if k % 3 == 0]
    huge = {k: 1_234_567 * (k % 5) for k in range(11)}
    first_week = [(LAST, {4: 3, 6: 4})]
    half_year = [(week, satisfied(60 + k, 90)) for k, week in enumerate(weeks(LAST, 26))]
    twice = (trend(replace(NPS, goal=-12.0), wide[:3], long, say),) * 2
    return {
        "new-year-gaps": _alone(trend(CSAT, gaps, "CSAT", say, [new_year[9]]), "Weeks over a new year"),
        "single-week": _alone(trend(CES, first_week, "CES", say), "The first week", Note(LAST.sunday, "began")),
        "nobody": _alone(trend(replace(NPS, goal=-20.0), [(week, {}) for week in weeks()], "NPS", say)),
        "nps-all": _alone(trend(replace(NPS, goal=100.0), wide, "NPS", say, every)),
        "effort": _alone(trend(replace(EFFORT, goal=1.8), effort, "CES (lower is better)", say)),
        "long-names": Picture(title=long, trends=twice, notes=(Note(weeks()[2].sunday, long * 3),)),
        "many-notes": _alone(trend(CSAT, gaps, "CSAT", say), "Notes", *notes),
        "26-weeks": _alone(trend(CSAT, half_year, "CSAT", say)),
        "4-kpis": Picture(title="Four", trends=(*three_trends(say), trend(EFFORT, effort, "Effort", say))),
        "distribution-nobody": _alone(distribution(CSAT, {}, "CSAT", say)),
        "distribution-effort": _alone(distribution(EFFORT, {1: 30, 2: 10, 3: 0, 4: 7, 5: 1}, "Effort", say)),
        "distribution-huge": _alone(distribution(NPS, huge, long, say)),
    }
