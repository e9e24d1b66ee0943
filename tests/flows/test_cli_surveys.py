"""`pulssi surveys`: versions from a file, all or nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongUse
from bot.service.catalogue import parse_surveys, survey_toml
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey, Wording
from tests.flows.commands import Terminal

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)
CES_EFFORT = Survey("effort", Kind.CES, Scale(1, 5), (1, 2), (4, 5), Direction.LOWER)


@pytest.fixture
def pulssi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(tmp_path, monkeypatch)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    usual = draw(st.sampled_from([*BUILT_IN, CES_EFFORT]))
    locales = draw(st.sets(st.sampled_from(["en", "fi", "sv"])))
    wording = {locale: Wording(draw(TEXT), follow_up_low=draw(TEXT)) for locale in sorted(locales)}
    return Survey(
        draw(st.from_regex(r"[a-z][a-z0-9_-]{0,9}", fullmatch=True)), usual.kind, usual.scale, usual.good, usual.bad,
        usual.direction, wording=wording, expires_after=timedelta(seconds=draw(st.integers(1, 31_536_000))),
        editable_for=timedelta(seconds=draw(st.integers(1, 31_536_000))),
        goal=None if usual.scale is None else draw(st.none() | st.integers(100, 500).map(lambda n: n / 100)),
    )  # fmt: skip


@given(surveys())
def test_what_is_shown_can_be_applied(survey: Survey) -> None:
    assert parse_surveys(survey_toml(survey)) == [survey]


def test_the_documented_survey_can_be_applied() -> None:
    page = (Path(__file__).parents[2] / "docs" / "surveys.md").read_text("utf-8")
    (survey,) = parse_surveys(page.partition("```toml\n")[2].partition("```")[0])
    assert (survey.slug, survey.wording["en"].follow_up_low) == ("delivery", "What went wrong?")


def test_defaults_follow_the_kind() -> None:
    names = {survey.slug: survey for survey in BUILT_IN}
    for kind in Kind:
        assert parse_surveys(f'[[survey]]\nname = "{kind}"\nkind = "{kind}"') == [names[kind]]
    (effort,) = parse_surveys('[[survey]]\nname = "effort"\nkind = "ces"\nhigh = 5\ndirection = "lower"')
    assert effort == CES_EFFORT
    (seven,) = parse_surveys('[[survey]]\nname = "seven"\nkind = "csat"\nhigh = 7')
    assert (seven.good, seven.bad) == ((6, 7), (1, 3))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no survey"),
        ("survey = 3", "no survey"),
        ("[[survey]", "not TOML"),
        ("[[surveys]]", "Did you mean 'survey'"),
        ('[[survey]]\nkind = "csat"', "name is missing"),
        ('[[survey]]\nname = "A b"\nkind = "csat"', "small letters"),
        ('[[survey]]\nname = "a"', "kind is missing"),
        ('[[survey]]\nname = "a"\nkind = "stars"', "csat, ces, nps, open"),
        ('[[survey]]\nname = "a"\nkind = "csat"\nhigth = 7', "Did you mean 'high'"),
        ('[[survey]]\nname = "a"\nkind = "csat"\nhigh = 6', "good"),
        ('[[survey]]\nname = "a"\nkind = "csat"\nhigh = "7"', "whole numbers"),
        ('[[survey]]\nname = "a"\nkind = "csat"\ngood = [4, 5]', "together"),
        ('[[survey]]\nname = "a"\nkind = "csat"\ngood = [1, 2]\nbad = [4, 5]', "bands"),
        ('[[survey]]\nname = "a"\nkind = "csat"\ngood = 4\nbad = 1', "first and the last"),
        ('[[survey]]\nname = "a"\nkind = "ces"\nhigh = 9', "give good and bad"),
        ('[[survey]]\nname = "a"\nkind = "nps"\nhigh = 5', "NPS"),
        ('[[survey]]\nname = "a"\nkind = "open"\nlow = 1', "takes words"),
        ('[[survey]]\nname = "a"\nkind = "csat"\nexpires_days = 0', "expires_days"),
        ('[[survey]]\nname = "a"\nkind = "csat"\nexpires_days = nan', "expires_days"),
        ('[[survey]]\nname = "a"\nkind = "csat"\ngoal = "high"', "goal is a number"),
        ('[[survey]]\nname = "a"\nkind = "csat"\ngoal = nan', "goal is a number"),
        ('[[survey]]\nname = "a"\nkind = "csat"\ngoal = true', "goal is a number"),
        ('[[survey]]\nname = "a"\nkind = "csat"\ngoal = 101', "lies from 0 to 100"),
        ('[[survey]]\nname = "a"\nkind = "ces"\ngoal = 7.5', "lies from 1 to 7"),
        ('[[survey]]\nname = "a"\nkind = "nps"\ngoal = -101', "lies from -100 to 100"),
        ('[[survey]]\nname = "a"\nkind = "open"\ngoal = 5', "no goal"),
        ('[[survey]]\nname = "a"\nkind = "csat"\nwording = "x"', "survey.wording"),
        ('[[survey]]\nname = "a"\nkind = "csat"\n[survey.wording.de]\nquestion = "?"', "'de'"),
        ('[[survey]]\nname = "a"\nkind = "csat"\n[survey.wording.en]\nlow_end = "?"', "question is missing"),
        ('[[survey]]\nname = "a"\nkind = "csat"\n[survey.wording.en]\nquestion = 3', "to be a text"),
        ('[[survey]]\nname = "a"\nkind = "csat"\n[survey.wording.en]\nqestion = "?"', "Did you mean 'question'"),
        ('[[survey]]\nname = "a"\nkind = "csat"\n[[survey]]\nname = "a"\nkind = "nps"', "more than once"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, reason: str) -> None:
    with pytest.raises(WrongUse, match=reason):
        parse_surveys(text)


def version(pulssi: Terminal, name: str) -> int | None:
    return {one["name"]: one["version"] for one in pulssi.ok("surveys", "list", "--json").json}.get(name)


def test_a_change_makes_a_version_and_the_same_makes_none(pulssi: Terminal) -> None:
    file = pulssi.file("a.toml", '[[survey]]\nname = "delivery"\nkind = "csat"\n')
    assert "would become version 1" in pulssi.ok("surveys", "apply", file, "--dry-run").out
    assert version(pulssi, "delivery") is None
    assert pulssi.ok("surveys", "apply", file).out == "delivery: new, is now version 1\n"
    assert pulssi.ok("surveys", "apply", file).out == "delivery: unchanged, version 1\n"
    for name in ("csat", "ces", "nps", "open", "delivery"):
        shown = pulssi.file("shown.toml", pulssi.ok("surveys", "show", name).out)
        assert pulssi.ok("surveys", "apply", shown).out == f"{name}: unchanged, version 1\n"
    changed = pulssi.file(
        "b.toml", '[[survey]]\nname = "delivery"\nkind = "csat"\n[survey.wording.en]\nquestion = "Ok?"\n'
    )
    assert pulssi.ok("surveys", "apply", changed).out == "delivery: changed, is now version 2\n"
    assert pulssi.ok("ask", "--survey", "delivery", "--to", "webchat:mikko", "--json").json["state"] == "scheduled"


def test_a_goal_makes_no_version_and_can_be_taken_back(pulssi: Terminal) -> None:
    bare = '[[survey]]\nname = "delivery"\nkind = "csat"\n'
    pulssi.ok("surveys", "apply", pulssi.file("bare.toml", bare))
    goal = pulssi.file("goal.toml", f"{bare}goal = 85.5\n")
    assert pulssi.ok("surveys", "apply", goal, "--dry-run").out == "delivery: would have the goal 85.5, version 1\n"
    assert "goal" not in pulssi.ok("surveys", "show", "delivery").out
    assert pulssi.ok("surveys", "apply", goal).out == "delivery: has now the goal 85.5, version 1\n"
    assert "goal = 85.5\n" in pulssi.ok("surveys", "show", "delivery").out
    assert pulssi.ok("surveys", "apply", goal).out == "delivery: unchanged, version 1\n"
    [delivery] = [one for one in pulssi.ok("surveys", "list", "--json").json if one["name"] == "delivery"]
    assert (delivery["goal"], delivery["version"]) == (85.5, 1)
    assert pulssi.ok("surveys", "apply", "bare.toml").out == "delivery: has now no goal, version 1\n"
    other = pulssi.file("other.toml", f'{bare}goal = 90\n[survey.wording.en]\nquestion = "Ok?"\n')
    assert pulssi.ok("surveys", "apply", other).out == "delivery: changed, is now version 2\n"
    assert "goal = 90\n" in pulssi.ok("surveys", "show", "delivery").out


def test_a_mistake_anywhere_stores_nothing(pulssi: Terminal) -> None:
    file = pulssi.file("a.toml", '[[survey]]\nname = "one"\nkind = "csat"\n[[survey]]\nname = "two"\nkind = "stars"\n')
    said = pulssi("surveys", "apply", file)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert version(pulssi, "one") is None
    for bad in (pulssi.file("b.toml", b"\xff\xfe"), "missing.toml"):
        assert pulssi("surveys", "apply", bad).code == 2
    assert pulssi("surveys", "show", "zzz").code == 2
