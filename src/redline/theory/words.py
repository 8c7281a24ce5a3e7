"""The words in which results are told: one place, plain English, no side taken."""

from redline.theory.vocabulary import Actor, Provocation, Response

ACTORS = {Actor.UNITED_STATES: "Washington", Actor.IRAN: "Tehran"}

_PROVOCATIONS = {
    Provocation.QUIET: ("asked for quiet", "held back", "quiet"),
    Provocation.STATEMENT: ("asked for words alone", "issued a statement", "a statement"),
    Provocation.ROCKETS: ("authorised rockets", "fired rockets", "rockets"),
    Provocation.DRONES: ("authorised drones", "flew drones", "drones"),
    Provocation.ASSAULT: (
        "authorised an assault on the embassy",
        "assaulted the embassy",
        "an assault",
    ),
    Provocation.OFFENSIVE: ("ordered an offensive", "opened an offensive", "an offensive"),
}
ORDERED, PROVOKED, PROVOCATION_WORDS = (
    {rung: words[form] for rung, words in _PROVOCATIONS.items()} for form in range(3)
)
"""What Tehran ordered; what a militia did; what it is."""
_RESPONSES = {
    Response.SILENCE: ("stayed silent", "silence"),
    Response.WARNING: ("warned", "a warning"),
    Response.SANCTIONS: ("imposed sanctions", "sanctions"),
    Response.STRIKE: ("struck", "a strike"),
    Response.DECAPITATION: ("killed a commander", "a decapitation"),
    Response.CAMPAIGN: ("opened a campaign", "a campaign"),
}
ANSWERED, RESPONSE_WORDS = (
    {rung: words[form] for rung, words in _RESPONSES.items()} for form in range(2)
)
"""What Washington did; what it is."""
ORDERED_BEYOND = {
    **ORDERED,
    Provocation.ROCKETS: "authorised means that no militia had",
    Provocation.DRONES: "authorised means that no militia had",
    Provocation.ASSAULT: "authorised an assault that no militia could mount",
    Provocation.OFFENSIVE: "ordered an offensive that no militia could mount",
}
"""What Tehran ordered, where the arms of every militia fall short of it."""
PROVOCATIONS_BEYOND = {
    **PROVOCATION_WORDS,
    Provocation.ROCKETS: "means that no militia had",
    Provocation.DRONES: "means that no militia had",
    Provocation.ASSAULT: "an assault that no militia could mount",
    Provocation.OFFENSIVE: "an offensive that no militia could mount",
}
"""The same, where the arms of every militia fall short of it."""
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
SITE_WORDS = {
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
