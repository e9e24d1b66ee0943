"""Who is reached at an address: a person of a group is the one of their own chat, in every group."""

from bot.address import Address
from bot.ports import UnitOfWork
from bot.values import replace
from bot.workspace import Customer


async def known_at(uow: UnitOfWork, workspace: str, address: Address, *, lock: bool = False) -> Customer | None:
    """The customer at this address, or whoever is known at their own chat; with `lock` as `Customers.at`."""
    found = await uow.customers.at(workspace, address, lock=lock)
    if found is None and address.own.key != address.key:
        found = await uow.customers.at(workspace, address.own, lock=lock)
    return found


async def met_at(uow: UnitOfWork, customer: Customer, address: Address) -> Customer:
    """Keeps that this customer is reached at the address and at their own chat; whoever was there before stays."""
    there = await uow.customers.add(customer, address.own)
    return there if address.own.key == address.key else await uow.customers.add(there, address)


def renamed(customer: Customer, name: str | None, locale: str | None) -> Customer:
    """With what a platform tells of the person; what it does not tell stays."""
    return replace(customer, name=name or customer.name, locale=locale or customer.locale)
