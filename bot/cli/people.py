"""`pulssi customer show`, `export` and `erase`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.running import WorkspaceName, say, say_json, tell, with_pulssi
from bot.errors import WrongUse

if TYPE_CHECKING:
    from bot.address import Address
    from bot.bootstrap import Pulssi
    from bot.service.people import Known

CustomerAddress = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="Where the customer is reached, like webchat:VISITOR; import:TEXT for one of an imported file.",
    ),
]


def show(address: CustomerAddress, workspace: WorkspaceName = "default") -> None:
    """Show what is known of a customer."""

    async def work(pulssi: "Pulssi") -> None:
        _show(await pulssi.people.at(workspace, _place(address)))

    with_pulssi(workspace, work)


def export(address: CustomerAddress, workspace: WorkspaceName = "default") -> None:
    """Write everything that is stored of a customer as one line of JSON, to hand over to them."""

    async def work(pulssi: "Pulssi") -> None:
        from bot.service.people import known_json  # noqa: PLC0415  # loaded by now

        say_json(known_json(await pulssi.people.at(workspace, _place(address))))

    with_pulssi(workspace, work)


def erase(
    address: CustomerAddress,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Forget a customer: person, addresses, words and waiting messages. Scores stay, without a name."""

    async def work(pulssi: "Pulssi") -> None:
        known = await pulssi.people.at(workspace, _place(address))
        if not yes:
            _confirm(address)
        erased = await pulssi.people.erase(workspace, known.customer.id)
        say(
            f"Erased: the person, {_many(erased.addresses, 'address', 'addresses')}, the words of "
            f"{_many(erased.comments, 'answer', 'answers')}. {_many(erased.cancelled, 'question', 'questions')} "
            f"taken back. Scores stay in the figures, without a name."
        )

    with_pulssi(workspace, work)


def _confirm(address: str) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("Erasing cannot be undone: say --yes where nobody can be asked.")
    if not typer.confirm(f"Erase {address}? This cannot be undone.", err=True):
        tell("Nothing was erased.")
        raise typer.Exit(1)


def _place(text: str) -> "Address":
    from bot.address import parse_address  # noqa: PLC0415  # loaded by now
    from bot.service.people import IMPORT, import_address  # noqa: PLC0415

    channel, colon, name = text.strip().partition(":")
    return import_address(name.strip()) if colon and channel == IMPORT and name.strip() else parse_address(text)


def _show(known: "Known") -> None:
    person = known.customer
    say(f"Customer {person.id}{f', {person.name}' if person.name else ''}, since {person.created_at:%Y-%m-%d}")
    say(f"Reached at: {', '.join(str(address) for address in known.addresses)}")
    if person.opted_out_at:
        say(f"Asked on {person.opted_out_at:%Y-%m-%d} not to be asked again.")
    for invitation in known.invitations:
        answer = invitation.answer
        score = f", {answer.score}" if answer and answer.score is not None else ""
        words = f": {answer.comment}" if answer and answer.comment else ""
        say(f"{invitation.decided_at:%Y-%m-%d} {invitation.survey.slug}, {invitation.state.value}{score}{words}")


def _many(n: int, one: str, several: str) -> str:
    return f"{n} {one if n == 1 else several}"
