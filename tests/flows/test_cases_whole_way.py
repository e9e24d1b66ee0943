"""From a low score to "Done and told" with the real program: in Slack, in Telegram and in the web chat."""

from pathlib import Path

import httpx
import pytest

from tests.flows.server import RunningServer, midday
from tests.flows.slack import SECONDS, asked, question
from tests.flows.slack_office import BUSINESS, office
from tests.flows.telegram import OWNERS, TOKEN, telegram_server, works
from tests.flows.telegram import asked as asked_in_telegram
from tests.flows.telegram import question as telegram_question
from tests.flows.visitor import Visitor
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.server import in_thread

pytestmark = pytest.mark.timeout(240)
SENTENCE = "It is fixed since yesterday: invoices show 24 %."
LETTER = "It is fixed since yesterday:\ninvoices show 24 %."


@pytest.mark.parametrize("way", ["socket", "http"])
def test_in_slack(tmp_path: Path, way: str) -> None:
    with office(tmp_path, way, PULSSI_OWNER_CHANNEL="slack:C0SUPPORT", PULSSI_TIMEZONE=midday()) as desk:
        kim = desk.customer("Kim Kaskinen", "fi-FI")
        asked(desk.server, f"slack:{kim.id}", "csat", "--ticket", "T-7", "--team", "Billing", "--locale", "fi")
        kim.tap(question(desk.api, kim.dm), "s:2").wait(SECONDS)
        desk.api.wait(lambda: any("2 of 5" in desk.api.seen(one) for one in desk.support.messages), SECONDS)
        [told] = [one for one in desk.support.messages if "2 of 5" in desk.api.seen(one)]
        assert "T-7 · Billing" in desk.api.seen(told)

        desk.eve.tap(told, "I take it").wait(SECONDS)
        refusal = "Only members of the workspace can do that."
        desk.api.wait(lambda: any(refusal in desk.api.seen(one) for one in desk.eve.ephemerals(desk.support)), SECONDS)
        desk.saku.tap(told, "I take it").wait(SECONDS)
        desk.api.wait(lambda: "Saku Sihteeri takes it." in desk.api.seen(told), SECONDS)
        desk.sofia.tap(told, "I take it over").wait(SECONDS)
        desk.api.wait(lambda: desk.sofia.ephemerals(desk.support), SECONDS)
        [asks] = desk.sofia.ephemerals(desk.support)
        assert "Saku Sihteeri has it since" in desk.api.seen(asks)
        desk.sofia.tap(asks, "I take it over").wait(SECONDS)
        desk.api.wait(lambda: "Sofia Salo takes it." in desk.api.seen(told), SECONDS)

        before = desk.sofia.modal
        desk.sofia.tap(told, "Done and told").wait(SECONDS)
        view = desk.opened(desk.sofia, before)
        assert view.title == "Done and told"
        assert "Done and told" in desk.sends(desk.sofia, view, words=SENTENCE)
        desk.api.wait(lambda: SENTENCE in desk.api.seen(told), SECONDS)
        desk.api.wait(lambda: any(SENTENCE in desk.api.seen(one) for one in kim.dm.messages), SECONDS)
        [letter] = [desk.api.seen(one) for one in kim.dm.messages if SENTENCE in desk.api.seen(one)]
        assert f"Sofia Salo ({BUSINESS}) kirjoittaa sinulle vastauksestasi." in letter
        desk.is_clean()


@pytest.mark.parametrize("way", ["polling", "webhook"])
def test_in_telegram(tmp_path: Path, way: str) -> None:
    api = BotApi(TOKEN)
    team = api.group(OWNERS, "Tiimi")
    mikko, anna = api.private(41, "Mikko", "fi"), api.private(42, "Anna", "en")
    settings = {
        "PULSSI_OWNER_CHANNEL": f"telegram:{OWNERS}",
        "PULSSI_TIMEZONE": midday(),
        "PULSSI_BUSINESS_NAME": BUSINESS,
    }
    with in_thread(api) as url, telegram_server(tmp_path, url, way, **settings) as server:
        works(api, server)
        mikko.start()
        anna.write(f"/claim {server.claim_code}")
        api.wait(lambda: any("Anna" in one.text for one in anna.chat.from_bot), SECONDS)
        asked_in_telegram(server, mikko, "csat", "--ticket", "T-7")
        mikko.tap(telegram_question(api, mikko), "2").wait(SECONDS)
        api.wait(lambda: team.from_bot, SECONDS)
        [told] = team.from_bot
        assert told.text.splitlines()[0] == "2 of 5 from Mikko"

        refused = mikko.tap(told, "I take it").wait(SECONDS)
        assert refused.text == "Vain työtilan jäsenet voivat tehdä tämän."
        anna.tap(told, "I take it").wait(SECONDS)
        api.wait(lambda: "Anna takes it." in told.text, SECONDS)
        pressed = anna.tap(told, "Done and told").wait(SECONDS)
        assert pressed.text == "I ask you in our own chat."
        api.wait(lambda: any("What shall the customer read?" in one.text for one in anna.chat.from_bot), SECONDS)
        anna.write(SENTENCE)
        api.wait(lambda: any(SENTENCE in one.text for one in mikko.chat.from_bot), SECONDS)
        [letter] = [one.text for one in mikko.chat.from_bot if SENTENCE in one.text]
        assert letter.startswith(f"Anna ({BUSINESS}) kirjoittaa sinulle vastauksestasi.")
        api.wait(lambda: SENTENCE in told.text, SECONDS)
        assert told.buttons == []


def test_in_the_web_chat(tmp_path: Path) -> None:
    with RunningServer(tmp_path, PULSSI_TIMEZONE=midday()) as server:
        token = server.claim("Olli Omistaja", BUSINESS)
        headers = {"Authorization": f"Bearer {token}"}
        owner_token = httpx.get(f"{server.url}/chat/desk", headers=headers).json()["owner_token"]
        owner, kim = Visitor(server.url), Visitor(server.url, "fi", visitor="kim")
        owner.session = {**owner.session, "token": owner_token}
        server.post(
            "/chat/asks", token, {"to": kim.address, "survey": "csat", "ticket": "T-7", "locale": "fi"}
        ).raise_for_status()
        asks = kim.question()
        kim.see(asks)
        kim.tap(asks, 2).raise_for_status()
        told = owner.until(lambda one: one["prompt"]["kind"] == "case")
        assert told["prompt"]["title"].startswith("2 of 5")
        values = {one["label"]: one["value"] for one in told["prompt"]["buttons"]}
        assert list(values) == ["I take it", "Done", "Done and told"]

        refused = kim.send("menu", value=values["I take it"], message=None, locale="fi").json()
        assert refused["notice"] == "Vain työtilan jäsenet voivat tehdä tämän."
        owner.send("menu", value=values["I take it"], message=told["id"]).raise_for_status()
        taken = owner.until(lambda one: "Olli Omistaja takes it." in one["prompt"]["lines"])
        assert taken["id"] == told["id"]
        form = owner.send("menu", value=values["Done and told"], message=told["id"]).json()["form"]
        assert (form["fields"][0]["needed"], form["fields"][0]["multiline"]) == (True, True)
        empty = owner.send("form", values={"words": " "}, state=form["state"]).json()
        assert empty["errors"] == {"words": "Write what the customer shall read."}
        done = owner.send("form", values={"words": LETTER}, state=form["state"]).json()
        assert LETTER in done["prompts"][0]["lines"][-1]
        letter = kim.until(lambda one: LETTER in one["prompt"]["lines"])
        assert letter["prompt"]["title"] == f"Olli Omistaja ({BUSINESS}) kirjoittaa sinulle vastauksestasi."
        ended = owner.until(lambda one: any(LETTER in line for line in one["prompt"]["lines"]))
        assert (ended["id"], ended["prompt"]["buttons"]) == (told["id"], [])
        for visitor in (owner, kim):
            visitor.close()
