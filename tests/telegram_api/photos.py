"""sendPhoto with its limits (core.telegram.org/bots/api#sendphoto)."""

import struct

from tests.telegram_api.entities import read
from tests.telegram_api.rules import (
    CAPTION_UNITS,
    PHOTO_BYTES,
    PHOTO_RATIO,
    PHOTO_SIDES,
    Json,
    Params,
    bad,
    checked_markup,
    units,
)
from tests.telegram_api.sending import by_bot, replied
from tests.telegram_api.state import State

PNG = b"\x89PNG\r\n\x1a\n"
UNSEEN = 16  # bytes before the width in a PNG's header


def send_photo(state: State, params: Params) -> Json:
    """Only pictures that are sent along as PNG; those of an address or a file id are refused."""
    chat = state.chat_for(params)
    photo = params.file("photo")
    width, height = _sides(photo)
    caption, entities = read(params.text("caption"), params.text("parse_mode"), state.users.get)
    if units(caption) > CAPTION_UNITS:
        raise bad("message caption is too long")
    markup = checked_markup(params.parsed("reply_markup"), private=chat.private and chat.business is None)
    thread = params.number("message_thread_id") or None
    chat.check_writable(thread, state.now())
    size = {"file_id": f"photo-{chat.last_id + 1}", "file_unique_id": f"u-{chat.last_id + 1}", "width": width,
            "height": height, "file_size": len(photo)}  # fmt: skip
    made = chat.put(state.bot, state.now(), caption=caption, photo=photo, entities=entities, markup=markup,
                    thread=thread, reply_to=replied(chat, params), rest={"photo": [size]})  # fmt: skip
    return by_bot(state, chat, made).json()


def _sides(photo: bytes) -> tuple[int, int]:
    if not photo:
        raise bad("there is no photo in the request")
    if len(photo) > PHOTO_BYTES:
        raise bad("too big for a photo")  # the wording is ours
    if not photo.startswith(PNG):
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = struct.unpack(">II", photo[UNSEEN : UNSEEN + 8])
    if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height
