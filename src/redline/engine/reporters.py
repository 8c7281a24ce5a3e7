"""What Mesa's data collector writes down of a model after each week."""

from __future__ import annotations

from redline.engine.guards import World


def provocation(model: World) -> int:
    """Return the week's highest provocation, a rung."""
    return int(model.provocation)


def response(model: World) -> int:
    """Return the week's response, a rung."""
    return int(model.response)


def directive(model: World) -> int:
    """Return the standing directive, a rung."""
    return int(model.directive)


def severity(model: World) -> float:
    """Return the week's severity S."""
    return model.severity


def pressure(model: World) -> float:
    """Return the pressure Q left unanswered at the end of the week."""
    return model.pressure


def leverage(model: World) -> float:
    """Return Iran's leverage L at the end of the week."""
    return model.leverage


def control(model: World) -> float:
    """Return Iran's control χ at the end of the week."""
    return model.control


def attacks(model: World) -> int:
    """Return how many attacks there were in the week."""
    return sum(model.attacks)


def fatal_attacks(model: World) -> int:
    """Return how many attacks of the week killed."""
    return model.fatal


def crossings(model: World) -> int:
    """Return how often the red line was crossed in the week."""
    return model.crossings


def talks(model: World) -> int:
    """Return 1 if the talks were on in the week."""
    return model.talks


def seed(model: World) -> int:
    """Return the seed of the replicate, the same in every week."""
    return model.seed


MODEL_REPORTERS = {
    function.__name__: function
    for function in (
        provocation,
        response,
        directive,
        talks,
        attacks,
        fatal_attacks,
        crossings,
        severity,
        pressure,
        leverage,
        control,
        seed,
    )
}
