"""Messages of the Bot API as a phone might show them: HTML with a look of our own, for pictures."""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise

from tests.telegram_api.chats import Message
from tests.telegram_api.rules import Json

FOOT = "A rendering of the message JSON; not a photograph of Telegram"
_TAGS = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code",
         "expandable_blockquote": "q"}  # fmt: skip
_STYLE = """
:root { color-scheme: light; --wall: #cfdce6; --ours: #fff; --theirs: #e3f6d3; --text: #101418; --soft: #5f6f7b;
  --link: #1565a7; --key: #ffffffb8; --bar: #f5f8fa; --red: #b3261e; }
:root.dark { color-scheme: dark; --wall: #10171d; --ours: #1f2a33; --theirs: #24513d; --text: #eef2f5; --soft: #9aabb8;
  --link: #7cc0f5; --key: #33424ecc; --bar: #18222a; --red: #ff9d94; }
* { box-sizing: border-box; margin: 0; }
body { width: 390px; background: var(--wall); color: var(--text); font: 15px/1.38 "DejaVu Sans", sans-serif; }
header { background: var(--bar); padding: 11px 16px; }
header b { display: block; font-size: 16px; }
header span, footer { color: var(--soft); font-size: 12px; }
main { display: flex; flex-direction: column; gap: 8px; padding: 14px 10px; }
section { max-width: 335px; align-self: flex-start; min-width: 110px; }
section.keys { width: 335px; }
section.person { align-self: flex-end; }
article { background: var(--ours); border-radius: 14px; padding: 8px 12px 6px; overflow-wrap: anywhere; }
.person article { background: var(--theirs); }
article img { display: block; width: calc(100% + 24px); margin: -8px -12px 8px; border-radius: 14px 14px 0 0; }
article p { white-space: pre-wrap; }
article h2 { font-size: 13px; color: var(--link); }
article time { display: block; text-align: right; color: var(--soft); font-size: 11px; }
article a { color: var(--link); }
blockquote { border-left: 3px solid var(--link); padding: 1px 8px; margin: 2px 0 4px; font-size: 13px;
  color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
article q { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; quotes: none;
  border-left: 3px solid var(--link); border-radius: 4px; padding: 1px 8px; font-size: 13px; color: var(--soft); }
.row { display: flex; gap: 4px; margin-top: 4px; }
.row span { flex: 1; min-width: 0; background: var(--key); border-radius: 9px; padding: 9px 6px; text-align: center;
  font-size: 14px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.row .danger { color: var(--red); }
footer { text-align: center; padding: 2px 4px 12px; font-size: 10.5px; }
"""


def page(title: str, about: str, messages: Sequence[Json], *, me: int, dark: bool = False) -> str:
    """A chat as a page 390 px wide, on the phone of the person `me`; `about` is what stands below the chat's name."""
    shown = "".join(_message(message, me) for message in messages)
    return (
        f'<!doctype html><html lang="en" class="{"dark" if dark else ""}"><meta charset="utf-8"><style>{_STYLE}</style>'
        f"<header><b>{escape(title)}</b><span>{escape(about)}</span></header>"
        f"<main>{shown}</main><footer>{FOOT}</footer></html>"
    )


def shown(message: Message) -> Json:
    """The message's JSON with its photo, where it has one."""
    photo = {"src": f"data:image/png;base64,{base64.b64encode(message.photo).decode()}"} if message.photo else {}
    return {**message.json(), **photo}


def _message(message: Json, me: int) -> str:
    mine = message["from"]["id"] == me
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    kinds = ("person" if mine else "", "keys" if rows else "")
    at = datetime.fromtimestamp(message["date"], UTC)
    named = not mine and message["chat"]["type"] != "private"
    sender = f"<h2>{escape(message['from']['first_name'])}</h2>" if named else ""
    edited = "✎ " if "edit_date" in message else ""
    words = message.get("text") or message.get("caption", "")
    text = "".join(_marked(words, message.get("entities") or message.get("caption_entities") or []))
    photo = f'<img src="{escape(message["src"])}" alt="">' if "src" in message else ""
    return (
        f'<section class="{" ".join(filter(None, kinds))}"><article>{photo}{sender}{_quoted(message)}<p>{text}</p>'
        f"<time>{edited}{at:%H:%M}</time></article>{''.join(map(_row, rows))}</section>"
    )


def _quoted(message: Json) -> str:
    """What it replies to, as one line."""
    quoted = message.get("reply_to_message", {})
    if "text" not in quoted:
        return ""
    return f"<blockquote><b>{escape(quoted['from']['first_name'])}</b> {escape(quoted['text'])}</blockquote>"


def _row(row: Sequence[Json]) -> str:
    keys = (f'<span class="{key.get("style", "")}">{escape(key["text"])}</span>' for key in row)
    return f'<div class="row">{"".join(keys)}</div>'


def _marked(text: str, entities: Sequence[Json]) -> Iterator[str]:
    """The text with its entities as tags; offsets count UTF-16 units, and entities are nested, never crossed."""
    units = text.encode("utf-16-le")
    ordered = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
    edges = sorted({0, len(units) // 2} | {edge for one in ordered for edge in (one["offset"], _end(one))})
    for start, end in pairwise(edges):
        around = [_TAGS.get(one["type"], "a") for one in ordered if one["offset"] <= start and end <= _end(one)]
        piece = escape(units[2 * start : 2 * end].decode("utf-16-le"))
        yield "".join(f"<{tag}>" for tag in around) + piece + "".join(f"</{tag}>" for tag in reversed(around))


def _end(entity: Json) -> int:
    return int(entity["offset"]) + int(entity["length"])
