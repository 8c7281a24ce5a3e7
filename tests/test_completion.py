"""What the shell completes, in process and once as a shell would ask."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from redline.case import vary
from redline.cli import COMMANDS, cli
from redline.figures.registry import KINDS
from redline.results.measures import measure_names
from redline.results.storage.running import sweep_into as sweep
from redline.support.library import built_in


def completed(*words):
    """Return what completes the last word, by kind: paths are the shell's business."""
    asked = ShellComplete(cli, {}, "redline", "_REDLINE_COMPLETE")
    found = asked.get_completions(list(words[:-1]), words[-1])
    return [item.value for item in found if item.type == "plain"], any(
        item.type == "file" for item in found
    )


@pytest.mark.parametrize(
    "words",
    [
        ("run",), ("sweep",), ("play",), ("page",), ("check",), ("parameters",), ("explain",),
        ("compare",), ("compare", "baseline"), ("plot",), ("validate",), ("score",), ("game",),
        ("calibrate",), ("forecast",), ("sensitivity",), ("page", "--game"), ("sweep", "baseline"),
    ],
)  # fmt: skip
def test_scenarios_complete_by_name_and_by_path(words):
    names, paths = completed(*words, "")
    assert names == list(built_in())
    assert paths
    assert completed(*words, "st") == (["standoff_2019_2021"], True)
    assert completed(*words, "./mi") == ([], True)


def test_a_scenario_to_extend_is_a_built_in_one():
    assert completed("new", "x.toml", "--extends", "ta") == (["talks_2021"], False)


@pytest.mark.parametrize("words", [("experiment",), ("robustness", "--claim")])
def test_experiments_complete_by_name_and_by_claim(words):
    names, paths = completed(*words, "")
    assert paths
    assert set(built_in("experiments")) < set(names)
    assert "C5" in names
    assert completed(*words, "c5_")[0] == ["c5_leverage"]


@pytest.mark.parametrize(
    "words",
    [
        ("run", "baseline"), ("sweep", "fear_of_war"), ("plot", "baseline", "--kind", "ladder"),
        ("explain", "baseline"), ("experiment", "C5"), ("claims",), ("validate",), ("calibrate",),
        ("sensitivity", "baseline"), ("play",),
    ],
)  # fmt: skip
def test_addresses_complete_with_an_equals_sign(words):
    names, paths = completed(*words, "--set", "iran.rev")
    assert names == ["iran.revenue_exposure=", "iran.review="]
    assert not paths


def test_addresses_are_those_of_the_scenario_given():
    assert completed("run", "standoff_2019_2021", "--set", "timeline.90")[0] == [
        "timeline.90.armament="
    ]
    assert completed("run", "baseline", "--set", "timeline.90")[0] == []
    assert completed("run", "no_such_file.toml", "--set", "iran.rev")[0]
    assert completed("sweep", "baseline", "--over", "site.erbil.exp")[0] == ["site.erbil.exposure="]
    assert completed("parameters", "--group", "environm")[0][0] == "environment"
    assert completed("sensitivity", "baseline", "--only", "learn")[0][0] == "learning"


@pytest.mark.parametrize(
    "words", [("results", "x"), ("plot", "x", "--kind", "curve"), ("sensitivity", "baseline")]
)
def test_measures_complete(words):
    assert completed(*words, "--measure", "")[0] == list(measure_names())
    assert "strikes_per_attack" in completed(*words, "--measure", "strikes")[0]


def test_kinds_of_figures_complete():
    assert KINDS.about == {name: kind.about for name, kind in KINDS.items()}
    assert completed("plot", "x", "--kind", "")[0] == [*KINDS, "all", "list"]
    assert completed("plot", "x", "--kind", "la")[0] == ["ladder"]


def test_actors_bans_and_fixed_choices_complete():
    assert "iran" in completed("explain", "baseline", "--actor", "")[0]
    assert completed("run", "baseline", "--forbid", "united_states.st")[0] == [
        "united_states.strike"
    ]
    assert completed("play", "--as", "ir")[0] == ["iran"]
    assert completed("plot", "x", "--style", "pa")[0] == ["paper"]


def test_swept_addresses_are_those_of_the_folder(tmp_path):
    table = {"iran.review": [0.1, 0.2], "militias.loyalty": [0.5, 1.0]}
    sweep(tmp_path / "s", vary("talks_2021", weeks=4, sweep=table), 2)
    assert completed("results", str(tmp_path / "s"), "--by", "")[0] == list(table)
    assert completed("plot", str(tmp_path / "s"), "--by", "mil")[0] == ["militias.loyalty"]
    assert completed("results", str(tmp_path / "none"), "--by", "")[0] == []
    (tmp_path / "s" / "manifest.json").write_text("{")
    assert completed("results", str(tmp_path / "s"), "--by", "")[0] == []


def test_commands_complete_without_being_imported():
    assert completed("")[0] == list(COMMANDS)
    assert completed("ca") == (["calibrate"], False)
    code = (
        "import sys; from click.shell_completion import ShellComplete as S\n"
        "from redline.cli import cli\n"
        "print(len(S(cli, {}, 'redline', 'X').get_completions([], '')))\n"
        "found = [name for name in sys.modules if name.startswith(('numpy', 'redline.cli.'))]\n"
        "assert found == ['redline.cli.commands'], found"  # the table of them
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, str(len(COMMANDS))), done.stderr


HEAVY = ("pydantic", "matplotlib", "scipy", "pyarrow", "mesa", "numba", "rich")


def test_names_complete_without_heavy_imports():
    code = (
        "import sys; from click.shell_completion import ShellComplete as S\n"
        "from redline.cli import cli\n"
        "asked = S(cli, {}, 'redline', 'X')\n"
        "assert asked.get_completions(['run'], 'ba') and asked.get_completions(['check'], 'ba')\n"
        "assert asked.get_completions(['plot', 'x', '--kind'], 'l')\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_shell_is_answered(shell):
    asked = {
        "_REDLINE_COMPLETE": "bash_complete", "COMP_WORDS": "redline run ba", "COMP_CWORD": "2",
    }  # fmt: skip
    done = shell(env=asked)
    assert done.stdout.split() == ["file,ba", "plain,baseline"]
    asked = {"_REDLINE_COMPLETE": "zsh_complete", "COMP_WORDS": "redline run ba", "COMP_CWORD": "2"}
    assert shell(env=asked).stdout.split()[:3] == ["file", "ba", "_"]
    asked = {
        "_REDLINE_COMPLETE": "fish_complete", "COMP_WORDS": "redline run ba", "COMP_CWORD": "ba",
    }  # fmt: skip
    assert shell(env=asked).stdout.splitlines()[1].startswith("plain,baseline")


def test_bash_puts_no_space_behind_an_equals_sign(shell, tmp_path):
    source = shell(env={"_REDLINE_COMPLETE": "bash_source"}).stdout
    assert "compopt -o nospace" in source
    if shutil.which("bash") is None:
        assert not os.environ.get("CI"), "continuous integration has a bash"
        pytest.skip("no bash is installed")
    command = tmp_path / "redline"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m redline "$@"\n')
    command.chmod(0o755)
    script = source + (
        '\ncompopt() { echo "$@"; }\nCOMP_WORDS=(redline run baseline --set iran.revi); '
        'COMP_CWORD=4\n_redline_completion redline\necho "${COMPREPLY[*]}"\n'
    )
    done = subprocess.run(
        ["bash"],
        input=script,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split("\n")[:2] == ["-o nospace", "iran.review="], done.stderr
