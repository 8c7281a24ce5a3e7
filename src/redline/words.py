"""The words in which results are told: one place, plain English, no side taken."""

from redline.state import Actor, Provocation, Response

ACTORS = {Actor.UNITED_STATES: "Washington", Actor.IRAN: "Tehran"}

ORDERED = {
    Provocation.QUIET: "asked for quiet",
    Provocation.STATEMENT: "asked for words alone",
    Provocation.ROCKETS: "authorised rockets",
    Provocation.DRONES: "authorised drones",
    Provocation.ASSAULT: "authorised an assault on the embassy",
    Provocation.OFFENSIVE: "ordered an offensive",
}
ORDERED_BEYOND = {
    **ORDERED,
    Provocation.ROCKETS: "authorised means that no militia had",
    Provocation.DRONES: "authorised means that no militia had",
    Provocation.ASSAULT: "authorised an assault that no militia could mount",
    Provocation.OFFENSIVE: "ordered an offensive that no militia could mount",
}
"""What Tehran ordered, where the arms of every militia fall short of it."""
PROVOKED = {
    Provocation.QUIET: "held back",
    Provocation.STATEMENT: "issued a statement",
    Provocation.ROCKETS: "fired rockets",
    Provocation.DRONES: "flew drones",
    Provocation.ASSAULT: "assaulted the embassy",
    Provocation.OFFENSIVE: "opened an offensive",
}
ANSWERED = {
    Response.SILENCE: "stayed silent",
    Response.WARNING: "warned",
    Response.SANCTIONS: "imposed sanctions",
    Response.STRIKE: "struck",
    Response.DECAPITATION: "killed a commander",
    Response.CAMPAIGN: "opened a campaign",
}
PROVOCATIONS = {
    Provocation.QUIET: "quiet",
    Provocation.STATEMENT: "a statement",
    Provocation.ROCKETS: "rockets",
    Provocation.DRONES: "drones",
    Provocation.ASSAULT: "an assault",
    Provocation.OFFENSIVE: "an offensive",
}
PROVOCATIONS_BEYOND = {
    **PROVOCATIONS,
    Provocation.ROCKETS: "means that no militia had",
    Provocation.DRONES: "means that no militia had",
    Provocation.ASSAULT: "an assault that no militia could mount",
    Provocation.OFFENSIVE: "an offensive that no militia could mount",
}
"""The same, where the arms of every militia fall short of it."""
RESPONSES = {
    Response.SILENCE: "silence",
    Response.WARNING: "a warning",
    Response.SANCTIONS: "sanctions",
    Response.STRIKE: "a strike",
    Response.DECAPITATION: "a decapitation",
    Response.CAMPAIGN: "a campaign",
}
TERMS = {
    "leverage": "leverage in the talks",
    "influence": "influence in Iraq",
    "proxy_loss": "the expected blow to its proxies",
    "revenue": "hard currency at risk",
    "backlash": "backlash amid unrest",
    "talks_risk": "the risk of ending the talks",
    "common_enemy": "the fight in common",
    "zeal": "zeal and grievance",
    "compliance": "what Tehran ordered",
    "fear": "fear of the expected force",
    "audience": "the cost of looking weak",
    "operation": "the price of the operation",
    "talks": "the talks",
    "proportionality": "proportionality",
    "commitment": "the presence that a campaign needs",
}
SITES = {
    "green_zone": "the Green Zone",
    "ain_al_asad": "Ain al-Asad",
    "balad": "Balad",
    "harir": "Harir",
    "erbil": "Erbil",
}
DRIVERS = {
    "sanctions": ("Sanctions on Iran tightened", "Sanctions on Iran eased"),
    "common_enemy": ("The fight against a common enemy grew", "The common enemy receded"),
    "diplomacy": ("Diplomacy gathered pace", "Diplomacy faltered"),
    "unrest": ("Protests swept Iraq", "The protests in Iraq ebbed"),
    "armament": ("Better arms reached the militias", "The flow of arms to the militias thinned"),
}
"""What is said when a driver rises, and when it falls."""

MEASURES = {
    "attacks": "attacks",
    "fatal_attacks": "attacks that killed",
    "strikes": "weeks with an American strike or more",
    "decapitations": "weeks with a decapitation",
    "sanctions": "weeks answered by sanctions",
    "strikes_per_attack": "weeks with a strike or more, per attack",
    "assaults": "assaults on the embassy",
    "crossings": "crossings of the red line",
    "talks_weeks": "weeks of talks",
    "mean_severity": "mean weekly severity",
    "mean_leverage": "mean leverage of Iran",
    "weeks_lived": "weeks lived",
}
"""The measures that tables for people show, in their order."""

FIGURES = {
    "overview": "classes, attacks, strikes and time to war in one figure",
    "ladder": "one replicate: provocations rise, responses fall",
    "strips": "many replicates, a row each",
    "rungs": "shares of the rungs over weeks at risk",
    "outcomes": "the share of each class, with intervals",
    "distribution": "a measure over replicates, as histograms",
    "survival": "time to open confrontation, with numbers at risk",
    "transitions": "from which rung to which",
    "map": "attacks by site and means",
    "terms": "why: the terms behind the choices of a week",
    "record": "the record by month, replicates beside it",
    "convergence": "an estimate and its interval over n",
    "curve": "a measure over one swept address",
    "tornado": "which parameters carry a measure",
    "phase": "a measure over two swept addresses",
}
"""The kinds of figures, and what each shows."""

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
