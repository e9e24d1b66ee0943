"""Block Kit as a screen might show it: HTML with a look of our own, for pictures."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from bot.values import replace
from tests.slack_api.places import File, Message
from tests.slack_api.rules import Json

FOOT = "A rendering of the message JSON; not a photograph of Slack"
ALONE = "Only visible to you"
NameOf = Callable[[str], str]
_ENTITY = re.compile(r"&amp;(lt|gt|amp);")
_SPECIAL = re.compile(r"&lt;([@#!]?)([^&|]*(?:&amp;[^&|]*)*)(?:\|(.*?))?&gt;")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_STYLE = """
:root { color-scheme: light; --wall: #fff; --text: #1b1d21; --soft: #5d636b; --line: #d9dce0; --key: #fff;
  --edge: #b4b9c0; --link: #1264a3; --go: #0b6b4f; --red: #b0243f; --alone: #f4f5f7; --tag: #e9f0f7; --bar: #f7f7f8; }
:root.dark { color-scheme: dark; --wall: #17191d; --text: #e4e6e9; --soft: #a3a9b1; --line: #383c43; --key: #1f2227;
  --edge: #5a6069; --link: #63b3ea; --go: #2c8f6e; --red: #f08a9c; --alone: #202329; --tag: #1d3247; --bar: #1e2126; }
* { box-sizing: border-box; margin: 0; }
body { background: var(--wall); color: var(--text); font: 15px/1.42 "DejaVu Sans", sans-serif; }
header.place { background: var(--bar); border-bottom: 1px solid var(--line); padding: 10px 14px; }
header.place b { display: block; font-size: 16px; }
header.place span, footer, .context, .hint, .alone small, time { color: var(--soft); }
header.place span, footer { font-size: 12px; }
main { display: flex; flex-direction: column; gap: 14px; padding: 14px; }
.said { display: grid; grid-template-columns: 34px minmax(0, 1fr); gap: 9px; }
.face { width: 34px; height: 34px; border-radius: 8px; color: #fff; font-weight: bold; text-align: center;
  line-height: 34px; }
.who b { font-size: 15px; } .who i { font: 10px/1 sans-serif; background: var(--line); border-radius: 3px;
  padding: 2px 4px; margin-left: 5px; vertical-align: 2px; }
time { font-size: 11.5px; margin-left: 6px; }
.alone { background: var(--alone); margin: 0 -14px; padding: 7px 14px; }
.alone small { display: block; font-size: 11.5px; margin: 0 0 3px 43px; }
.thread { margin-left: 17px; border-left: 2px solid var(--line); padding-left: 12px; display: flex;
  flex-direction: column; gap: 12px; }
.blocks { display: flex; flex-direction: column; gap: 8px; margin-top: 3px; min-width: 0; }
.blocks p { white-space: pre-wrap; overflow-wrap: anywhere; }
.blocks h3 { font-size: 18px; line-height: 1.3; }
.blocks img { width: 100%; border-radius: 8px; border: 1px solid var(--line); }
.context { font-size: 12.5px; }
.context span + span { margin-left: 8px; }
.keys { display: flex; flex-wrap: wrap; gap: 7px; }
.key { border: 1px solid var(--edge); border-radius: 7px; background: var(--key); padding: 5px 12px; font-weight: bold;
  font-size: 14px; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.key.danger { color: var(--red); border-color: var(--red); }
.key.primary { color: #fff; background: var(--go); border-color: var(--go); }
hr { border: 0; border-top: 1px solid var(--line); width: 100%; }
.tag { background: var(--tag); color: var(--link); border-radius: 3px; padding: 0 2px; }
a { color: var(--link); }
.modal { border: 1px solid var(--line); border-radius: 10px; margin: 14px; }
.modal > header, .modal > nav { display: flex; align-items: center; gap: 8px; padding: 11px 14px; }
.modal > header { border-bottom: 1px solid var(--line); font-weight: bold; font-size: 17px; }
.modal > header i { width: 22px; height: 22px; font: 12px/22px sans-serif; }
.modal > nav { border-top: 1px solid var(--line); justify-content: flex-end; }
.modal > .blocks { padding: 13px 14px; gap: 14px; margin: 0; }
label { display: block; font-weight: bold; font-size: 14.5px; margin-bottom: 4px; }
label span { font-weight: normal; color: var(--soft); font-size: 13px; }
.hint { font-size: 12.5px; margin-top: 3px; }
.field { border: 1px solid var(--edge); border-radius: 6px; padding: 7px 10px; min-height: 36px;
  overflow-wrap: anywhere; }
.field.long { min-height: 80px; }
.field.menu::after { content: "▾"; float: right; color: var(--soft); }
.radio { display: flex; gap: 8px; padding: 3px 0; }
.radio::before { content: "○"; } .radio.on::before { content: "◉"; color: var(--link); }
.error { color: var(--red); font-size: 13px; }
footer { text-align: center; padding: 2px 14px 12px; font-size: 10.5px; }
"""
_FACES = ("#5b4a8a", "#8a4a5b", "#3d6b52", "#8a6a2f", "#38608a")


def chat(title: str, about: str, messages: Sequence[Message], name_of: NameOf, *, bot: str, dark: bool = False) -> str:
    """A conversation as one person sees it: replies stand below what they reply to, `bot` is the app's user id."""
    known = {one.ts for one in messages}
    shown = []
    for message in messages:
        if message.thread_ts in known and message.thread_ts != message.ts:
            continue
        shown.append(_message(message, name_of, bot))
        if below := [one for one in messages if one.thread_ts == message.ts != one.ts]:
            shown.append(f'<div class="thread">{"".join(_message(one, name_of, bot) for one in below)}</div>')
    head = f'<header class="place"><b>{escape(title)}</b><span>{escape(about)}</span></header>'
    return _page(f"{head}<main>{''.join(shown)}</main>", dark=dark)


def with_files(messages: Sequence[Message], files: Sequence[File]) -> list[Message]:
    """The messages with uploaded images where they name them."""
    data = {file.id: base64.b64encode(file.data or b"").decode() for file in files}
    return [replace(one, blocks=[_with_file(block, data) for block in one.blocks]) for one in messages]


def _with_file(block: Json, data: Mapping[str, str]) -> Json:
    if "slack_file" not in block:
        return block
    return {**block, "image_url": f"data:image/png;base64,{data[block['slack_file']['id']]}"}


def modal(view: Json, name_of: NameOf, values: Mapping[str, Json], *, dark: bool = False) -> str:
    """A dialogue; `values` are what was typed so far, by block and action as in `state.values`."""
    keys = [f'<span class="key">{_text(view["close"])}</span>'] if "close" in view else []
    keys += [f'<span class="key primary">{_text(view["submit"])}</span>'] if "submit" in view else []
    blocks = "".join(_block(block, name_of, values) for block in view["blocks"])
    return _page(
        f'<section class="modal"><header>{_face("Pulssi", "i")}{_text(view["title"])}</header>'
        f'<div class="blocks">{blocks}</div><nav>{"".join(keys)}</nav></section>',
        dark=dark,
    )


def home(view: Json, name_of: NameOf, *, about: str, dark: bool = False) -> str:
    """The app's home."""
    blocks = "".join(_block(block, name_of, {}) for block in view["blocks"])
    head = f'<header class="place"><b>Pulssi</b><span>{escape(about)}</span></header>'
    return _page(f'{head}<main><div class="blocks">{blocks}</div></main>', dark=dark)


def _page(body: str, *, dark: bool) -> str:
    return (
        f'<!doctype html><html lang="en" class="{"dark" if dark else ""}"><meta charset="utf-8"><style>{_STYLE}</style>'
        f"{body}<footer>{FOOT}</footer></html>"
    )


def _message(message: Message, name_of: NameOf, bot: str) -> str:
    name, at = name_of(message.user), datetime.fromtimestamp(float(message.ts), UTC)
    blocks = [_block(block, name_of, {}) for block in message.blocks] or [f"<p>{_mrkdwn(message.text, name_of)}</p>"]
    app = "<i>APP</i>" if message.user == bot else ""
    edited = '<span class="context">(edited)</span>' if message.edited and message.user != bot else ""
    said = (
        f'<div class="said">{_face(name, "div")}<div><div class="who"><b>{escape(name)}</b>{app}'
        f'<time>{at:%H:%M}</time></div><div class="blocks">{"".join(blocks)}{edited}</div></div></div>'
    )
    return f'<div class="alone"><small>{ALONE}</small>{said}</div>' if message.to else said


def _face(name: str, tag: str) -> str:
    colour = _FACES[sum(map(ord, name)) % len(_FACES)]
    return f'<{tag} class="face" style="background:{colour}">{escape(name[:1].upper())}</{tag}>'


def _block(block: Json, name_of: NameOf, values: Mapping[str, Json]) -> str:  # noqa: C901  # one case a kind
    match block["type"]:
        case "section":
            made = f"<p>{_said(block['text'], name_of)}</p>"
        case "header":
            made = f"<h3>{_text(block['text'])}</h3>"
        case "context":
            said = "".join(f"<span>{_said(one, name_of)}</span>" for one in block["elements"])
            made = f'<div class="context">{said}</div>'
        case "divider":
            made = "<hr>"
        case "actions":
            made = f'<div class="keys">{"".join(map(_key, block["elements"]))}</div>'
        case "rich_text":
            made = f"<p>{''.join(_rich(block['elements'], name_of))}</p>"
        case "input":
            made = _input(block, name_of, values.get(block["block_id"], {}))
        case "image":
            made = f'<img src="{escape(block["image_url"])}" alt="{escape(block["alt_text"])}">'
        case other:
            raise ValueError(f"no picture of a block of type {other}")
    return made


def _key(element: Json) -> str:
    if element["type"] == "button":
        return f'<span class="key {element.get("style", "")}">{_text(element["text"])}</span>'
    chosen = element.get("initial_option", element)
    return f'<span class="key">{_text(chosen.get("text") or chosen["placeholder"])} ▾</span>'


def _rich(elements: Sequence[Json], name_of: NameOf) -> Iterator[str]:
    for element in elements:
        if element["type"] == "text":
            yield escape(element["text"])
        elif element["type"] == "user":
            yield f'<span class="tag">@{escape(name_of(element["user_id"]))}</span>'
        yield from _rich(element.get("elements", ()), name_of)


def _input(block: Json, name_of: NameOf, typed: Mapping[str, Json]) -> str:
    element, may = block["element"], " <span>(optional)</span>" if block.get("optional") else ""
    hint = f'<div class="hint">{_text(block["hint"])}</div>' if "hint" in block else ""
    held = typed.get(element["action_id"], {})
    return f"<div><label>{_text(block['label'])}{may}</label>{_field(element, held, name_of)}{hint}</div>"


def _field(element: Json, held: Json, name_of: NameOf) -> str:
    match element["type"]:
        case "plain_text_input":
            value = held.get("value") or element.get("initial_value", "")
            return f'<div class="field {"long" if element.get("multiline") else ""}">{escape(value)}</div>'
        case "users_select":
            user = held.get("selected_user") or element.get("initial_user", "")
            return f'<div class="field menu">{escape(name_of(user)) if user else ""}</div>'
        case "static_select":
            option = held.get("selected_option") or element.get("initial_option")
            return f'<div class="field menu">{_text(option["text"]) if option else ""}</div>'
        case "radio_buttons":
            chosen = (held.get("selected_option") or element.get("initial_option") or {}).get("value")
            return "".join(_option(option, on=option["value"] == chosen) for option in element["options"])
        case other:
            raise ValueError(f"no picture of a field of type {other}")


def _option(option: Json, *, on: bool) -> str:
    return f'<div class="radio {"on" if on else ""}"><span>{_text(option["text"])}</span></div>'


def _said(text: Json, name_of: NameOf) -> str:
    return _mrkdwn(text["text"], name_of) if text["type"] == "mrkdwn" else _text(text)


def _text(text: Json) -> str:
    return escape(text["text"])


def _mrkdwn(text: str, name_of: NameOf) -> str:
    """Mentions, links and bold type; Slack has escaped the rest once, HTML does so again."""

    def special(match: re.Match[str]) -> str:
        sign, target, label = match[1], match[2], match[3]
        if sign:
            return f'<span class="tag">{sign}{label or escape(name_of(target))}</span>'
        return f"<a>{label or target}</a>"

    marked = _BOLD.sub(r"<b>\1</b>", _SPECIAL.sub(special, escape(text, quote=False)))
    return _ENTITY.sub(r"&\1;", marked)
