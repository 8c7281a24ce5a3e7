"""An export of others becomes a table of events in a file; what became of every row."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redline.evidence.recorded.acled import HEADER, Mapped, lines_by_reason, read_acled
from redline.evidence.recorded.cells import MOST_PROBLEMS, with_lines
from redline.evidence.recorded.event_table import EventTable, read_table
from redline.results import written
from redline.support import JSON_FORMAT, Blocks, InputError, Result, at_home

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Imported(Result):
    """What became of an export.

    Attributes
    ----------
    path, to : the export, and the table of events that was written
    mapped : its rows: what was written, what was left out, what is open
    events : the table, read again
    """

    path: Path
    to: Path
    mapped: Mapped
    events: EventTable

    def __repr__(self) -> str:
        """Return how many rows were written, and where."""
        return (
            f"Imported({self.to}: {len(self.mapped.rows):,} written, "
            f"{len(self.mapped.left_out):,} left out)"
        )

    def blocks(self) -> Blocks:
        """Yield why rows were left out or are open, and what was written."""
        yield from _reasons(self.path, self.mapped)
        yield self.events.summary()

    def to_dict(self) -> dict[str, Any]:
        """Return the rows that were written, that were left out, that are open; with lines."""
        return {
            "format": JSON_FORMAT,
            "written": [{"line": line, **cells} for line, cells in self.mapped.rows],
            "left_out": [one._asdict() for one in self.mapped.left_out],
            "open": [one._asdict() for one in self.mapped.open],
        }

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each row of the export.

        The line on which it stands; whether it was written; the reason why not, or what is
        open in it; and the cells that were written, in the columns of a table of events.
        """
        import pandas as pd

        why: dict[int, list[str]] = {}
        for one in (*self.mapped.left_out, *self.mapped.open):
            why.setdefault(one.line, []).append(one.reason)
        rows: dict[int, dict[str, Any]] = {line: {"line": line, "written": False} for line in why}
        rows |= {line: {"line": line, "written": True, **c} for line, c in self.mapped.rows}
        for line, row in rows.items():
            row["reason"] = "; ".join(why.get(line, ()))
        columns = ["line", "written", "reason", *HEADER]
        return pd.DataFrame([rows[line] for line in sorted(rows)], columns=columns)


def import_acled(path: str | Path, to: str | Path) -> Imported:
    """Write an export of ACLED as a table of events, such as `calibrate` takes.

    What can be mapped is written; what cannot is listed with its line and the reason.

    Parameters
    ----------
    path
        The export: a table of comma-separated values.
    to
        The table to write; ends in ``.csv``.

    Raises
    ------
    InputError
        If the export cannot be read, nothing in it counts, or the table is there already: its
        gaps may have been filled in by hand.
    """
    path, to = at_home(Path(path)), at_home(Path(to))
    if to.exists():
        raise InputError(f"{to}: already exists: name another file, or remove it")
    if to.suffix.lower() != ".csv":
        raise InputError(f"{to}: a table of events ends in .csv")
    mapped = read_acled(path)
    if not mapped.rows:
        none = f"{path}: none of its {len(mapped.left_out):,} rows can be mapped"
        raise InputError([*_reasons(path, mapped), none])
    with written(to) as temporary:
        temporary.write_text(mapped.text(), "utf-8")
        try:
            table = replace(read_table(temporary), path=to)
        except InputError as error:
            told = [one.replace(str(temporary), str(to)) for one in error.problems]
            raise InputError([*_reasons(path, mapped), *told]) from None
    return Imported(path, to, mapped, table)


def _reasons(path: Path, mapped: Mapped) -> Iterator[str]:
    """Yield why rows are not mapped, or not wholly, with their lines."""
    for told, rows in (("not mapped: ", mapped.left_out), ("", mapped.open)):
        reasons = lines_by_reason(rows)
        for reason, lines in list(reasons.items())[:MOST_PROBLEMS]:
            yield with_lines(path, lines, told + reason)
        if len(reasons) > MOST_PROBLEMS:
            more = f"{len(reasons) - MOST_PROBLEMS:,} reasons more; to_dict() lists all"
            yield f"{path}: {told}{more}"
