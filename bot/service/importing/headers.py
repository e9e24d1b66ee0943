"""Which column of a file is which of ours: by the owner's word, by the vendor whose file it is, by its own name."""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import WrongUse
from bot.service.columns import COLUMNS
from bot.service.importing.vendors import KNOWN_HEADERS, Vendor, plain, vendor_of

# Other names under which programs export the id of a response.
_ALIASES: Final = {"response_id": "id", "responseid": "id"}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file in their order. `names` are ours or the file's own; "" has no name, None is left out.

    `headers` gives the file's word for each column of ours that is there; `rows` is how many rows the header takes.
    """

    names: tuple[str | None, ...]
    headers: Mapping[str, str]
    left_out: tuple[str, ...]
    vendor: Vendor | None
    rows: int

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that are none of ours and are kept with the answer."""
        return tuple(name for name in self.names if name and name not in self.headers)

    def place(self, ours: str) -> int | None:
        """Where this column of ours stands."""
        return self.names.index(ours) if ours in self.headers else None

    def is_utc(self, ours: str) -> bool:
        """Does the header say that the times under it are UTC?"""
        return "utc" in plain(self.headers.get(ours, "")).replace("(", "_").replace(")", "_").split("_")


def columns_of(header: Sequence[str], second: Sequence[str], given: Mapping[str, str]) -> Columns:
    """The columns under this header; `second` is the row after it, `given` the owner's `--column`s (ours -> theirs)."""
    vendor = vendor_of(header)
    parts = _parts(header, second, vendor)
    names = _numbered(parts or header, given)
    wanted = {_known(ours): _found(theirs, names) for ours, theirs in given.items()}
    by_owner = {at: ours for ours, at in wanted.items()}
    theirs = vendor.named(names, frozenset(wanted)) if vendor else {}
    left_out = vendor.left_out if vendor else frozenset()
    ours = tuple(
        by_owner.get(at) or theirs.get(plain(name)) or _ours(name, theirs.values(), wanted, vendor)
        for at, name in enumerate(names)
    )
    taken = [name for name, n in Counter(name for name in ours if name).items() if n > 1]
    if taken:
        raise WrongUse(
            f"Two columns of line 1 would be {taken[0]!r}: rename one of them in the file, or leave one --column out."
        )
    dropped = {at for at, name in enumerate(names) if plain(name) in left_out and ours[at] not in COLUMNS}
    return Columns(
        names=tuple(None if at in dropped else name for at, name in enumerate(ours)),
        headers={name: names[at] for at, name in enumerate(ours) if name in COLUMNS},
        left_out=tuple(names[at] for at in sorted(dropped)),
        vendor=vendor,
        rows=2 if parts else 1,
    )


def known(header: Sequence[str], given: Mapping[str, str]) -> int:
    """How many of these headers mean something to us: the right delimiter makes the most."""
    wanted = {plain(name) for name in given.values()}
    meant = (wanted, KNOWN_HEADERS, _ALIASES, COLUMNS)
    return sum(any(plain(name) in names for names in meant) for name in header)


def _parts(header: Sequence[str], second: Sequence[str], vendor: Vendor | None) -> list[str]:
    """The header with its second row: a question stands over its first part, and nothing over the others."""
    if vendor is None or not vendor.second_row or len(second) != len(header):
        return []
    keys = vendor.named(header, frozenset())
    if any(cell.strip() and plain(name) in keys for name, cell in zip(header, second, strict=True)):
        return []
    whole, question = [], ""
    for name, part in zip(header, second, strict=True):
        question = name or question
        whole.append(name or (f"{question}: {part.strip()}" if part.strip() else ""))
    return whole


def _numbered(header: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """The header with a number behind repeated names, so that all are kept; ours and those wanted must be clear."""
    wanted = {plain(name) for name in given.values()}
    seen: Counter[str] = Counter()
    names: list[str] = []
    for name in header:
        seen[name] += 1
        if name and seen[name] > 1 and (_alias(name) in COLUMNS or plain(name) in wanted):
            raise WrongUse(
                f"Line 1: the header has the column {name!r} more than once: give every one of them its own name."
            )
        names.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return names


def _found(theirs: str, names: Sequence[str]) -> int:
    """Where the column stands that the owner means: by its name, or by how one name alone begins."""
    meant = plain(theirs)
    exact = [at for at, name in enumerate(names) if plain(name) == meant]
    begins = [at for at, name in enumerate(names) if plain(name).startswith(meant)]
    for found in (exact, begins):
        if len(found) == 1:
            return found[0]
    if begins:
        raise WrongUse(f"More than one column begins with {theirs!r}: write the name of the one in full.")
    raise WrongUse(f"The file has no column {theirs!r}.{_nearest(theirs, names)}")


def _ours(name: str, by_vendor: Iterable[str], given: Mapping[str, int], vendor: Vendor | None) -> str:
    """Our column of that name in any writing; else the name as it stands."""
    alias = _alias(name)
    if alias not in COLUMNS:
        return name
    # A vendor's own header for a thing, and the owner's word, go before what a column happens to be called.
    replaced = alias in by_vendor or (vendor is not None and alias in given)
    return f"{name} (of the file)" if replaced else alias


def _alias(name: str) -> str:
    return _ALIASES.get(plain(name), plain(name))


def _known(ours: str) -> str:
    if ours not in COLUMNS:
        raise WrongUse(f"There is no column {ours!r} to fill.{_nearest(ours, COLUMNS)}")
    return ours


def _nearest(name: str, among: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, among, 1)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(one for one in among if one)}."
