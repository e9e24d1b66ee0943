"""The owner in Slack with the real program by HTTP: figures, settings, the weekly message and the app's home."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.weeks import Week
from tests.flows.slack import SECONDS, labels, question, questions
from tests.flows.slack_office import BUSINESS, Office, code, initial, office, view_labels
from tests.flows.telegram import settled
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message, View

ONLY_OWNERS = "Only owners can do that."
MEANING = "What the figures mean"
DETAILS = {
    "Comments": "Comments · Week",
    "12 weeks": "12 weeks · Week",
    "Answers by score": "Answers by score · Week",
    "Low scores": "Low scores · Week",
    MEANING: "Share of answers of 4\u20135",
    "This week so far": "so far",
}
LONG_NAME = "Äärimmäisen pitkän nimen osakeyhtiö ja kumppanit, Pohjois-Pohjanmaan toimipiste "[:79] + "y"
AGENTS = [f"{name} {'Pitkänimi-Asiakaspalveluhenkilö'}"[:40].ljust(40, "n") for name in ("Aino", "Eero", "Ilmari")]
LONG_WORDS = "Kolmivaihekilowattituntimittarinlukemailmoituslomakkeeseen jäi vanha tieto, ja odotin viikon. " * 20
MANY = 30
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One program for all tests of this file, with answers of last week and of this one; nothing malformed in any."""
    with office(tmp_path_factory.mktemp("owner"), "http") as here:
        _imported(here)
        yield here
        here.is_clean()


def _imported(shop: Office) -> None:
    now = datetime.now(UTC)  # noqa: TID251  # the real process reads the real clock too
    lines = ["id,survey,score,comment,agent,team,answered_at"]
    for number in range(60):
        day = now - timedelta(days=7 + number % 21)
        words = LONG_WORDS.strip() if number % 5 == 0 else ""
        row = (number, "csat", 1 + number % 5, words, AGENTS[number % 3], f"Tiimi {number % 3}", day.isoformat())
        lines.append(",".join(f'"{part}"' for part in row))
    file = shop.server.folder / "answers.csv"
    file.write_text("\n".join(lines), "utf-8")
    done = shop.server.cli("import", str(file))
    assert done.returncode == 0, (done.stdout, done.stderr)


def last_week() -> Week:
    return Week.of(datetime.now(UTC).date()).previous()  # noqa: TID251  # the real process reads the real clock too


def answered(shop: Office, name: str, score: int) -> None:
    """Sofia has somebody asked, who answers."""
    kim = shop.customer(name)
    view = shop.form(shop.sofia)
    shop.sends(shop.sofia, view, person=kim.id)
    shop.presses(shop.sofia, view, "Ask", "Asked:")
    kim.tap(question(shop.api, kim.dm), f"s:{score}").wait(SECONDS)


def posted(shop: Office, where: Channel) -> Message:
    """Has the weekly message sent; the one that comes there."""
    before = len(where.messages)
    done = shop.server.cli("summary", "--post")
    assert done.returncode == 0, done.stderr
    shop.api.wait(lambda: any(MEANING in labels(one) for one in where.messages[before:]), SECONDS)
    return where.messages[-1]


def home(shop: Office, who: Person) -> View:
    """The app's first page, opened now."""
    before = len(shop.api.calls_of("views.publish"))
    who.open_home()
    shop.api.wait(lambda: len(shop.api.calls_of("views.publish")) > before, SECONDS)
    assert who.home is not None
    return who.home


def shows(shop: Office, who: Person, what: View | Message, label: str, expected: str) -> str:
    """What stands on a page or in a message after a press, once the expected words are there."""
    assert expected not in shop.api.seen(what)
    done = who.press(what, label) if isinstance(what, View) else who.tap(what, label)
    assert done.wait(SECONDS).acknowledged
    shop.api.wait(lambda: expected in shop.api.seen(what), SECONDS)
    return shop.api.seen(what)


def pressed(shop: Office, who: Person, message: Message, label: str) -> str:
    """What that person alone gets beside the message for a press."""
    where = message.channel
    before = len(who.ephemerals(where))
    assert who.tap(message, label).wait(SECONDS).acknowledged
    shop.api.wait(lambda: len(who.ephemerals(where)) > before, SECONDS)
    return shop.api.seen(who.ephemerals(where)[-1])


def test_whoever_has_the_code_owns_it_once(shop: Office) -> None:
    told = shop.api.seen(shop.says(shop.olli, f"claim {shop.server.claim_code}", "You are a member already."))
    assert told == "You are a member already."
    shop.says(shop.eve, f"claim {shop.server.claim_code}", "This code is wrong, used or too old.", shop.support)
    assert f"owner of {BUSINESS}" in shop.api.seen(shop.says(shop.olli, "whoami", "Olli Omistaja"))


def test_figures_are_told_to_the_owner_alone(shop: Office) -> None:
    answered(shop, "Kaisa Kolme", 3)
    week = last_week()
    told = shop.says(shop.olli, "summary", f"Week {week.number}", shop.support)
    assert told.to == shop.olli.id
    assert "CSAT" in told.text
    assert f"Week {week.previous().number}" in shop.api.seen(
        shop.says(shop.olli, f"summary {week.previous().number}", f"Week {week.previous().number}")
    )
    shop.says(shop.olli, "summary now", "so far")
    shop.says(shop.olli, "summary 2199-W01", "has not begun")
    every = shop.api.seen(shop.says(shop.olli, "kpi", "This week so far, and last week"))
    assert "CSAT" in every
    shop.says(shop.olli, "kpi csat", "This week so far, and last week")
    shop.says(shop.olli, "kpi nothing", "There is no survey nothing with figures")
    assert not any("CSAT" in shop.api.seen(one) for one in shop.support.messages)


def test_settings_by_buttons_and_by_words(shop: Office) -> None:
    shown = shop.says(shop.olli, "settings", "Settings")
    for label, expected in (
        ("Time zone", "In which time zone"),
        ("Europe/Helsinki", "Time zone: Europe/Helsinki"),
        ("Day and hour", "On which day"),
        ("Fri", "At which hour?"),
        ("Back", "Time zone: Europe/Helsinki"),
        ("Day and hour", "On which day"),
        ("Tue", "At which hour?"),
        ("08:00", "Next: Tue"),
        ("Language", "In which language"),
        ("Back", "Language: English"),
    ):
        shows(shop, shop.olli, shown, label, expected)
    shop.says(shop.olli, "timezone europe/stockholm", "Time zone: Europe/Stockholm")
    shop.says(shop.olli, "timezone Mars", "Write an IANA time zone, as in /survey timezone Europe/Helsinki.")
    shop.says(shop.olli, f"business {LONG_NAME}", LONG_NAME)
    shop.says(shop.olli, f"business {'x' * 81}", "at most 80 characters")
    shop.says(shop.olli, f"business {BUSINESS}", f"Business: {BUSINESS}")


@pytest.mark.parametrize("place", ["channel", "own chat"])
def test_the_weekly_message_and_its_details(shop: Office, place: str) -> None:
    where = shop.api.channel("C0OWNERS", "owners", shop.olli, shop.sofia) if place == "channel" else shop.olli.dm
    where.members.add(shop.eve.id) if place == "channel" else None
    shop.types(shop.olli, "here", where)
    begun = "is posted here from now on"
    shop.api.wait(lambda: any(begun in shop.api.seen(one) for one in shop.olli.sees(where)), SECONDS)
    week = posted(shop, where)
    seen, text = shop.api.seen(week), week.text
    assert week.blocks[0]["type"] == "header"
    assert f"Week {last_week().number}" in seen.splitlines()[0]
    assert text.splitlines()[0] == seen.splitlines()[0]
    assert len(text) <= 4000
    assert shop.api.pings(week) == []

    assert set(DETAILS) <= set(labels(week))
    for label, expected in DETAILS.items():
        assert expected in pressed(shop, shop.olli, week, label)
    if place == "channel":
        for label in ("Comments", "Low scores"):
            assert pressed(shop, shop.sofia, week, label) == ONLY_OWNERS
        assert "12 weeks · Week" in pressed(shop, shop.sofia, week, "12 weeks")
        assert "\u201c" not in pressed(shop, shop.sofia, week, "This week so far")
        for label in DETAILS:
            assert pressed(shop, shop.eve, week, label) == "Only members of the workspace can do that."
    settled(shop.server)
    assert (shop.api.seen(week), week.text, week.edited) == (seen, text, False)
    assert set(DETAILS) <= set(labels(week))

    shop.types(shop.olli, "here", where)
    already = "The summary is posted here already."
    shop.api.wait(lambda: any(already in shop.api.seen(one) for one in shop.olli.sees(where)), SECONDS)
    stop = next(one for one in reversed(shop.olli.sees(where)) if already in shop.api.seen(one))
    shop.olli.tap(stop, "Stop posting here").wait(SECONDS)
    shop.api.wait(lambda: "is not posted here any more" in shop.api.seen(stop), SECONDS)


def test_the_home_of_a_stranger_and_of_the_staff(shop: Office) -> None:
    page = home(shop, shop.eve)
    assert view_labels(page) == ["What do you keep about me?"]
    assert "Week" not in shop.api.seen(page)
    shown = shows(shop, shop.eve, page, "What do you keep about me?", "is stored about you")
    assert view_labels(page)[-1] == "Back"
    shows(shop, shop.eve, page, "Back", "This app asks you one question")
    assert "Nothing is stored about you." in shown

    page = home(shop, shop.sofia)
    assert view_labels(page) == ["Ask for feedback", "What do you keep about me?"]
    assert "Settings" not in shop.api.seen(page)
    before = shop.sofia.modal
    shop.sofia.press(page, "Ask for feedback").wait(SECONDS)
    view = shop.opened(shop.sofia, before)
    assert initial(view, "agent") == "Sofia Salo"

    page = home(shop, shop.saku)
    assert view_labels(page) == ["Pyydä palautetta", "Mitä minusta on tallennettu?"]
    assert "/survey cancel · Peru kysymys" in shop.api.seen(page)
    before = shop.saku.modal
    shop.saku.press(page, "Pyydä palautetta").wait(SECONDS)
    assert shop.opened(shop.saku, before).title == "Pyydä palautetta"


def test_the_home_of_a_customer_shows_and_deletes_what_is_kept(shop: Office) -> None:
    kirsi = shop.customer("Kirsi Kirjattu")
    view = shop.form(shop.sofia)
    shop.sends(shop.sofia, view, person=kirsi.id, ticket="T-70")
    shop.presses(shop.sofia, view, "Ask", "Asked:")
    kirsi.tap(question(shop.api, kirsi.dm), "s:2").wait(SECONDS)
    page = home(shop, kirsi)
    for label, expected in (
        ("What do you keep about me?", "This is stored about you"),
        ("Delete everything", "Shall I delete everything about you?"),
        ("Keep it", "All right, nothing was deleted."),
        ("Back", "This app asks you one question"),
        ("What do you keep about me?", "T-70"),
        ("Don't ask me again", "All right, we will not send you any more questions."),
    ):
        shows(shop, kirsi, page, label, expected)
    view = shop.form(shop.sofia)
    assert "has asked not to be asked again" in shop.sends(shop.sofia, view, person=kirsi.id)


def test_the_home_of_an_owner_has_figures_and_settings(shop: Office) -> None:
    page = home(shop, shop.olli)
    seen = shop.api.seen(page)
    assert BUSINESS in seen
    assert "so far" in seen
    assert "CSAT" in seen
    offered = view_labels(page)
    assert offered[:4] == ["Ask for feedback", "12 weeks", "Answers by score", "Low scores"]
    assert offered[offered.index("Language") :][:2] == ["Language", "Time zone"]
    for label, expected in (
        ("Time zone", "In which time zone"),
        ("Europe/London", "Time zone: Europe/London"),
    ):
        shows(shop, shop.olli, page, label, expected)
    # "Back" of the settings and "Back" of the page are two buttons.
    shows(shop, shop.olli, page, "home", "What you can do here")
    assert "Time zone: Europe/London" in shop.api.seen(page)
    # An old page, or a changed client: who is no owner sets nothing.
    forged = shop.olli.press(page, "Language", send=False)
    forged.payload["user"] = {"id": shop.eve.id, "username": "eve", "name": "eve", "team_id": "T0ACME"}
    shop.api.send(forged).wait(SECONDS)
    settled(shop.server)
    assert "Language: English" in shop.api.seen(home(shop, shop.olli))


def test_the_sign_asks_nobody_where_it_is_not_switched_on(shop: Office) -> None:
    ella = shop.customer("Ella Eimerkkiä")
    message = ella.say("A ticket", shop.support)
    shop.sofia.react(message, "white_check_mark")
    shop.api.wait(lambda: all(one.acknowledged for one in shop.api.events), SECONDS)
    settled(shop.server)
    assert shop.support.thread(message.ts) == []
    assert questions(ella.dm) == []


@pytest.fixture
def boss(shop: Office) -> Person:
    """An owner who reads Finnish, of a business with the longest name and very many surveys."""
    surveys = "".join(
        f'[[survey]]\nname = "kysely-{number:02}-{"x" * 30}"\nkind = "csat"\n'
        f'[survey.wording.fi]\nquestion = "{LONG_WORDS[:280].strip()}"\n'
        for number in range(MANY)
    )
    (shop.server.folder / "surveys.toml").write_text(surveys, "utf-8")
    done = shop.server.cli("surveys", "apply", "surveys.toml")
    assert done.returncode == 0, (done.stdout, done.stderr)
    shop.says(shop.olli, f"business {LONG_NAME}", LONG_NAME)
    found = shop.customer("Boris Bossi Toimitusjohtaja-Hallituksen-Puheenjohtaja Pitkänimi", "fi-FI")
    shop.says(found, f"join {code(shop, 'owner')}", "Tervetuloa")
    return found


def test_all_fits_however_long_it_is(shop: Office, boss: Person) -> None:
    assert LONG_NAME in shop.api.seen(home(shop, boss))
    view = shop.form(boss, "T-80", shop.support)
    [survey] = [one for one in view.blocks if one["block_id"] == "survey"]
    options = survey["element"]["options"]
    assert (survey["element"]["type"], len(options)) == ("static_select", MANY + 4)
    about = {"subject": LONG_WORDS[:200], "agent": AGENTS[0], "team": "T" * 200, "tags": ",".join("abcdefgh" * 3)}
    kim = shop.customer("Kim " + "Pitkä" * 12, "fi-FI")
    shop.sends(boss, view, person=kim.id, survey=options[-1]["value"], **about)
    shop.presses(boss, view, "Kysy", "Kysytty:")
    shown = question(shop.api, kim.dm)
    kim.tap(shown, "s:1").wait(SECONDS)
    kim.say(LONG_WORDS)
    shop.api.wait(lambda: "Kolmivaihe" in shown.text, SECONDS)
    for words, expected in (("kpi", "CSAT"), ("summary", "Viikko"), ("summary now", "Viikko"), ("help", "/survey kpi")):
        shop.says(boss, words, expected)
    home(shop, boss)
    shop.is_clean()


def test_a_long_week_fits_too(shop: Office, boss: Person) -> None:
    owners = shop.api.channel("C0BOSSES", "bosses", boss)
    shop.types(boss, "here", owners)
    shop.api.wait(lambda: owners.messages, SECONDS)
    week = posted(shop, owners)
    assert f"Week {last_week().number}" in week.text
    for label, expected in (
        ("Comments", "Kommentit · Viikko"),
        ("Low scores", "Matalat arvosanat"),
        ("12 weeks", "12 viikkoa"),
    ):
        assert expected in pressed(shop, boss, week, label)
    assert "Viikko" in pressed(shop, boss, week, "This week so far")
    shop.is_clean()
