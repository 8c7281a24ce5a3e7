"""The words in which results are told: one place, plain English, no side taken."""

from redline.theory.vocabulary import Actor, Provocation, Response

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
PROVOCATION_WORDS = {
    Provocation.QUIET: "quiet",
    Provocation.STATEMENT: "a statement",
    Provocation.ROCKETS: "rockets",
    Provocation.DRONES: "drones",
    Provocation.ASSAULT: "an assault",
    Provocation.OFFENSIVE: "an offensive",
}
PROVOCATIONS_BEYOND = {
    **PROVOCATION_WORDS,
    Provocation.ROCKETS: "means that no militia had",
    Provocation.DRONES: "means that no militia had",
    Provocation.ASSAULT: "an assault that no militia could mount",
    Provocation.OFFENSIVE: "an offensive that no militia could mount",
}
"""The same, where the arms of every militia fall short of it."""
RESPONSE_WORDS = {
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
