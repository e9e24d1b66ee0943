"""`pulssi ask` and `pulssi cancel`."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.running import AsJson, WorkspaceName, say, say_json, tell, with_pulssi
from bot.errors import WrongUse
from bot.values import replace

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi
    from bot.business import Business
    from bot.service.asked import Asked, AskRequest

LONGEST = 200
BY = "cli"


def ask(  # noqa: PLR0913, PLR0917  # each is an option
    survey: Annotated[str, typer.Option("--survey", help="Which survey: csat, ces, nps, open or one of your own.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="CHANNEL:ADDRESS",
            help="Whom: webchat:VISITOR, telegram:CHAT[/TOPIC][@USER], or webchat:new and telegram:new for a link.",
        ),
    ],
    ticket: Annotated[str | None, typer.Option(help="The ticket that the question is about.")] = None,
    subject: Annotated[str | None, typer.Option(help="Its subject, as the customer knows it.")] = None,
    agent: Annotated[str | None, typer.Option(help="Who helped.")] = None,
    team: Annotated[str | None, typer.Option(help="Which team helped.")] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="TAG", help="A tag; can be given several times.")] = None,
    touchpoint: Annotated[str | None, typer.Option(help="Where on the customer's path it happened.")] = None,
    locale: Annotated[str | None, typer.Option(help="The customer's language: en, fi or sv.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Always goes out, and enters no figure.")] = False,
    as_json: AsJson = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Ask one customer, or say why not.

    The question goes out at once when `pulssi serve` runs, else when it starts. Not asking is an answer too: exit
    code 0.
    """

    async def work(pulssi: "Pulssi") -> None:
        from bot.address import parse_address  # noqa: PLC0415  # late, like all that follows
        from bot.invitation import Interaction  # noqa: PLC0415
        from bot.service.asked import AskRequest  # noqa: PLC0415

        about = Interaction(
            ticket=_short("ticket", ticket),
            subject=_short("subject", subject),
            agent=_short("agent", agent),
            team=_short("team", team),
            tags=_tags(tag or []),
            touchpoint=_short("touchpoint", touchpoint),
        )
        request = AskRequest(
            workspace=workspace,
            survey=survey,
            to=parse_address(to),
            by=BY,
            about=about,
            locale=locale,
            test=test,
            dry_run=dry_run,
        )
        asked = await pulssi.asking.ask(request)
        if dry_run:
            asked = replace(asked, invitation=None)  # nothing was made, and what was made before is not this one
        await _answer(pulssi, request, asked, as_json=as_json)

    with_pulssi(workspace, work)


def cancel(
    invitation: Annotated[str, typer.Argument(help="The invitation's id, as `ask` gave it.")],
    workspace: WorkspaceName = "default",
) -> None:
    """Take a question back that is not answered yet."""

    async def work(pulssi: "Pulssi") -> None:
        cancelled = await pulssi.asking.cancel(workspace, invitation)
        say(f"Cancelled: {cancelled.id}")

    with_pulssi(workspace, work)


async def _answer(pulssi: "Pulssi", request: "AskRequest", asked: "Asked", *, as_json: bool) -> None:
    from bot.service.asked import asked_json, link_of  # noqa: PLC0415  # loaded by now

    link = link_of(asked, request.workspace, pulssi.settings.public_url)
    async with pulssi.store.reading() as uow:
        business = await pulssi.context.business(uow, request.workspace)
    if as_json:
        say_json(asked_json(asked, link))
    else:
        _words(request, asked, business, link)
    await _remarks(pulssi, request, asked, business)


def _words(request: "AskRequest", asked: "Asked", business: "Business", link: str | None) -> None:
    from bot.texts import texts  # noqa: PLC0415  # loaded by now
    from bot.wording import verdict_words  # noqa: PLC0415

    who = "" if link and request.to.is_new else (asked.customer.name if asked.customer else None) or str(request.to)
    say(
        verdict_words(
            asked.verdict,
            dry_run=request.dry_run,
            name_or_address=who,
            link=link,
            texts=texts("en"),  # the command line speaks English
            zone=business.zone,
        )
    )
    if asked.invitation is not None:
        say(f"Invitation: {asked.invitation.id} ({asked.invitation.state.value})")


async def _remarks(pulssi: "Pulssi", request: "AskRequest", asked: "Asked", business: "Business") -> None:
    """What the one who asks should know beside the verdict; on standard error."""
    from bot.policy import Reason  # noqa: PLC0415  # loaded by now

    if asked.verdict.ask and asked.verdict.reason is Reason.ASKED_RECENTLY:
        tell(f"It goes out all the same: this person was asked {await _asked_before(pulssi, asked)}.")
    if not asked.verdict.ask or request.dry_run:
        return
    if not business.name:
        tell("Customers should see who asks: set PULSSI_BUSINESS_NAME.")
    from storage.presence import anyone_serving  # noqa: PLC0415  # loaded by now

    if not await anyone_serving(pulssi.settings.database_url):
        waits = "the link opens" if asked.link else "the question waits and goes out"
        tell(f"No server runs on this database: {waits} when `pulssi serve` is started.")


async def _asked_before(pulssi: "Pulssi", asked: "Asked") -> str:
    if asked.customer is None:
        return "recently"
    mine = asked.invitation.id if asked.invitation else None
    async with pulssi.store.reading() as uow:
        others = [one for one in await uow.invitations.of_customer(asked.customer.id) if one.id != mine]
    times = [one.sent_at for one in others if one.sent_at is not None]
    if not times:
        return "recently"
    days = (pulssi.context.clock.now() - max(times)).days
    return {0: "less than a day ago", 1: "a day ago"}.get(days, f"{days} days ago")


def _short(name: str, value: str | None) -> str | None:
    text = (value or "").strip()
    if len(text) > LONGEST or "\0" in text:
        raise WrongUse(f"--{name} takes at most {LONGEST} characters.")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise WrongUse(f"--{name} is not UTF-8 text.")
    return text or None


def _tags(tags: list[str]) -> tuple[str, ...]:
    """A tag may also hold several, separated as in files."""
    found = [part for tag in tags for one in tag.split("|") if (part := _short("tag", one))]
    return tuple(dict.fromkeys(found))
