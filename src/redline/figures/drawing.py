"""What is drawn? A kind is asked for, of some subjects; a figure comes of it, or why not."""

from dataclasses import replace

from redline.figures.registry import KINDS
from redline.figures.requests import Drawn, Request
from redline.figures.style import EITHER, SIZES, STYLES, styled
from redline.support import InputError, nearest


def draw(kind: str, request: Request, style: str = "paper", size: str | None = None) -> Drawn:
    """Return a figure of a kind, in a style and a size.

    Raises
    ------
    InputError
        If there is no such kind, style or size, or the results cannot be drawn so.
    """
    if kind not in KINDS:
        raise InputError(f"no {kind} among {', '.join(KINDS)}{nearest(kind, KINDS)}")
    check_look("paper" if style == EITHER else style, size)
    size = size or STYLES[style].size
    if hindrance := hinders(kind, request):
        raise InputError(f"{kind}: {hindrance}")
    with styled(style, size):
        drawn = KINDS[kind].draw(replace(request, size=size))
        return replace(drawn, kind=kind, style=style, size=size)


def check_look(style: str, size: str | None) -> None:
    """Check that there are such a style and size.

    Raises
    ------
    InputError
        If there are not.
    """
    for name, known in ((style, STYLES), (size or "page", SIZES)):
        if name not in known:
            raise InputError(f"no {name} among {', '.join(known)}{nearest(name, known)}")


def hinders(kind: str, request: Request) -> str | None:
    """Return why a kind cannot be drawn of what is asked for, or None."""
    about, sweep, numbers = KINDS[kind], request.sweep, request.subject.results.numbers
    if own := about.hindrance(request):
        return own
    if about.swept > len(sweep.points.addresses if sweep else ()):
        wanted = "a swept address" if about.swept == 1 else "two swept addresses"
        return f"needs the results of a sweep with {wanted}"
    if about.swept == 2 and request.by and len(set(request.by)) != 2:
        return "takes two addresses: by=(ADDRESS, ADDRESS)"
    if not about.arms and not about.swept and len(request.subjects) > 1:
        return "draws one scenario at a time"
    if "replicate" in about.takes and request.replicate not in numbers:
        return f"replicate must be in {numbers[0]} … {numbers[-1]}"
    if about.arms and request.by and sweep and len(request.subjects) == 1:
        return (
            f"no two points of this {sweep.manifest['sweep']['design']} design differ in "
            f"{request.by[0]} alone: curve draws all points over it"
        )
    return None
