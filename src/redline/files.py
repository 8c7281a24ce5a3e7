"""Files and folders as other machines have them: ``~``, byte order marks, odd file systems."""

import os
from pathlib import Path

from redline.errors import InputError


def at_home(path: str | Path) -> Path:
    """Return a path that a user gave, ``~`` and ``~user`` in front replaced by a home folder.

    Raises
    ------
    InputError
        If nobody's home folder is known for it, and no file is called so either.
    """
    given = Path(path)
    try:
        return given.expanduser()
    except RuntimeError:
        if os.path.lexists(given):
            return given
        raise InputError(
            f"{given}: no home folder is known for {given.parts[0]}; "
            f"a file of that name here would be ./{given}"
        ) from None
