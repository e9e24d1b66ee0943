"""What measures, surveys and groups are called."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.channels import traits
from bot.summary import Group
from bot.surveys import Direction, Kind, Survey
from bot.texts import Texts

NO_VALUE = "\u2013"
LONGEST_NAME = 60


def measure(survey: Survey) -> str:
    """The kind, where an effort scale is another measure than a scale of ease."""
    return "effort" if survey.kind is Kind.CES and survey.direction is Direction.LOWER else survey.kind.value


_Word = Callable[[Texts], str]
_LABELS: Mapping[str, _Word] = MappingProxyType(
    {
        "csat": lambda texts: texts("CSAT"),
        "nps": lambda texts: texts("NPS"),
        "ces": lambda texts: texts("CES"),
        "effort": lambda texts: texts("CES (lower is better)"),
    }
)


def label(survey: Survey, texts: Texts) -> str:
    found = _LABELS[measure(survey)](texts)
    return found if survey.slug == survey.kind.value else f"{found}, {survey.slug}"


def short(survey: Survey) -> str:
    """The survey in mid-sentence, where a long label with a capital cannot stand: `NPS`, `CSAT (exit)`."""
    found = survey.kind.value.upper()
    return found if survey.slug == survey.kind.value else f"{found} ({survey.slug})"


def group_words(group: Group, texts: Texts) -> str:
    """`team Billing`: the name stands as it is, since no language can bend a name that it does not know."""
    name = " ".join(group.key.split())
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
    if group.dimension == "channel":
        own = texts("web chat") if group.key == "webchat" else name
        return texts("channel {name}").replace("{name}", traits(group.key).label or own)
    words = {
        "team": texts("team {name}"),
        "agent": texts("agent {name}"),
        "touchpoint": texts("touchpoint {name}"),
        "tag": texts("tag {name}"),
    }
    return words[group.dimension].replace("{name}", name)
