"""The methods that read or settle: the bot, its updates, webhook, commands and chats (core.telegram.org/bots/api)."""

import re
from urllib.parse import urlsplit

from tests.telegram_api.people import member
from tests.telegram_api.rules import SECRET, Json, Params, Refused, bad
from tests.telegram_api.state import State
from tests.telegram_api.updates import Webhook

MOST_UPDATES = 100
PORTS = {443, 80, 88, 8443}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
BY_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "Conflict: terminated by setWebhook request"


def get_me(state: State, _params: Params) -> Json:
    return {**state.bot, "can_join_groups": True, "can_read_all_group_messages": not state.privacy,
            "supports_inline_queries": False, "can_connect_to_business": True, "has_main_web_app": False}  # fmt: skip


def get_updates(state: State, params: Params) -> list[Json]:
    """What waits now; the server adds the long poll's wait."""
    if state.updates.webhook is not None:
        raise Refused(409, ACTIVE)
    state.updates.end_poll(BY_POLL)
    state.updates.allow(params.parsed("allowed_updates"))
    state.updates.confirm_before(params.number("offset"))
    return waiting(state, params)


def waiting(state: State, params: Params) -> list[Json]:
    limit = params.number("limit", MOST_UPDATES)
    return state.updates.first(limit if 1 <= limit <= MOST_UPDATES else MOST_UPDATES, state.now())


def set_webhook(state: State, params: Params) -> bool:
    url = params.text("url")
    if not url:
        return delete_webhook(state, params)
    _check_address(url)
    secret = params.text("secret_token")
    if secret and not SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters" if len(secret) <= 256 else "secret token is too long")
    state.updates.end_poll(BY_WEBHOOK)
    state.updates.allow(params.parsed("allowed_updates"))
    if params.flag("drop_pending_updates"):
        state.updates.drop_pending()
    made = Webhook(url, secret, min(max(params.number("max_connections", 40), 1), 100))
    now = state.updates.webhook
    if now is None or (now.url, now.secret, now.max_connections) != (made.url, made.secret, made.max_connections):
        state.updates.webhook = made
    return True


def delete_webhook(state: State, params: Params) -> bool:
    state.updates.webhook = None
    if params.flag("drop_pending_updates"):
        state.updates.drop_pending()
    return True


def get_webhook_info(state: State, _params: Params) -> Json:
    hook, queue = state.updates.webhook, state.updates
    made: Json = {"url": hook.url if hook else "", "has_custom_certificate": False,
                  "pending_update_count": len(queue.pending)}  # fmt: skip
    if hook is not None:
        made |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error:
            made |= {"last_error_message": hook.last_error, "last_error_date": hook.last_error_date}
    return {**made, "allowed_updates": sorted(queue.allowed)} if queue.allowed else made


def set_my_commands(state: State, params: Params) -> bool:
    commands: list[Json] = params.parsed("commands") or []
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(one.get("command", ""))):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[_scope(state, params)] = commands
    return True


def get_my_commands(state: State, params: Params) -> list[Json]:
    return state.commands.get(_scope(state, params), [])


def delete_my_commands(state: State, params: Params) -> bool:
    state.commands.pop(_scope(state, params), None)
    return True


def get_chat(state: State, params: Params) -> Json:
    chat = state.chat_for(params)
    if chat.kicked:
        chat.check_reachable()
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    more: Json = {"accent_color_id": 1, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, True)}
    if not chat.private:
        more["permissions"] = {"can_send_messages": not chat.muted}
    return {**chat.json(), **more}


def get_chat_member(state: State, params: Params) -> Json:
    chat, user_id = state.chat_for(params), params.number("user_id")
    chat.check_reachable()
    if user_id == state.bot["id"]:
        return member(state.bot, "restricted" if chat.muted else chat.bot_status)
    if user_id not in state.users:
        raise bad("user not found")
    return member(state.users[user_id], chat.members.get(user_id, "left"))


def get_business_connection(state: State, params: Params) -> Json:
    found = state.businesses.get(params.text("business_connection_id"))
    if found is None:
        raise bad("business connection not found")
    return found.json()


def _check_address(url: str) -> None:
    """Telegram takes https on four ports; here http on loopback, too, for tests."""
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK and parts.scheme == "http":
        return
    if parts.scheme != "https" or not parts.hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _scope(state: State, params: Params) -> tuple[str, str]:
    """Scope as `type` or `type:chat` or `type:chat:user`, and the language."""
    scope: Json = params.parsed("scope") or {"type": "default"}
    if "chat_id" in scope and int(scope["chat_id"]) not in state.chats:
        raise bad("chat not found")
    parts = [scope["type"], scope.get("chat_id"), scope.get("user_id")]
    return ":".join(str(part) for part in parts if part is not None), params.text("language_code")
