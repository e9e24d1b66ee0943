"""Slack's Web API as state without I/O: methods, tokens, scopes, limits and what was called."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.slack_api import asking, messages, modals, payloads
from tests.slack_api.deliveries import Deliveries, Delivery
from tests.slack_api.faults import Fault, Faults
from tests.slack_api.limits import Limits, too_many
from tests.slack_api.places import Channel, User
from tests.slack_api.rules import Answer, Call, Json, Params, Refused
from tests.slack_api.scopes import SCOPES, event_scope, needed_scope
from tests.slack_api.socket_mode import Sockets
from tests.slack_api.state import State

BOT_TOKEN = "xoxb-1-2-a-bot-token-for-tests"  # noqa: S105  (opens nothing)
APP_TOKEN = "xapp-1-A0PULSSI-1-an-app-token-for-tests"  # noqa: S105  (opens nothing)
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105  (the example of Slack's documentation)
TEAM, APP, BOT_USER, BOT = "T0ACME", "A0PULSSI", "U0PULSSI", "B0PULSSI"
PARTNER = "T0PARTNER"  # another team, for people of Slack Connect

METHODS: Mapping[str, Callable[[State, Params], Json]] = {
    "auth.test": asking.auth_test,
    "apps.connections.open": asking.connections_open,
    "bots.info": asking.bots_info,
    "team.info": asking.team_info,
    "chat.postMessage": messages.post_message,
    "chat.postEphemeral": messages.post_ephemeral,
    "chat.update": messages.update,
    "chat.delete": messages.delete,
    "chat.getPermalink": messages.get_permalink,
    "conversations.open": asking.conversations_open,
    "conversations.info": asking.conversations_info,
    "conversations.join": asking.conversations_join,
    "conversations.list": asking.conversations_list,
    "conversations.members": asking.conversations_members,
    "conversations.history": asking.history,
    "conversations.replies": asking.history,
    "users.info": asking.users_info,
    "users.list": asking.users_list,
    "users.lookupByEmail": asking.users_lookup_by_email,
    "users.conversations": asking.users_conversations,
    "views.open": modals.open_view,
    "views.push": modals.push_view,
    "views.update": modals.update_view,
    "views.publish": modals.publish_view,
    "files.getUploadURLExternal": asking.get_upload_url,
    "files.completeUploadExternal": asking.complete_upload,
}


class WebApi:
    """The app's side of the stand-in: calls in, events out; everything may be called from any thread."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        scopes: Iterable[str] = SCOPES,
        request_url: str = "",
        limits: Limits | None = None,
    ) -> None:
        bot = User(BOT_USER, "pulssi", "Pulssi", TEAM, is_bot=True)
        self.bot_token, self.app_token, self.signing_secret = BOT_TOKEN, APP_TOKEN, SIGNING_SECRET
        self.state = State(now, TEAM, "Acme", "acme", APP, bot, BOT, set(scopes))
        self.state.users[bot.id] = bot
        self.state.on_event = self._on_event
        self.changes = self.state.changes
        self.deliveries = Deliveries(self.changes, now, SIGNING_SECRET, request_url)
        self.sockets = Sockets(self.state, self.deliveries)
        self.limits = limits
        self.faults: Faults | None = None
        self.calls: list[Call] = []

    def call(self, method: str, token: str, given: Mapping[str, Any]) -> Answer:
        """Does one call at once. Parameters as a query, a form or a JSON body brings them."""
        with self.changes.changing():
            params = Params(given)
            try:
                answer = Answer(200, {"ok": True, **self._do(method, token, params)})
            except Refused as why:
                answer = why.answer()
            return self._noted(method, params, answer)

    def failing(self, method: str, given: Mapping[str, Any], fault: Fault) -> Answer:
        """The answer of a call that is not done because of this fault."""
        with self.changes.changing():
            if fault == "429":
                refusal = too_many(self.faults.retry_after if self.faults else 1)
            elif fault in {"500", "503"}:
                refusal = Refused("internal_error", status=int(fault))
            else:
                refusal = Refused(fault)
            return self._noted(method, Params(given), refusal.answer())

    def draw(self, method: str, given: Mapping[str, Any]) -> Fault | None:
        """What is to go wrong with this call, by `faults`."""
        with self.changes.reading():
            return None if self.faults is None else self.faults.draw(method, Params(given))

    def respond(self, name: str, given: Json) -> Answer:
        """What a response URL answers; a text when it is well, JSON when not."""
        with self.changes.changing():
            try:
                messages.respond(self.state, name, given)
                answer = Answer(200, "ok")
            except Refused as why:
                answer = why.answer()
            self._noted("response_url", Params(given), answer)
            return answer

    def upload(self, file_id: str, data: bytes) -> Answer:
        with self.changes.changing():
            file = self.state.files.get(file_id)
            if file is None or file.data is not None or len(data) != file.length:
                return Answer(400, "wrong length, unknown file or a second time")
            file.data = data
            return Answer(200, f"OK - {len(data)}")

    def event(self, event: Json, channel: Channel | None = None, user: str = "") -> Delivery:
        """Sends any event, whatever scopes and subscriptions say."""
        with self.changes.changing():
            made = payloads.event_callback(self.state, event, channel, user)
            return self.deliveries.push(Delivery("events_api", made, self.changes))

    def _do(self, method: str, token: str, params: Params) -> Json:
        if method not in METHODS:
            raise Refused("unknown_method", req_method=method)
        self._admit(method, token, params)
        if method == "apps.connections.open" and self.sockets.refusing:
            raise Refused(self.sockets.refusing)
        if self.limits is not None:
            self.limits.count(method, params.place, self.state.now())
        return METHODS[method](self.state, params)

    def _admit(self, method: str, token: str, params: Params) -> None:
        for_app = method == "apps.connections.open"
        if not token:
            raise Refused("not_authed")
        if token not in {self.bot_token, self.app_token}:
            raise Refused("invalid_auth")
        if self.state.revoked and token == self.bot_token:
            raise Refused(self.state.revoked)
        if for_app != (token == self.app_token) and method != "auth.test":
            raise Refused("not_allowed_token_type")
        scopes = self.state.app_scopes if token == self.app_token else self.state.scopes
        needed = needed_scope(method, self.state.channels.get(params.place))
        if needed and needed not in scopes:
            raise Refused("missing_scope", needed=needed, provided=",".join(sorted(scopes)))

    def _noted(self, method: str, params: Params, answer: Answer) -> Answer:
        error = str(answer.body.get("error", "")) if isinstance(answer.body, dict) else ""
        kept = {name: value for name, value in params.given.items() if name != "token"}
        self.calls.append(Call(self.state.now(), method, params.place, answer.status, error, kept))
        headers = {"x-oauth-scopes": ",".join(sorted(self.state.scopes)), **answer.headers}
        return Answer(answer.status, answer.body, headers)

    def _on_event(self, event: Json, channel: Channel | None, user: str) -> None:
        if channel is not None and self.state.bot.id not in channel.members:
            return
        name, scope = event_scope(event, channel)
        subscribed = self.state.events is None or name in self.state.events
        if subscribed and (not scope or scope in self.state.scopes) and not self.state.revoked:
            self.event(event, channel, user)
