"""The people asked this week, from those considered to those who wrote."""

from collections.abc import Mapping

from bot.scoring import Figure, rounded
from bot.summary import Funnel
from bot.texts import Texts
from bot.texts.reasons import counted

MOST_REASONS = 3


def funnel_lines(funnel: Funnel, texts: Texts, *, settled: bool, apart: str) -> list[str]:
    """Empty where nobody was considered. `apart` tells the line from the scores, where there are any."""
    if not funnel.considered:
        return []
    answered = texts("answered {n}").format(n=texts.number(funnel.answered))
    steps = (
        texts("Considered {n}").format(n=texts.number(funnel.considered)),
        texts("asked {n}").format(n=texts.number(funnel.asked)),
        texts("delivered {n}").format(n=texts.number(funnel.delivered)),
        answered + _rate(funnel.response_rate, settled, texts),
        texts("wrote {n}").format(n=texts.number(funnel.commented)),
    )
    waiting = texts("Still on their way: {n}.").format(n=texts.number(funnel.pending)) if funnel.pending else ""
    rest = (
        _reasons(texts("Not asked {n}: {reasons}."), funnel.suppressed, texts),
        _reasons(texts("Failed {n}: {reasons}."), funnel.failed, texts),
        waiting,
    )
    told = " ".join(part for part in (" → ".join(steps) + ".", *rest) if part)
    return [told, apart] if apart else [told]


def _rate(figure: Figure, settled: bool, texts: Texts) -> str:
    value = rounded(figure.value, 0)
    if value is None:
        return ""
    share = texts.percent(value)
    return f" ({share})" if settled else f" ({texts('{share} so far').format(share=share)})"


def _reasons(sentence: str, counts: Mapping[str, int], texts: Texts) -> str:
    """The main reasons, the commonest first."""
    found = sorted(((n, reason) for reason, n in counts.items() if n), key=lambda item: (-item[0], item[1]))
    total = sum(n for n, _ in found)
    main = found if len(found) <= MOST_REASONS else found[: MOST_REASONS - 1]
    words = [(counted(reason, texts), n) for n, reason in main]
    if len(main) < len(found):
        words.append((texts("other reasons"), total - sum(n for n, _ in main)))
    told = [f"{word} {texts.number(n)}" if len(words) > 1 else word for word, n in words]
    return sentence.format(n=texts.number(total), reasons=", ".join(told)) if found else ""
