"""Values of ours that change by being made anew.

What every tap makes several of (addresses, events, invitations, answers, messages) is a frozen `msgspec.Struct`: such a
value is made in a sixth of the time that a frozen dataclass takes, and made anew with a change in a twentieth
(docs/decisions/0025). All others are frozen dataclasses.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace  # which knows the fields of both
else:
    import dataclasses

    import msgspec

    def replace(value, /, **changes):
        """The value with these fields changed; TypeError for a field that it does not have."""
        if isinstance(value, msgspec.Struct):
            return msgspec.structs.replace(value, **changes)
        return dataclasses.replace(value, **changes)


__all__ = ["replace"]
