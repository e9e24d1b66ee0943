"""Slack for one team and one app: the Web API on one side, people and administrators on the other."""

from collections.abc import Callable
from typing import Any

from tests.slack_api import payloads
from tests.slack_api.deliveries import Delivery, Form, Signed
from tests.slack_api.mrkdwn import Mention, block_pings, pings, seen
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, File, Kind, Message, User, View
from tests.slack_api.rules import Call, Json, Violation
from tests.slack_api.web_api import PARTNER, TEAM, WebApi
from tests.telegram_api.changes import PATIENCE_SECONDS


class SlackApi(WebApi):
    """The stand-in; `now` gives epoch seconds, `limits` and `faults` are off when None.

    With `request_url` events and interactions go there by HTTP, without it by Socket Mode.
    Everything may be called from any thread.
    """

    # What a test sees.

    @property
    def violations(self) -> list[Violation]:
        """Everything that Slack refused as malformed."""
        return self.state.violations

    @property
    def warnings(self) -> list[Violation]:
        """What Slack takes and advises against."""
        return self.state.warnings

    @property
    def events(self) -> list[Delivery]:
        """Every event that was to go to the app, in order."""
        return self.deliveries.events

    @property
    def files(self) -> list[File]:
        return list(self.state.files.values())

    @property
    def views(self) -> list[View]:
        return list(self.state.views.values())

    def calls_of(self, method: str) -> list[Call]:
        with self.changes.reading():
            return [call for call in self.calls if call.method == method]

    def channel_of(self, channel_id: str) -> Channel:
        return self.state.channels[channel_id]

    def message(self, channel_id: str, ts: str) -> Message | None:
        with self.changes.reading():
            return self.state.channels[channel_id].message(ts)

    def seen(self, what: Message | View) -> str:
        """What a person sees of it, as plain text; a line for each text."""
        text = what.text if isinstance(what, Message) else what.title
        return seen(text, what.blocks, self.state.name_of)

    def pings(self, message: Message) -> list[Mention]:
        """Whom the message notifies: people, groups and broadcasts in its text or blocks."""
        return [*pings(message.text), *block_pings(message.blocks)]

    def wait(self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """From a thread: until it holds, looked at after each change; TimeoutError after real seconds."""
        self.changes.wait(condition, seconds)

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """The same in an event loop."""
        await self.changes.until(condition, seconds)

    async def settled(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Until nothing waits to be delivered or acknowledged."""
        await self.changes.until(lambda: self.deliveries.idle, seconds)

    # Deliveries.

    def signed(self, form: Form, payload: Json, *, secret: str | None = None, at: float | None = None) -> Signed:
        """A request signed with another secret or at another time (epoch seconds), for `post`."""
        return self.deliveries.signed(form, payload, secret=secret, at=at)

    def post(self, request: Signed) -> Delivery:
        """Sends this very request to the request URL, however often."""
        assert self.deliveries.request_url, "requests go by HTTP"
        return self.deliveries.push(Delivery("interactive", {}, self.changes, raw=request))

    def resend(self, delivery: Delivery) -> Delivery:
        """The same again: the very same bytes by HTTP, a new envelope of the same payload by Socket Mode."""
        if self.deliveries.request_url and delivery.request is not None:
            return self.post(delivery.request)
        again = Delivery(delivery.form, delivery.payload, self.changes)
        return self.deliveries.push(again)

    def send(self, delivery: Delivery) -> Delivery:
        """Sends what was made with `send=False`."""
        return self.deliveries.push(delivery)

    def verify_url(self, challenge: str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P") -> Delivery:
        """The handshake of a new request URL; its body must be or hold the challenge."""
        payload = {"token": payloads.VERIFICATION, "challenge": challenge, "type": "url_verification"}
        return self.post(self.signed("events_api", payload))

    def interaction(self, payload: Json, form: Form = "interactive") -> Delivery:
        """Sends any interaction or command."""
        return self.deliveries.push(Delivery(form, payload, self.changes))

    def redeliver(self) -> list[Delivery]:
        """Sends all events again that were not acknowledged, whatever the clock says."""
        return self.deliveries.redeliver()

    def tick(self) -> None:
        """Sends the events again whose time has come by the clock; to be called after it was set on."""
        with self.changes.changing():
            pass  # whoever waits looks again

    # The people's side.

    def person(self, user_id: str, name: str, locale: str = "en-US", *, team: str = TEAM, **more: Any) -> Person:
        """Somebody of our team, or with `team=PARTNER` of Slack Connect; `more` is further fields of `User`."""
        with self.changes.changing():
            user = User(user_id, name.lower().replace(" ", "."), name, team, locale, **more)
            self.state.users[user_id] = user
            return Person(self.state, self.deliveries, user)

    def channel(
        self,
        channel_id: str,
        name: str,
        *members: Person,
        kind: Kind = "channel",
        bot: bool = True,
        shared: bool = False,
    ) -> Channel:
        """A channel (`kind="group"` for a private one) with these people and, unless `bot` is False, the bot.

        With `shared` it is shared with PARTNER by Slack Connect.
        """
        with self.changes.changing():
            teams = (TEAM, PARTNER) if shared else ()
            made = Channel(channel_id, name, kind, {one.id for one in members}, shared_teams=teams)
            made.creator = members[0].id if members else ""
            made.members |= {self.state.bot.id} if bot else set()
            self.state.channels[channel_id] = made
            return made

    def invite_bot(self, channel: Channel, by: Person) -> None:
        """As `/invite @pulssi`, which the bot hears as member_joined_channel of itself."""
        with self.changes.changing():
            channel.members.add(self.state.bot.id)
            event = {"type": "member_joined_channel", "user": self.state.bot.id, "channel": channel.id,
                     "channel_type": channel.id[0], "team": self.state.team_id, "inviter": by.id,
                     "event_ts": self.state.ts()}  # fmt: skip
            self._on_event(event, channel, by.id)

    def kick_bot(self, channel: Channel, by: Person) -> None:
        """Removes the bot, which it hears as channel_left or group_left."""
        with self.changes.changing():
            kind = "group_left" if channel.kind == "group" else "channel_left"
            event = {"type": kind, "channel": channel.id, "actor_id": by.id, "event_ts": self.state.ts()}
            self._on_event(event, channel, by.id)
            channel.members.discard(self.state.bot.id)

    def archive(self, channel: Channel, by: Person) -> None:
        with self.changes.changing():
            channel.archived = True
            kind = "group_archive" if channel.kind == "group" else "channel_archive"
            event = {"type": kind, "channel": channel.id, "user": by.id, "event_ts": self.state.ts()}
            self._on_event(event, channel, by.id)

    def move(self, channel: Channel, new_id: str) -> None:
        """Gives a channel another id, as sharing it can do; the old one is not found any more."""
        with self.changes.changing():
            del self.state.channels[channel.id]
            event = {"type": "channel_id_changed", "old_channel_id": channel.id, "new_channel_id": new_id,
                     "event_ts": self.state.ts()}  # fmt: skip
            channel.id = new_id
            self.state.channels[new_id] = channel
            self._on_event(event, channel, "")

    def deactivate(self, person: Person) -> None:
        with self.changes.changing():
            person.user.deleted = True
            event = {"type": "user_change", "user": person.user.json(), "event_ts": self.state.ts()}
            self._on_event(event, None, person.id)

    def revoke(self, error: str = "token_revoked") -> None:
        """From now on every call is refused with this error, as account_inactive after an uninstall."""
        with self.changes.changing():
            event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.state.bot.id]}}
            self._on_event(event | {"event_ts": self.state.ts()}, None, "")
            self.state.revoked = error

    def uninstall(self) -> None:
        """The app hears app_uninstalled and tokens_revoked, in any order."""
        with self.changes.changing():
            self._on_event({"type": "app_uninstalled", "event_ts": self.state.ts()}, None, "")
            self.revoke("account_inactive")
