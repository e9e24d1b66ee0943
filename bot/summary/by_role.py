"""What of a summary is for owners alone."""

from bot.summary.findings import Summary
from bot.summary.material import Group
from bot.values import replace


def for_staff(summary: Summary) -> Summary:
    """Without anybody's words and without figures of single people (ARCHITECTURE.md, "Who sees what")."""
    return replace(
        summary,
        comments=(),
        movers=tuple(one for one in summary.movers if _is_crowd(one.group)),
        silent=tuple(one for one in summary.silent if _is_crowd(one.group)),
        groups=tuple(one for one in summary.groups if _is_crowd(one.group)),
        steps=tuple(one for one in summary.steps if one.group is None or _is_crowd(one.group)),
    )


def _is_crowd(group: Group) -> bool:
    return group.dimension != "agent"
