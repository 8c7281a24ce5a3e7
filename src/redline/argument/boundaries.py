"""Where the verdicts of experiments turn, along a parameter: what was found, in words and rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from redline.argument.experiment_file import ConditionTable
from redline.argument.turning_points import Turn
from redline.case import label_of
from redline.support import JSON_FORMAT, Blocks, Result, at_home

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Boundary:
    """Where the effect of a condition passes what is claimed of it.

    Attributes
    ----------
    claim : the test, with the condition where the test has several
    address : along which it was looked for, ``ADDRESS`` or ``ARM:ADDRESS``
    n : replicates of every arm at every value
    """

    claim: str
    address: str
    condition: ConditionTable
    turn: Turn
    n: int

    @property
    def finding(self) -> str:
        """Where the verdict turns, in a sentence."""
        return boundary_finding(self.turn, self.claim, self.address)

    @property
    def file(self) -> str:
        """The name of its figure in a folder."""
        words = re.sub(r"[^\w.]+", "-", f"{self.claim}-{self.address}").strip("-")
        return f"boundary-{words}.png"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline experiment --boundary --json`` prints of it."""
        about = {"claim": self.claim, "address": self.address, "n": self.n}
        return {**about, **self.turn.to_dict()}


@dataclass(frozen=True, repr=False)
class Boundaries(Result, Sequence[Boundary]):
    """Where the verdicts of experiments turn.

    Attributes
    ----------
    found : one for every condition on which a verdict rests
    seed : of all arms
    """

    found: tuple[Boundary, ...]
    seed: int

    @overload
    def __getitem__(self, place: int) -> Boundary: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Boundary, ...]: ...
    def __getitem__(self, place: int | slice) -> Boundary | tuple[Boundary, ...]:
        return self.found[place]

    def __len__(self) -> int:
        return len(self.found)

    def __repr__(self) -> str:
        return f"<Boundaries, seed {self.seed}: {'; '.join(one.finding for one in self)}>"

    def blocks(self) -> Blocks:
        """Yield a sentence for each."""
        yield from (one.finding for one in self)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline experiment --boundary --json`` prints."""
        return {"format": JSON_FORMAT, "boundaries": [one.to_dict() for one in self]}

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each.

        Columns: ``claim``; ``address``; ``condition``; ``claimed``, ``at least`` or ``at most``
        the ``threshold``; ``value``, where the verdict turns first (missing where it turns
        nowhere), undecided from ``low`` to ``high``; ``at_low`` and ``at_high``, the verdicts
        at both ends of what was looked at; ``turns``, how often; ``n``, the replicates.
        """
        import pandas as pd

        rows = [
            {
                "claim": one.claim,
                "address": one.address,
                "condition": one.condition.label,
                "claimed": "at least" if one.condition.threshold.at_least else "at most",
                "threshold": one.condition.threshold.value,
                **{name: getattr(one.turn, name) for name in TURN},
                "n": one.n,
            }
            for one in self
        ]
        table = pd.DataFrame(rows)
        return table.astype(dict.fromkeys(("value", "low", "high"), "float64"))

    def save(self, folder: str | Path) -> list[Path]:
        """Write a figure of each, and its data, into a folder; return the paths of the figures.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        # The one way up: what is drawn is known here by name alone.
        found: list[Path] = import_module("redline.figures").write_boundaries(self, at_home(folder))
        return found


TURN = ("value", "low", "high", "at_low", "at_high", "turns")
"""What of a turn stands in a table."""


def boundary_finding(turn: Turn, claim: str, address: str) -> str:
    """Return a sentence for where a verdict turns."""
    label = label_of(address.rpartition(":")[2])
    where = f"{label} ({address})" if label != address else address
    if turn.value is None and turn.at_low == turn.at_high:
        return f"{claim} is {turn.at_low} at both ends of {where}, and turns nowhere between"
    if turn.value is None:
        low, high = turn.curve[0][0], turn.curve[-1][0]
        ends = f"{turn.at_low} at {low:.3g}, {turn.at_high} at {high:.3g}"
        return f"{claim}: {ends} of {where}; the effect passes what is claimed nowhere between"
    first, last = ("open" if end is None else f"{end:.3g}" for end in (turn.low, turn.high))
    more = f", and {turn.turns - 1} more times" if turn.turns > 1 else ""
    return f"{claim} turns at {where} = {turn.value:.3g} ({first} to {last}){more}"
