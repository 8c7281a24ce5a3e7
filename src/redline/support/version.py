"""What is running: versions of this package and of what its results depend on."""

from functools import cache
from pathlib import Path

JSON_FORMAT = 1
"""Of what the commands print with --json; results on disk have their own."""
DEPENDENCIES = ("mesa", "numpy", "numba", "scipy", "pyarrow", "matplotlib", "pydantic")


@cache
def package_version() -> str:
    """Return the version of this package, as its metadata has it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("redline")
    except PackageNotFoundError:
        return "0+unknown"


def versions() -> dict[str, str]:
    """Return the versions of Python, this package and its main dependencies."""
    import platform
    from importlib.metadata import version

    found = {"redline": package_version(), "python": platform.python_version()}
    for name in DEPENDENCIES:
        found[name] = version(name)
    return found


@cache
def build_commit() -> str | None:
    """Return the commit of the checkout that the package runs from, or None outside one."""
    import subprocess

    top = Path(__file__).resolve().parents[3]
    if not (top / ".git").exists():
        return None
    command = ["git", "-C", str(top), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
