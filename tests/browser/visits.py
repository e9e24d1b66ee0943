"""Pages that are opened with a watch on them, each in a browser of its own."""

import os
import shutil
from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, StorageState, ViewportSize

Scheme = Literal["light", "dark"]
# Chromium refuses its sandbox to root, as in most containers.
ARGS = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
WATCH = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.sample), true)"


def launched(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=executable(), args=ARGS)


def executable() -> str | None:
    """The system's Chromium or Chrome where there is one (as `.ci/run` looks for them), else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@dataclass(kw_only=True)
class Visit:
    """The pages that a test opens on a server, each in a browser of its own, and what went wrong on them."""

    url: str
    browser: Browser
    patience: int = 8000
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(
        self,
        path: str = "/?open",
        *,
        width: int = 1280,
        scheme: Scheme = "light",
        calm: bool = False,
        locale: str = "en",
        kept: StorageState | None = None,
    ) -> Page:
        """Open a page in a browser of its own; console errors and broken policies go to `complaints`."""
        size: ViewportSize = {"width": width, "height": 720}
        motion: Literal["reduce", "no-preference"] = "reduce" if calm else "no-preference"
        context = self.browser.new_context(
            viewport=size, locale=locale, color_scheme=scheme, reduced_motion=motion, storage_state=kept
        )
        self.contexts.append(context)
        context.set_default_timeout(self.patience)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        # A refused request is the business of the test that asked for it; its console line says no more.
        page.on(
            "console",
            lambda line: (
                self.complaints.append(line.text)
                if line.type == "error" and "Failed to load resource" not in line.text
                else None
            ),
        )
        page.goto(self.url + path)
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
