"""Draw the gallery, from results simulated now: ``make gallery`` writes docs/gallery.md."""

import tempfile
from pathlib import Path

from redline.case.scenario_file import load_scenario
from redline.exploration.influence import explored
from redline.figures.drawing import draw
from redline.figures.registry import KINDS
from redline.figures.requests import Request
from redline.figures.style import save, styled
from redline.figures.subjects import arms_of, base_point, point_subject, subject_of
from redline.results.storage.running import run_into, sweep_into

HERE = Path(__file__).parent
DPI = 100
"""Small files: they are looked at on a screen."""
MARK = "<!-- what follows is written by make gallery -->\n"
RUN = "redline run standoff_2019_2021 -n 2000"
SWEEP = "redline sweep fear_of_war -n 400"


def requests(folder: Path) -> dict[str, tuple[str, str, Request]]:
    """Return what to draw: by file, the kind, the command that draws it, the request."""
    run = run_into(folder / "standoff_2019_2021", load_scenario("standoff_2019_2021"), 2000)
    swept = sweep_into(folder / "fear_of_war-sweep", "fear_of_war", 400)
    fearless = run_into(folder / "cheap_war", load_scenario("cheap_war"), 2000)
    one = Request((subject_of(run),))
    both = Request((subject_of(run), subject_of(fearless)))
    point = Request((point_subject(swept, base_point(swept)),), swept)
    arms = Request(arms_of(swept), swept)
    of_run, of_sweep = "results/standoff_2019_2021", "results/fear_of_war-sweep"
    found = {
        kind: (kind, f"redline plot {of_run} --kind {kind}", one)
        for kind, about in KINDS.items()
        if not about.swept
    }
    found["terms"] = (
        "terms",
        f"redline plot {of_run} --kind terms --week 4",
        Request(one.subjects, week=4),
    )
    wide = explored(load_scenario("standoff_2019_2021"), "saltelli", 64)
    drawn = sweep_into(folder / "standoff_2019_2021-sobol", wide, 20, weekly="none")
    found["tornado"] = (
        "tornado",
        "redline plot results/standoff_2019_2021-sobol --kind tornado",
        Request((point_subject(drawn, 0),), drawn),
    )
    found["outcomes-arms"] = ("outcomes", f"redline plot {of_sweep} --kind outcomes", arms)
    found["distribution-arms"] = (
        "distribution",
        f"redline plot {of_run} results/cheap_war --kind distribution --measure weeks_lived",
        Request(both.subjects, measure="weeks_lived"),
    )
    found["survival-arms"] = ("survival", f"redline plot {of_sweep} --kind survival", arms)
    found |= {
        kind: (kind, f"redline plot {of_sweep} --kind {kind}", point)
        for kind, about in KINDS.items()
        if about.swept and kind not in found
    }
    found["phase-twin"] = (
        "phase",
        f"redline plot {of_sweep} --kind phase --twin",
        Request(point.subjects, swept, twin=True),
    )
    return found


def main() -> None:
    """Write the gallery's figures and its page."""
    page = HERE / "gallery.md"
    head = page.read_text("utf-8").partition(MARK)[0]
    lines = [f"Results: `{RUN}`, `{SWEEP}`.", ""]
    with tempfile.TemporaryDirectory() as folder:
        for name, (kind, command, request) in requests(Path(folder)).items():
            drawn = draw(kind, request)
            path = HERE / "gallery" / f"{name}.png"
            path.parent.mkdir(exist_ok=True)
            with styled():
                drawn.figure.set_dpi(DPI)
                save(drawn.figure, path, dpi=DPI)
            about = KINDS[kind].about
            lines += [f"## {name}", "", f"{about[0].upper()}{about[1:]}. `{command}`", ""]
            lines += [f"![{drawn.title}](gallery/{name}.png)", ""]
    page.write_text(head + MARK + "\n" + "\n".join(lines).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
