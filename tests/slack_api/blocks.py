"""Block Kit checked on the raw JSON: each problem in Slack's words, with a JSON pointer to its place."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

import msgspec

from tests.slack_api import schema
from tests.slack_api.schema import Field

Surface = Literal["message", "modal", "home"]


def problems(blocks: Any, surface: Surface, at: str = "/blocks") -> Iterator[str]:
    """What Slack would refuse in these blocks; nothing for good ones."""
    if not isinstance(blocks, list):
        yield _said("must be an array", at)
        return
    most = schema.MOST_BLOCKS[surface]
    if len(blocks) > most:
        yield _said(f"no more than {most} items allowed", at)
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        where = f"{at}/{number}"
        yield from _block(block, where)
        name = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(name, str) and name in seen:
            yield _said(f"`block_id` {name!r} already exists", f"{where}/block_id")
        seen |= {name} if isinstance(name, str) else set()


def view_problems(view: Any, kinds: Collection[str]) -> Iterator[str]:
    """The same for a view of one of these kinds (modal, home)."""
    if not isinstance(view, dict) or view.get("type") not in kinds:
        yield _said(f"view must be an object of type {' or '.join(kinds)}", "/view")
        return
    home = view["type"] == "home"
    yield from _fields(view, schema.HOME if home else schema.MODAL, "/view", {"type"})
    yield from problems(view.get("blocks"), "home" if home else "modal", "/view/blocks")
    blocks = view.get("blocks") if isinstance(view.get("blocks"), list) else []
    if not home and "submit" not in view and any(_type(one) == "input" for one in blocks or []):
        yield _said("must define `submit` to use an `input` block in modals", "/view/submit")
    if len(msgspec.json.encode(view)) > schema.VIEW_BYTES:
        yield _said("view is too large", "/view")


def action_ids(blocks: Any) -> list[str]:
    """Every action_id of the elements of blocks."""
    return [str(one["action_id"]) for block in _dicts(blocks) for one in elements(block) if one.get("action_id")]


def elements(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The elements of one block, wherever it carries them."""
    single = [block[name] for name in ("element", "accessory") if name in block]
    return [one for one in [*(block.get("elements") or []), *single] if isinstance(one, dict)]


def _block(block: Any, at: str) -> Iterator[str]:
    kind = _type(block)
    if kind in schema.UNREAD_BLOCKS:
        return
    if kind not in schema.BLOCKS:
        yield _said(f"unsupported type: {kind or 'none'}", at)
        return
    yield from _fields(block, schema.BLOCKS[kind], at, {"type", "block_id"})
    yield from _string(block.get("block_id", "-"), schema.BLOCK_ID_LONGEST, f"{at}/block_id")
    match kind:
        case "section":
            yield from _section(block, at)
        case "actions":
            yield from _listed(block.get("elements"), at, schema.MOST_ELEMENTS)
            yield from _elements(block, at, schema.IN_ACTIONS)
        case "context":
            yield from _listed(block.get("elements"), at, schema.MOST_IN_CONTEXT)
            yield from _elements(block, at, schema.IN_CONTEXT)
        case "input":
            yield from _element(block.get("element"), f"{at}/element", schema.IN_INPUT)
        case "image":
            yield from _image(block, at)
        case _:
            pass


def _section(block: Mapping[str, Any], at: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield _said("missing required field: text or fields", at)
    if "fields" in block:
        if not isinstance(block["fields"], list) or not 1 <= len(block["fields"]) <= schema.MOST_FIELDS:
            yield _said(f"must have 1 to {schema.MOST_FIELDS} items", f"{at}/fields")
        for number, one in enumerate(_dicts(block["fields"])):
            yield from _text(one, schema.FIELD_LONGEST, f"{at}/fields/{number}", plain=False)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{at}/accessory", schema.IN_SECTION)


def _listed(found: Any, at: str, most: int) -> Iterator[str]:
    if not isinstance(found, list) or not found:
        yield _said("no less than 1 items allowed", f"{at}/elements")
    elif len(found) > most:
        yield _said(f"no more than {most} items allowed", f"{at}/elements")


def _elements(block: Mapping[str, Any], at: str, allowed: Collection[str]) -> Iterator[str]:
    seen: set[str] = set()
    found = block.get("elements")
    for number, one in enumerate(found if isinstance(found, list) else []):
        where = f"{at}/elements/{number}"
        yield from _element(one, where, allowed)
        name = one.get("action_id") if isinstance(one, dict) else None
        if isinstance(name, str) and name in seen:
            yield _said(f"`action_id` {name!r} already exists for `block_id`", f"{where}/action_id")
        seen |= {name} if isinstance(name, str) else set()


def _element(element: Any, at: str, allowed: Collection[str]) -> Iterator[str]:
    kind = _type(element)
    if kind not in allowed:
        yield _said(f"unsupported type: {kind or 'none'}", at)
        return
    if kind in {"mrkdwn", "plain_text"}:
        yield from _text(element, 3000, at, plain=kind == "plain_text")
        return
    yield from _fields(element, schema.ELEMENTS[kind], at, {"type"})
    if "confirm" in element:
        yield from _fields(element["confirm"], schema.CONFIRM, f"{at}/confirm")
    if kind == "image":
        yield from _image(element, at)
    if "url" in element and not re.match(r"[a-z][a-z0-9+.-]*:\S+$", str(element["url"])):
        yield _said("invalid url", f"{at}/url")
    if kind in schema.OPTION_COUNTS:
        yield from _options(element, kind, at)


def _options(element: Mapping[str, Any], kind: str, at: str) -> Iterator[str]:
    groups = element.get("option_groups")
    lists = [(f"{at}/options", element.get("options"))]
    if groups is not None:
        lists = [(f"{at}/option_groups/{n}/options", one.get("options")) for n, one in enumerate(_dicts(groups))]
        for number, one in enumerate(_dicts(groups)):
            yield from _fields(one, schema.GROUP, f"{at}/option_groups/{number}")
    most = schema.OPTION_COUNTS[kind]
    known: list[Any] = []
    for where, options in lists:
        if not isinstance(options, list) or not 1 <= len(options) <= most:
            yield _said(f"must have 1 to {most} items", where)
        for number, one in enumerate(_dicts(options)):
            yield from _fields(one, schema.OPTIONS.get(kind, schema.OPTION), f"{where}/{number}")
        known += _dicts(options)
    chosen = element.get("initial_options") or [element[name] for name in ("initial_option",) if name in element]
    if any(one not in known for one in chosen):
        yield _said("initial option must match one of the options", f"{at}/initial_option")


def _image(image: Mapping[str, Any], at: str) -> Iterator[str]:
    if ("image_url" in image) == ("slack_file" in image):
        yield _said("needs image_url or slack_file", at)
    if "slack_file" in image:
        yield from _slack_file(image["slack_file"], f"{at}/slack_file")
    if "image_url" in image and not re.match(r"https?://\S+$", str(image["image_url"])):
        yield _said("invalid image url", f"{at}/image_url")


def _slack_file(named: Any, at: str) -> Iterator[str]:
    """https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object"""
    if not isinstance(named, dict) or len(named) != 1 or not {"id", "url"} >= named.keys():
        yield _said("must have either id or url", at)
    elif "id" in named and not re.fullmatch(r"F[A-Z0-9]{8,}", str(named["id"])):
        yield _said("input must match regex pattern: ^[F][A-Z0-9]{8,}$", f"{at}/id")


def _fields(found: Any, known: Mapping[str, Field], at: str, besides: Collection[str] = ()) -> Iterator[str]:
    if not isinstance(found, dict):
        yield _said("must be an object", at)
        return
    for name in found:
        if name not in known and name not in besides:
            yield _said(f"invalid additional property: {name}", at)
    for name, field in known.items():
        if name in found:
            yield from _field(found[name], field, f"{at}/{name}")
        elif field.needed:
            yield _said(f"missing required field: {name}", at)


def _field(value: Any, field: Field, at: str) -> Iterator[str]:
    match field.kind:
        case "text":
            yield from _string(
                value, field.longest, at, empty=at.endswith(("private_metadata", "callback_id", "value"))
            )
        case "plain" | "any_text":
            yield from _text(value, field.longest, at, plain=field.kind == "plain")
        case "flag" if not isinstance(value, bool):
            yield _said("must be a boolean", at)
        case "number" if isinstance(value, bool) or not isinstance(value, int):
            yield _said("must be an integer", at)
        case "number" if field.longest and value > field.longest:
            yield _said(f"must be at most {field.longest}", at)
        case "word" if value not in field.words:
            yield _said(f"must be one of {sorted(field.words)}", at)
        case _:
            pass


def _text(found: Any, longest: int, at: str, *, plain: bool) -> Iterator[str]:
    kinds = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if _type(found) not in kinds:
        yield _said(f"must be a text object of type {' or '.join(sorted(kinds))}", at)
        return
    allowed = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}[found["type"]]
    for name in found.keys() - allowed:
        yield _said(f"invalid additional property: {name}", at)
    yield from _string(found.get("text"), longest, f"{at}/text")


def _string(value: Any, longest: int, at: str, *, empty: bool = False) -> Iterator[str]:
    if not isinstance(value, str):
        yield _said("must be a string", at)
    elif not value.strip() and not empty:
        yield _said("must be more than 0 characters", at)
    elif len(value) > longest:
        yield _said(f"must be less than {longest + 1} characters", at)


def _type(found: Any) -> str:
    return str(found.get("type") or "") if isinstance(found, dict) else ""


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _said(what: str, at: str) -> str:
    return f"[ERROR] {what} [json-pointer:{at}]"
