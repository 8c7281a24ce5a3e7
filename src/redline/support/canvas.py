"""Import Matplotlib, whatever the environment and the files of this machine say of it.

Figures here are drawn into files, which takes no backend, and in a style of their own, which
takes no ``matplotlibrc``: neither may hinder them. Where Matplotlib is at work already, as in
a notebook, nothing is changed.
"""

import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

FORMATS = (".png", ".svg", ".pdf")
"""As what figures can be written."""
SETTINGS = "MATPLOTLIBRC"
NO_PLACE = (
    "redline: Matplotlib finds no folder to keep its list of fonts in, and makes it anew: "
    "set MPLCONFIGDIR to a folder that can be written"
)


def prepare_canvas() -> None:
    """Import Matplotlib with its list of fonts, unless that is done.

    MPLBACKEND holds for whoever plots afterwards, if it can be had; and so does a
    ``matplotlibrc``, if it can be read.
    """
    if "matplotlib" in sys.modules:
        return
    with _quiet():
        backend = os.environ.pop("MPLBACKEND", None)
        try:
            module = _imported()
        finally:
            if backend is not None:
                os.environ["MPLBACKEND"] = backend
        if backend:
            with suppress(ValueError):  # that of a notebook elsewhere
                module.rcParams["backend"] = backend
        _with_fonts(module)
    if "redline.cli" in sys.modules:
        _import_undocumented()


def _import_undocumented() -> None:
    """Import what figures need without docstrings that list the properties of every artist.

    To make them takes as long as to draw a figure, and a command shows them to nobody.
    """
    artist: Any = importlib.import_module("matplotlib.artist").Artist
    name = "_update_set_signature_and_docstring"
    documented = vars(artist).get(name)
    try:
        if documented:
            setattr(artist, name, classmethod(lambda _: None))
        importlib.import_module("matplotlib.figure")
    finally:
        if documented:
            setattr(artist, name, documented)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Matplotlib warns of its files and folders from a figure that needs neither."""
    log = logging.getLogger("matplotlib")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _imported() -> ModuleType:
    """Import it with the settings of this machine, or without those that cannot be read."""
    ways: tuple[Callable[[], AbstractContextManager[None]], ...]
    ways = nullcontext, _at_defaults, _elsewhere
    for way in ways:
        with suppress(ValueError, OSError), way():  # not UTF-8, a quote left open, no rights
            return importlib.import_module("matplotlib")
        for name in [one for one in sys.modules if one.partition(".")[0] == "matplotlib"]:
            del sys.modules[name]
    return importlib.import_module("matplotlib")


@contextmanager
def _at_defaults() -> Iterator[None]:
    """Name Matplotlib's own ``matplotlibrc`` before those of the environment and of home."""
    named = os.environ.get(SETTINGS)
    os.environ[SETTINGS] = str(_defaults() / "matplotlibrc")
    try:
        yield
    finally:
        del os.environ[SETTINGS]
        if named is not None:
            os.environ[SETTINGS] = named


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Leave the working folder, whose ``matplotlibrc`` comes before any that is named.

    It can be gone back to even where it cannot be read, if the system has paths as such.
    """
    before = os.open(".", getattr(os, "O_PATH", os.O_RDONLY))
    os.chdir(_defaults())
    try:
        yield
    finally:
        os.fchdir(before)
        os.close(before)


def _defaults() -> Path:
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "mpl-data"


def _with_fonts(module: ModuleType) -> None:
    """Import the list of fonts, which is made anew where there is no place to keep it."""
    try:
        module.get_cachedir()
    except OSError:
        print(NO_PLACE, file=sys.stderr)
        module.get_cachedir = module.get_data_path  # type: ignore[attr-defined]
    importlib.import_module("matplotlib.font_manager")
