"""Measures as arrays with names: over replicates and, of a sweep, over its points."""

from typing import TYPE_CHECKING, Any

from redline.results.measures import COLUMNS
from redline.support import InputError, package_version

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def origin(scenario: str, seed: int, rules: str) -> dict[str, str]:
    """Return what a dataset says of where it is from."""
    # A seed may have 64 bits, unsigned: more than an attribute of netCDF holds.
    about = {"scenario": scenario, "seed": str(seed), "rules_hash": rules}
    return {**about, "redline": package_version()}


def of_run(table: "pd.DataFrame", about: dict[str, Any]) -> "xr.Dataset":
    """Return the replicates of a run as a dataset over ``replicate``."""
    return _with_words(_dataset(table.set_index("replicate")), about)


def of_sweep(
    table: "pd.DataFrame", axes: tuple[str, ...] | None, about: dict[str, Any]
) -> "xr.Dataset":
    """Return the replicates of a sweep as a dataset.

    Parameters
    ----------
    axes
        The swept addresses of a grid, each of which is a dimension; None for other designs, whose
        points are one dimension and their addresses coordinates along it.
    """
    addresses = [name for name in table if name not in (*COLUMNS, "point", "replicate", "class")]
    if axes is not None:
        found = _dataset(table.drop(columns="point").set_index([*axes, "replicate"]))
        return _with_words(found, about)
    points = table.groupby("point")[addresses].first()
    found = _dataset(table.drop(columns=addresses).set_index(["point", "replicate"]))
    found = found.assign_coords({name: ("point", points[name].to_numpy()) for name in addresses})
    return _with_words(found, about)


def _dataset(table: "pd.DataFrame") -> "xr.Dataset":
    try:
        import xarray as xr
    except ImportError:
        raise InputError(
            'to_xarray needs xarray, which is not installed: pip install "redline[xarray]"'
        ) from None
    return xr.Dataset.from_dataframe(table.assign(**{"class": table["class"].astype("str")}))


def _with_words(found: "xr.Dataset", about: dict[str, Any]) -> "xr.Dataset":
    for name, measure in COLUMNS.items():
        found[name].attrs = {"long_name": measure.words, "units": measure.unit}
    return found.assign_attrs(about)
