"""Where the built-in files are, and what in a folder of files is nobody's and never counts.

They are beside the package once it is installed, and in the tree before that.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[1]
INSIDE = {"scenarios": "case", "experiments": "argument"}
"""Where the wheel has the built-in files of each kind."""


def folder(kind: str) -> Path:
    """Return the folder of built-in files of a kind, ``scenarios`` or ``experiments``.

    The wheel carries them inside the package; a checkout has them at its top level.
    """
    inside = PACKAGE / INSIDE[kind] / kind
    return inside if inside.is_dir() else PACKAGE.parents[1] / kind


@cache
def built_in(kind: str = "scenarios") -> dict[str, Path]:
    """Return the built-in files of a kind by name, in alphabetical order."""
    found = sorted(folder(kind).glob("*.toml"))
    return {path.stem: path for path in found if not is_litter(path.name)}


# What file managers and file systems leave in any folder


class Kind(NamedTuple):
    """A kind of litter: a pattern of names, and who leaves them."""

    pattern: str
    whose: str


KINDS = (
    Kind(".DS_Store", "macOS Finder: how the folder is shown"),
    Kind("._*", "macOS, where a file system has no extended attributes (AppleDouble)"),
    Kind(".AppleDouble", "netatalk: the same, in a folder"),
    Kind(".LSOverride", "macOS: which program opens it"),
    Kind(".localized", "macOS: that the folder's name is translated"),
    Kind("Icon\r", "macOS: an icon of the folder's own"),
    Kind(".Spotlight-V100", "macOS: an index for searching"),
    Kind(".fseventsd", "macOS: a log of changes"),
    Kind(".TemporaryItems", "macOS: files under way"),
    Kind(".Trashes", "macOS: a bin"),
    Kind(".DocumentRevisions-V100", "macOS: earlier versions"),
    Kind("__MACOSX", "macOS: what an archive unpacks beside its files"),
    Kind("Thumbs.db", "Windows Explorer: small pictures"),
    Kind("Thumbs.db:encryptable", "the same, of an encrypted folder"),
    Kind("ehthumbs.db", "Windows Media Center: the same"),
    Kind("ehthumbs_vista.db", "the same"),
    Kind("desktop.ini", "Windows Explorer: how the folder is shown"),
    Kind("$RECYCLE.BIN", "Windows: a bin"),
    Kind("System Volume Information", "Windows: earlier versions, and an index"),
    Kind("*:Zone.Identifier", "Windows: where a file came from, copied to a file of its own"),
    Kind(".directory", "KDE Dolphin: how the folder is shown"),
    Kind(".Trash-*", "Linux: a bin"),
    Kind(".~lock.*#", "LibreOffice: that a file is open"),
    Kind("~$*", "Microsoft Office: the same"),
    Kind(".nfs*", "NFS: a file that was removed while open"),
    Kind(".fuse_hidden*", "FUSE: the same"),
    Kind(".__afs*", "AFS: the same"),
    Kind(".panfs*", "PanFS: the same"),
    Kind(".smbdelete*", "SMB: the same"),
    Kind(".gvfs*", "GNOME: a mount"),
    Kind("@eaDir", "Synology: an index"),
    Kind("#recycle", "Synology: a bin"),
    Kind(".@__thumb", "QNAP: small pictures"),
    Kind(".dropbox*", "Dropbox: its notes"),
    Kind(".sync", "Resilio: its notes"),
    Kind(".sync_*", "Nextcloud: its notes"),
    Kind(".stfolder", "Syncthing: its mark"),
    Kind(".stversions", "Syncthing: earlier versions"),
    Kind(".owncloudsync.log*", "ownCloud: its notes"),
    Kind(".ipynb_checkpoints", "Jupyter: copies of notebooks"),
    Kind(".snapshot", "NetApp: earlier versions"),
    Kind("lost+found", "ext: what a check of the disk found"),
)
"""Names that no user chose. Copies that an editor makes (``notes.txt~``) are a user's own."""

_CASELESS = ("thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", ".ds_store")
"""Windows and macOS write these in either case, and so do their copies."""


def is_litter(name: str) -> bool:
    """Return whether a file or folder of this name is litter."""
    return name.lower() in _CASELESS or any(fnmatchcase(name, kind.pattern) for kind in KINDS)


def entries(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder, in order of names, without litter."""
    return (path for path in sorted(folder.iterdir()) if not is_litter(path.name))
