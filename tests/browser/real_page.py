"""The page of the running program as a person works it: with the mouse, or with the keyboard alone."""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, StorageState, expect
from typing_extensions import override

from tests.browser.stand_in import STATIC
from tests.browser.visits import Scheme, Visit
from tests.flows.server import RunningServer

PAGE_WORDS: dict[str, dict[str, str]] = json.loads((STATIC / "chat.texts.json").read_text(encoding="utf-8"))
PATIENCE = 12_000  # ms; the machine may be busy
STOPS = 90  # more than there are places to stop at on the page
IS_HELD = "(node) => node.getRootNode().activeElement === node"
IS_AHEAD = """(node) => {
  const root = node.getRootNode();
  const inside = root.host && root.host === document.activeElement;
  const from = inside ? root.activeElement : document.activeElement;
  const to = inside ? node : root.host || node;
  return from === document.body || Boolean(from.compareDocumentPosition(to) & Node.DOCUMENT_POSITION_FOLLOWING);
}"""
# Where the keyboard stands: nothing, or whether it can be seen there.
WHERE = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  return {
    what: node.outerHTML.slice(0, 120),
    ring: node.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


class Hands(Protocol):
    """How a person reaches things on the page."""

    def press(self, button: Locator) -> None: ...

    def write(self, field: Locator, text: str) -> None: ...

    def choose(self, select: Locator, value: str) -> None: ...

    def tap(self, question: Locator, place: int) -> None:
        """Chooses the button at this place of the scale, the first being 0."""


class Mouse(Hands):
    @override
    def press(self, button: Locator) -> None:
        button.click()

    @override
    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.press_sequentially(text)

    @override
    def choose(self, select: Locator, value: str) -> None:
        select.select_option(value)

    @override
    def tap(self, question: Locator, place: int) -> None:
        question.get_by_role("radio").nth(place).click()


class Keyboard(Hands):
    """Tab, arrows, space and Enter; wherever they lead, the place is seen, and focus is never lost."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @override
    def press(self, button: Locator) -> None:
        self._go(button)
        self._page.keyboard.press("Enter")

    @override
    def write(self, field: Locator, text: str) -> None:
        self._go(field)
        self._page.keyboard.type(text)

    @override
    def choose(self, select: Locator, value: str) -> None:
        self._go(select)
        self._page.keyboard.press("Home")
        while select.input_value() != value:
            before = select.input_value()
            self._page.keyboard.press("ArrowDown")
            assert select.input_value() != before, f"there is no {value}"

    @override
    def tap(self, question: Locator, place: int) -> None:
        self._go(question.get_by_role("radio").first)
        for _ in range(place):
            self._page.keyboard.press("ArrowRight")
        expect(question.get_by_role("radio").nth(place)).to_be_focused()
        expect(question.get_by_role("radio", checked=True)).to_have_count(0)
        self._page.keyboard.press("Space")

    def _go(self, goal: Locator) -> None:
        key = "Tab" if goal.evaluate(IS_AHEAD) else "Shift+Tab"
        for _ in range(STOPS):
            if goal.evaluate(IS_HELD):
                return
            self._page.keyboard.press(key)
            where = held(self._page)
            assert where["ring"], where
            assert where["inView"], where
        raise AssertionError(f"{key} never came to {goal}")


def held(page: Page) -> dict[str, Any]:
    """Where the keyboard's focus is; it must be somewhere."""
    where: dict[str, Any] | None = page.evaluate(WHERE)
    assert where is not None, "focus is lost"
    return where


def accessible(page: Page, scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def printed_code(server: RunningServer) -> str:
    """The code of the printed link; the console's last lines may come a moment after the server is ready."""
    deadline = time.monotonic() + PATIENCE / 1000
    while "#claim=" not in server.output and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    return server.claim_code


@dataclass(kw_only=True)
class House(Visit):
    """The running program and the browsers of those who use it."""

    server: RunningServer
    member: str = ""  # the owner's session token, when the workspace is claimed

    def desk(self, *, width: int = 1280) -> "Desk":
        """The page of a member, with a customer of its own beside the desk."""
        kept = StorageState(
            origins=[
                {"origin": self.url, "localStorage": [{"name": "pulssi:page:default:member", "value": self.member}]}
            ]
        )
        page = self.open("/chat", width=width, calm=True, kept=kept)
        desk = Desk(page)
        expect(desk.address_shown).to_contain_text("webchat:v-")
        return desk


@dataclass
class Desk:
    """One page with its three panels."""

    page: Page
    locale: str = "en"

    def word(self, key: str) -> str:
        return PAGE_WORDS[self.locale][key]

    @property
    def address_shown(self) -> Locator:
        return self.page.locator("#address-text")

    @property
    def address(self) -> str:
        return self.address_shown.inner_text()

    @property
    def customer(self) -> Locator:
        return self.page.locator("#customer")

    @property
    def owner(self) -> Locator:
        return self.page.locator("#owner")

    @property
    def verdict(self) -> Locator:
        return self.page.locator("#verdict")

    def named(self, name: str) -> Locator:
        """A field of the desk's form."""
        return self.page.locator(f"#ask [name={name}]")

    def button(self, key: str) -> Locator:
        return self.page.get_by_role("button", name=self.word(key), exact=True)

    def close_ticket(self, ticket: str) -> None:
        self.named("ticket").fill(ticket)
        self.button("close_ticket").click()

    def asked(self, ticket: str) -> Locator:
        """Closes a ticket; the question in the customer's chat."""
        self.close_ticket(ticket)
        question = self.customer.get_by_role("radiogroup")
        expect(question.get_by_role("radio")).to_have_count(5)
        return question
