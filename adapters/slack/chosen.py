"""Can whoever was chosen in the form be asked like that? Slack tells apps and other organisations apart, we do not."""

from adapters.slack.faces import Faces
from bot.events import FormSent
from bot.service.commands.form import HERE
from bot.texts import Texts


def unfit(event: object, faces: Faces, texts: Texts) -> dict[str, str]:
    """What is wrong, by the form's field, as far as Slack has told who it is; empty when nothing is.

    People of another organisation get no direct message of an app's (`cannot_dm_external` at
    https://docs.slack.dev/reference/methods/chat.postMessage/).
    """
    if not isinstance(event, FormSent) or event.person is None:
        return {}
    face = faces.seen(event.person.address.conversation)
    if face is None:
        return {}
    if face.is_bot:
        return {"person": texts("This is an app; choose a person.")}
    if face.stranger and event.values.get("where") != HERE:
        field = "where" if "where" in event.values else "person"
        return {field: texts("People of another organisation can be asked here only.")}
    return {}
