"""How numbers and lists are worded: one place, plain English."""

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def count(number: int, thing: str, plural: str | None = None) -> str:
    """Return a number of things in words up to ten: ``two attacks``."""
    numeral = NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
    return f"{numeral} {thing if number == 1 else plural or thing + 's'}"


def round_up(number: int) -> int:
    """Return a number rounded up to two digits that count: 2,731 as 2,800."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // unit) * unit


def counted(number: int, thing: str) -> str:
    """Return a number of things in figures: ``1 replicate``, ``2,000 replicates``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def capital(text: str) -> str:
    """Return text with a capital in front; names within it keep theirs."""
    return text[:1].upper() + text[1:]


def share(value: float, digits: int = 2) -> str:
    """Return a share in percent; what is not all or nothing is not rounded to it."""
    per_cent, least = 100 * value, 10.0**-digits
    if per_cent in (0, 100):
        return f"{per_cent:.0f} %"
    if per_cent < least / 2:
        return f"under {least:.{digits}f} %"
    if per_cent > 100 - least / 2:
        return f"over {100 - least:.{digits}f} %"
    return f"{per_cent:.{digits}f} %"


def percent(value: float) -> str:
    """Return a share in a sentence: to a tenth of a percent, and less exactly in between."""
    per_cent = 100 * value
    if per_cent in (0, 100):
        return f"{per_cent:.0f} %"
    if per_cent < 0.05:
        return "under 0.1 %"
    if per_cent > 99.95:
        return "over 99.9 %"
    return f"{per_cent:.1f} %" if per_cent < 10 or per_cent > 99 else f"{per_cent:.0f} %"


def share_span(low: float, high: float, digits: int = 2) -> str:
    """Return the interval of a share in percent: ``0.02 to 0.56 %``."""
    return f"{share(low, digits).removesuffix(' %')} to {share(high, digits)}"


def signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign; nothing that rounds to nothing has a minus."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def rate(a_second: float) -> str:
    """Return so many a second in the unit that suits them: ``2.13 million``, ``640``."""
    for unit, size, digits in (("million", 1e6, 2), ("thousand", 1e3, 1)):
        if a_second >= 0.9995 * size:
            return f"{a_second / size:,.{digits}f} {unit}"
    return f"{a_second:,.0f}"


def times(number: int) -> str:
    """Return how often, in words: ``twice``."""
    return {1: "once", 2: "twice"}.get(number) or count(number, "time")


def listed(parts: list[str]) -> str:
    """Return a list as prose: ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def duration_words(seconds: float) -> str:
    """Return about how long something takes, in the unit that suits it."""
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"about {seconds / length:,.1f} {unit}"
    return f"about {seconds:.0f} s" if seconds >= 1 else "less than a second"


def size_words(size: float) -> str:
    """Return a number of bytes in the unit that suits it."""
    for unit, length in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20)):
        if size >= length:
            return f"{size / length:,.1f} {unit}"
    return f"{size / 1024:.0f} KiB"


def number_words(value: float | None, digits: int = 1) -> str:
    """Return a number for a table, or a dash; what is not nothing is not rounded to it."""
    if value is None:
        return "–"
    if 0 < abs(value) < 0.5 * 10.0**-digits:
        return f"{value:.1g}"
    return f"{value:,.{digits}f}"


def span_words(low: float | None, high: float | None, digits: int = 1) -> str:
    """Return an interval for a table, or a dash; its ends may be negative."""
    if low is None or high is None:
        return "–"
    return f"{number_words(low, digits)} to {number_words(high, digits)}"


def interval_words(mean: float | None, low: float | None, high: float | None) -> str:
    """Return a value with its interval for a table, or a dash."""
    if mean is None:
        return "–"
    return f"{mean:.3g}" if low is None or high is None else f"{mean:.3g} ({low:.3g} to {high:.3g})"
