"""The stand-in's views and trigger ids, with the real Bolt behind HTTP."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.bolt import Clock, button, by_http, modal, refused
from tests.slack_api.people import NotFilledIn, Person
from tests.slack_api.places import View
from tests.slack_api.slack_api import SlackApi

OPTIONS = [{"text": {"type": "plain_text", "text": word}, "value": word.lower()} for word in ("CSAT", "NPS")]
MENU = {"type": "input", "block_id": "kind", "optional": True, "label": {"type": "plain_text", "text": "Kind"},
        "element": {"type": "static_select", "action_id": "menu", "options": OPTIONS}}  # fmt: skip


@pytest_asyncio.fixture
async def view(api: SlackApi, app: AsyncApp, slack: AsyncWebClient, mikko: Person) -> AsyncGenerator[View]:
    """An open modal, while Bolt answers by HTTP."""
    async with by_http(app) as api.deliveries.request_url:
        await slack.views_open(trigger_id=mikko.command("/survey", send=False).trigger_id, view=modal())
        assert mikko.modal is not None
        yield mikko.modal


async def test_a_trigger_is_good_once_and_for_three_seconds(slack: AsyncWebClient, mikko: Person, clock: Clock) -> None:
    first, second = [mikko.command("/survey", send=False).trigger_id for _ in range(2)]
    await slack.views_open(trigger_id=first, view=modal())
    assert await refused(slack.views_open(trigger_id=first, view=modal())) == "exchanged_trigger_id"
    clock.at += 3.1
    assert await refused(slack.views_open(trigger_id=second, view=modal())) == "expired_trigger_id"
    assert await refused(slack.views_open(trigger_id="1.2", view=modal())) == "invalid_trigger_id"


async def test_a_submission_with_errors_and_without(api: SlackApi, app: AsyncApp, view: View, mikko: Person) -> None:
    bodies: list[dict[str, Any]] = []

    @app.view("comment")
    async def sent(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        if body["view"]["state"]["values"]["comment"]["text"]["value"] == "no":
            await ack(response_action="errors", errors={"comment": "Say more"})
        else:
            await ack()

    with pytest.raises(NotFilledIn):
        mikko.submit(view)
    with pytest.raises(NotFilledIn):
        mikko.submit(view, {"comment": "x" * 21})
    with pytest.raises(LookupError):
        mikko.submit(view, {"comment": "x", "other": "y"})
    await mikko.submit(view, {"comment": "no"})
    assert (view.open, view.errors) == (True, {"comment": "Say more"})
    done = await mikko.submit(view, {"text": "Hyvä"})
    assert (view.open, mikko.modal) == (False, None)
    again = await api.resend(done)
    assert (again.acknowledged, len(bodies)) == (True, 3)
    assert bodies[-1]["view"]["private_metadata"] == "kept"
    assert "response_url" not in bodies[-1]


async def test_answers_that_push_update_and_clear(api: SlackApi, app: AsyncApp, view: View, mikko: Person) -> None:
    answers: list[dict[str, Any]] = [
        {"response_action": "update", "view": modal(title={"type": "plain_text", "text": "Again"})},
        {"response_action": "push", "view": modal()},
        {"response_action": "update", "view": modal(title={"type": "plain_text", "text": "x" * 25})},
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "clear"},
    ]

    @app.view("comment")
    async def sent(ack: Any) -> None:
        await ack(answers.pop(0))

    await mikko.submit(view, {"comment": "a"})
    assert view.title == "Again"
    await mikko.submit(view)
    assert mikko.modal is not None
    assert mikko.modal.previous is view
    assert (await mikko.submit(mikko.modal, {"comment": "b"})).error == "invalid_arguments"
    assert (await mikko.submit(mikko.modal)).error == "invalid_arguments"
    assert [one.method for one in api.violations] == ["response_action"] * 2
    await mikko.submit(mikko.modal)
    assert mikko.modal is None


async def test_updates_by_id_and_hash(slack: AsyncWebClient, view: View) -> None:
    old = view.hash
    await slack.views_update(view_id=view.id, hash=old, view=modal(external_id="x-1"))
    assert await refused(slack.views_update(view_id=view.id, hash=old, view=modal())) == "hash_conflict"
    await slack.views_update(external_id="x-1", view=modal(MENU))
    assert await refused(slack.views_update(external_id="x-1", view=modal())) == "not_found"


async def test_a_button_and_a_menu_in_a_modal(app: AsyncApp, slack: AsyncWebClient, mikko: Person, view: View) -> None:
    bodies: list[dict[str, Any]] = []

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        bodies.append(body)
        await client.views_push(trigger_id=body["trigger_id"], view=modal(MENU, notify_on_close=True))

    @app.view_closed("comment")
    async def closed(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        bodies.append(body)

    actions = {"type": "actions", "elements": [button("More", "more")]}
    await slack.views_update(view_id=view.id, view=modal(actions, MENU))
    assert (await mikko.press(view, "More")).acknowledged
    pushed = mikko.modal
    assert pushed is not None
    assert bodies[0]["container"] == {"type": "view", "view_id": view.id}
    values = mikko.submit(pushed, {"menu": "NPS"}, send=False).payload["view"]["state"]["values"]
    assert values["kind"]["menu"]["selected_option"]["value"] == "nps"
    closing = mikko.close(pushed)
    assert closing is not None
    assert (await closing).acknowledged
    assert (bodies[1]["type"], bodies[1]["is_cleared"], mikko.modal) == ("view_closed", False, view)


async def test_a_home(api: SlackApi, slack: AsyncWebClient, mikko: Person) -> None:
    home = {"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "KPI"}}]}
    mikko.open_home()
    assert (api.events[-1].event["type"], "view" in api.events[-1].event) == ("app_home_opened", False)
    await slack.views_publish(user_id=mikko.id, view=home)
    assert mikko.home is not None
    assert api.seen(mikko.home) == "KPI"
    mikko.open_home()
    assert api.events[-1].event["view"]["id"] == mikko.home.id
