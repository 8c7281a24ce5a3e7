"""What an explanation says: the terms behind the choices of a week, for reading and for tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from redline.argument.stories import Told, week_words
from redline.engine import Choice
from redline.support import Blocks, Bold, Result, Table, share, signed
from redline.theory import Actor

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("actor", "rung", "term", "value", "open", "chosen", "without")
"""Of the table that an explanation gives pandas."""


@dataclass(frozen=True, repr=False)
class ActorExplanation(Result):
    """Why one actor did what it did in a week.

    Attributes
    ----------
    terms : by term, its value for each rung: (K,)
    utilities, probabilities : (K,); the terms of a rung add up to its utility, in order
    allowed : the rungs that were open
    without : by term, the rung that the same draw would have chosen had it been worth nothing
    choice : the numbers above as the agent kept them; None where it made no choice
    """

    actor: str
    kind: Actor
    rungs: tuple[str, ...]
    chosen: str
    sentence: str
    terms: dict[str, tuple[float, ...]] = field(default_factory=dict)
    utilities: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    allowed: tuple[str, ...] = ()
    draw: float | None = None
    forced: bool = False
    without: dict[str, str] = field(default_factory=dict)
    choice: Choice | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.actor}: {self.chosen}>"

    def blocks(self) -> Blocks:
        """Yield what it did, in a sentence, and a table of terms and rungs where it chose."""
        yield self.sentence
        if self.choice:
            yield self._table()

    def _table(self) -> Table:
        """Return what each rung was worth, and how probable that made it."""
        shares = [
            share(p, 1).replace("under", "<").replace("over", ">") if rung in self.allowed else "–"
            for rung, p in zip(self.rungs, self.probabilities, strict=True)
        ]
        told = partial(signed, digits=3)
        rows = [[term, *map(told, row), self.without[term]] for term, row in self.terms.items()]
        rows.append(["utility", *map(told, self.utilities)])
        rows.append(["probability", *shares])
        rungs = [f"[{rung}]" if rung == self.chosen else rung for rung in self.rungs]
        return Table(
            ("term", *rungs, "choice without it"),
            rows,
            align=f"l{'r' * len(rungs)}l",
            totals=2,
            title=f"draw {self.draw:.4f}; chosen: {self.chosen}",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of the actor."""
        names = (
            "actor rungs terms utilities probabilities allowed draw chosen forced without sentence"
        )
        return {name: getattr(self, name) for name in names.split()}

    def to_pandas(self) -> "pd.DataFrame":
        """Return its rows of the table of a week; see `Explanation.to_pandas`."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()), columns=list(COLUMNS))

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of the actor: its terms at each rung, and what they add up to."""
        if not self.choice:
            return
        sums = {"utility": self.utilities, "probability": self.probabilities}
        for term, values in {**self.terms, **sums}.items():
            for rung, value in zip(self.rungs, values, strict=True):
                is_open, chosen = rung in self.allowed, rung == self.chosen
                without = self.without.get(term)
                yield self.actor, rung, term, value, is_open, chosen, without


@dataclass(frozen=True, repr=False)
class Explanation(Told):
    """Why every actor did what it did in one week of one replicate."""

    week: int
    actors: tuple[ActorExplanation, ...]

    @property
    def heading(self) -> str:
        """The week in words."""
        return (
            f"{self.of_point(self.scenario.name)}, seed {self.seed}, "
            f"replicate {self.replicate}, {week_words(self.scenario, self.week)}"
        )

    def __repr__(self) -> str:
        return f"<Explanation: {self.heading}>"

    def blocks(self) -> Blocks:
        """Yield a sentence for every actor and, where it chose, a table of terms and rungs."""
        yield Bold(self.heading)
        for actor in self.actors:
            yield ""
            yield from actor.blocks()

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline explain --json`` prints."""
        actors = [actor.to_dict() for actor in self.actors]
        return super().to_dict() | {"week": self.week, "actors": actors}

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each actor that chose, each term and each rung.

        Columns: ``actor``; ``rung``; ``term``, with ``utility``, the sum of the terms, and
        ``probability`` after them; ``value``; ``open``, whether the rung was; ``chosen``,
        whether it was chosen; ``without``, the rung that would have been chosen had the term
        been worth nothing.
        """
        import pandas as pd

        rows = [row for actor in self.actors for row in actor.rows()]
        return pd.DataFrame(rows, columns=list(COLUMNS))
