"""What writing out 1,000,000 answers costs, in each format, and whether its memory is that of 100,000."""

from benchmarks.command import run
from benchmarks.history import Year, kept
from benchmarks.place import Place
from benchmarks.report import Line
from bot.service.exporting import FORMATS

FEW, MANY = Year(1), Year(10)


async def measure(place: Place) -> list[Line]:
    """Seconds and MiB of `pulssi export` into a file, in a process of its own."""
    lines = []
    few, filled_few = await kept(place, FEW)
    many, filled_many = await kept(place, MANY)
    if filled_few + filled_many:
        lines.append(Line("filling both, once", filled_few + filled_many, "s"))
    for form in FORMATS:
        file = place.folder / f"answers.{form}"
        arguments = ("export", "--format", form, "--output", str(file))
        small, large = run(few, *arguments), run(many, *arguments)
        size = file.stat().st_size / 2**20
        file.unlink()
        lines += [
            Line(f"{form}, {MANY.answers:,} answers", large.seconds, "s"),
            Line(f"{form}", MANY.answers / large.seconds, "answers/s"),
            Line(f"{form}, size", size, "MiB"),
            Line(f"{form}, peak RSS", large.peak, "MiB", large.peak / small.peak, f"{FEW.answers:,} answers"),
        ]
    return lines
