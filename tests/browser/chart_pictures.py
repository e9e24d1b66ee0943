"""Draws the chart pictures of `docs/screenshots` again: `python -m tests.browser.chart_pictures [FOLDER [all]]`.

With `all` it draws every sample in both looks and all languages, to be looked at and not to be kept.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from adapters.charts import DARK, LIGHT, Theme, draw
from bot.pictures import Picture
from bot.texts import LOCALES, texts
from tests.sample_pictures import edge_cases, scores, twelve_weeks

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LOOKS = {"light": LIGHT, "dark": DARK}

Wanted = tuple[str, Picture, str, Theme]


def kept() -> Iterator[Wanted]:
    yield "12-weeks-en", twelve_weeks("en"), "en", LIGHT
    yield "12-weeks-fi-dark", twelve_weeks("fi"), "fi", DARK
    yield "scores-sv", scores("sv"), "sv", LIGHT


def everything() -> Iterator[Wanted]:
    for look, theme in LOOKS.items():
        for locale in LOCALES:
            pictures = {"12-weeks": twelve_weeks(locale), "scores": scores(locale), **edge_cases(locale)}
            for name, picture in pictures.items():
                yield f"{name}-{locale}-{look}", picture, locale, theme


def main(folder: Path, *, every: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture, locale, theme in everything() if every else kept():
        (folder / f"chart-{name}.png").write_bytes(draw(picture, texts(locale), theme))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, every=sys.argv[2:] == ["all"])
