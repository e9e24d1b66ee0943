"""Pictures in Slack: uploaded for nobody in particular, and shown by the message that names the file."""

import asyncio
from typing import Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.charts import tried
from adapters.slack.client import Client
from adapters.slack.errors import is_our_token, translated
from adapters.slack.mrkdwn import Json
from adapters.slack.render import Rendered
from bot.errors import ChannelError, TryAgainLater, described
from bot.picture_text import alt_text
from bot.pictures import Picture
from bot.ports import Dispatch
from bot.texts import texts
from bot.values import replace

# https://docs.slack.dev/reference/block-kit/blocks/image-block/ and its like for the file itself,
# https://docs.slack.dev/reference/methods/files.getUploadURLExternal/ (`alt_txt_too_large`).
LONGEST_ALT: Final = 2000
LONGEST_FILE_ALT: Final = 1000
UPLOAD_SECONDS: Final = 8.0  # well below what the sender gives a message as a whole
MOST_TRIES: Final = 2  # for the picture's sake; then the words go alone
FILE_NAME: Final = "pulssi.png"
_DOING: Final = "uploading a picture"
log = structlog.get_logger()


class Images:
    """Uploads with the scope `files:write`. Slack has one look for everybody: the light one."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._last: tuple[int, str] | None = None  # of which dispatch, and the file that was uploaded for it

    async def of(self, dispatch: Dispatch) -> Json | None:
        """The block that shows the dispatch's picture; None without one, or where it goes without.

        `TryAgainLater` while Slack asks for a pause, and for other trouble on the way as long as it is young: nothing
        was posted yet. A refused upload is told in the log, and by `pulssi doctor`.
        """
        picture, lang = dispatch.prompt.picture, dispatch.prompt.lang
        if picture is None:
            return None
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                file = await self._uploaded(dispatch, picture, lang)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ChannelError) as error:
            self._check_worth_a_retry(dispatch, error)
            return None
        if not file:
            return None
        words = _cut(alt_text(picture, texts(lang)), LONGEST_ALT)
        return {"type": "image", "slack_file": {"id": file}, "alt_text": words}

    @staticmethod
    def _check_worth_a_retry(
        dispatch: Dispatch, error: SlackClientError | aiohttp.ClientError | TimeoutError | ChannelError
    ) -> None:
        found = error if isinstance(error, ChannelError) else translated(error, _DOING)
        refused = isinstance(error, SlackApiError) and is_our_token(error)  # for this alone: the words may go
        if isinstance(found, TryAgainLater) and not refused and dispatch.attempts < MOST_TRIES:
            raise found from error
        log.warning("the message goes without its picture", error=described(found))

    async def _uploaded(self, dispatch: Dispatch, picture: Picture, lang: str) -> str:
        """The file's id; empty when the picture cannot be drawn. A repeated send shows the file that there is."""
        if self._last is not None and dispatch.id and self._last[0] == dispatch.id:
            return self._last[1]
        image = await tried(picture, texts(lang))
        if image is None:
            return ""
        words = _cut(alt_text(picture, texts(lang)), LONGEST_FILE_ALT)
        place = await self._client.web.files_getUploadURLExternal(filename=FILE_NAME, length=len(image), alt_txt=words)
        file = str(place["file_id"])
        await self._client.upload(str(place["upload_url"]), image)
        await self._client.web.files_completeUploadExternal(files=[{"id": file, "title": picture.title}])
        self._last = dispatch.id, file
        return file


def with_image(page: Rendered, image: Json) -> Rendered:
    """The page with the picture below its words and above its buttons."""
    place = next((at for at, block in enumerate(page.blocks) if block["type"] == "actions"), len(page.blocks))
    return replace(page, blocks=[*page.blocks[:place], image, *page.blocks[place:]])


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"
