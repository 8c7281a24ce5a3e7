"""docs/notebook.md, run as a reader does: block by block, in a kernel of Jupyter."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import redline
from redline.cli import COMMANDS

PAGE = (Path(__file__).parents[1] / "docs" / "notebook.md").read_text("utf-8")
CELL = re.compile(r"^```python( raises)?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(cells, folder):
    """Return the cells of a notebook, run in a folder, each with its outputs."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(text, metadata={"tags": ["raises-exception"] * raises})
            for text, raises in cells
        ]
    )
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook.cells


def kinds(cell):
    """Return the MIME types of what a cell shows."""
    return {kind for one in cell.outputs for kind in one.get("data", ())}


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    wanted = [(text, bool(raises)) for raises, text in CELL.findall(PAGE)]
    found = run(wanted, tmp_path_factory.mktemp("notebook"))
    return {cell.source: cell for cell in found}


def of(cells, start):
    """Return the cell that begins so."""
    (found,) = (cell for text, cell in cells.items() if text.startswith(start))
    return found


def test_it_runs_as_its_readers_run_it(cells):
    """One test, so that one worker alone runs a kernel for it."""
    for last in ("rl.scenarios()", "case", "run", "rl.record()", "difference"):
        found = [
            cell for text, cell in cells.items() if text.split("  #")[0].rstrip().endswith(last)
        ]
        assert any("text/html" in kinds(cell) for cell in found), last
    assert [text for text, cell in cells.items() if not cell.outputs] == []  # each shows something
    for start in ('run.plot("ladder")', 'sweep.plot("curve"', 'rl.plot({"afraid"'):
        assert "image/png" in kinds(of(cells, start))
    told = [one for cell in cells.values() for one in cell.outputs if one.get("name") == "stderr"]
    assert told == []  # nothing warns
    (error,) = of(cells, "case.vary({").outputs
    assert error.ename == "InputError"
    assert "united_states.comitment" in error.evalue
    assert "united_states.commitment" in error.evalue  # the nearest
    assert "--set" not in error.evalue


def test_a_rerun_resumes_and_a_bar_is_shown_while_it_takes_long(tmp_path):
    sweep = (
        "import redline as rl\n"
        "from redline.support import progress\n"
        "progress.PATIENCE = 0\n"
        "done = rl.sweep('baseline', {'iran.review': [0.1, 0.2, 0.3]}, replicates=20, "
        "to='there', notice=print)\n"
        "done.manifest['finished']"
    )
    first, second = run([(sweep, False)] * 2, tmp_path)
    updates = [one for one in first.outputs if one.output_type == "display_data"]
    assert updates  # a bar, which was taken away again
    assert updates[-1]["data"]["text/html"] == ""
    told = [one.text for one in second.outputs if one.output_type == "stream"]
    assert any("already holds this sweep" in text for text in told)
    results = [cell.outputs[-1]["data"]["text/plain"] for cell in (first, second)]
    assert results[0] == results[1]


def test_a_kernel_is_needed_for_the_test_to_mean_anything(tmp_path):
    with pytest.raises(CellExecutionError):
        run([("1 / 0", False)], tmp_path)


def test_every_command_is_a_function_and_both_are_told():
    told = dict(re.findall(r"^\| `redline (\w+)` \| `(?:rl)?\.?(\w+)[(`]", PAGE, re.MULTILINE))
    assert set(told) == set(COMMANDS)
    for command, name in told.items():
        assert name in redline.__all__, command
        assert callable(getattr(redline, name))
        assert getattr(redline, name).__doc__
