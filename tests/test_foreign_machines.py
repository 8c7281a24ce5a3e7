"""What other machines are like: their settings, file systems, names, encodings and tables."""

import ast
import datetime
import errno
import json
import os
import tempfile
from decimal import Decimal
from itertools import islice
from pathlib import Path

import click
import matplotlib as mpl
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import redline
from redline.case.scenario_file import load_scenario
from redline.cli import COMMANDS, main
from redline.cli import cli as group
from redline.cli.options import HomePath
from redline.engine import batch, traces
from redline.engine.native import compiled, loaded_code
from redline.evidence.textbook_game import read_payoffs
from redline.exploration.claims_over_space import drawn_points
from redline.figures import report_page as report
from redline.figures.drawing import draw
from redline.figures.pages import inline_svg
from redline.figures.requests import Request, write_figure
from redline.figures.subjects import subject_of
from redline.results.simulation import simulate
from redline.results.storage import store
from redline.results.storage.running import run_into
from redline.results.storage.stored_sweep import load_results
from redline.support import canvas, errors, files
from redline.support.errors import InputError, system_problem

SCENARIO = 'title = "x"\nextends = "baseline"\nweeks = 20\n'
SWEEP = ("sweep", "fear_of_war", "--over", "iran.review=[0.1,0.2]", "-n", "2")
LATIN = os.fsdecode(b"\xe9")
"""A letter of a name that is not UTF-8."""


def refused(number, path=None):
    def raising(*arguments, **options):
        raise OSError(number, os.strerror(number), path)

    return raising


# Settings of Matplotlib


LEAKS = {
    "text.usetex": True,
    "font.size": 30,
    "savefig.bbox": "tight",
    "savefig.transparent": True,
    "axes.grid": False,
    "axes.facecolor": "red",
    "lines.dashed_pattern": [9, 9],
    "timezone": "Asia/Tokyo",
    "svg.image_inline": False,
    "axes.formatter.use_locale": True,
    "font.sans-serif": ["nope"],
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run_into(tmp_path_factory.mktemp("ran") / "run", load_scenario("baseline"), 20)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_figure_is_the_same_whatever_the_user_s_settings(ran, tmp_path, suffix):
    def drawn(name):
        path = tmp_path / f"{name}{suffix}"
        write_figure(draw("survival", Request((subject_of(ran),))), path)
        return path.read_bytes()

    plain = drawn("plain")
    with mpl.rc_context(LEAKS):
        assert drawn("leaked") == plain
        assert {name: mpl.rcParams[name] for name in LEAKS} == LEAKS


def test_a_figure_in_a_page_is_the_same_whatever_the_user_s_settings(ran):
    def drawn():
        return inline_svg(draw("survival", Request((subject_of(ran),))), "a")

    plain = drawn()
    with mpl.rc_context(LEAKS):
        assert drawn() == plain


EXPLAIN = ("explain", "baseline", "--week", "3", "-o", "figure.png")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "figure.png"
    with pytest.raises(SystemExit, match="0"):
        main([*EXPLAIN[:-1], str(path)])
    return path.read_bytes()


WORST_STANDS_FOR_IT = pytest.mark.second_tier("the worst backend, and settings, stand for others")


@pytest.mark.parametrize(
    ("backend", "settings"),
    [
        pytest.param("module://matplotlib_inline.backend_inline", b"", marks=WORST_STANDS_FOR_IT),
        pytest.param(
            "Qt5Agg",
            b"text.usetex: True\nfont.size: 30\nsavefig.bbox: tight\n",
            marks=WORST_STANDS_FOR_IT,
        ),
        ("nope", b'nope: 3\nfont.size: huge\nfont.family: "open\n'),
        pytest.param("", b"font.size: 30\n# \xff\n", marks=WORST_STANDS_FOR_IT),
    ],
    ids=["inline", "Qt", "nonsense", "none"],
)
def test_a_figure_takes_no_backend_and_no_settings(shell, plain, tmp_path, backend, settings):
    (tmp_path / "matplotlibrc").write_bytes(settings)
    done = shell(*EXPLAIN, env={"MPLBACKEND": backend})
    assert done.returncode == 0
    assert done.stderr == "Figure written to figure.png\n"
    assert (tmp_path / "figure.png").read_bytes() == plain


@pytest.mark.second_tier("test_a_figure_takes_no_backend_and_no_settings[nonsense] stands for it")
def test_a_run_draws_its_figure_whatever_the_backend(shell, tmp_path):
    (tmp_path / "matplotlibrc").write_bytes(b'axes.grid: "x\n# \xff\n')
    done = shell("run", "baseline", "-n", "3", "-o", "r", env={"MPLBACKEND": "nope"})
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "r" / "outcomes.png").is_file()


def test_matplotlib_is_imported_where_it_is_prepared_first():
    package = Path(redline.__file__).parent
    for path in package.rglob("*.py"):
        if "kinds" in path.parts or path.parts[-2:] == ("figures", "style.py"):
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("matplotlib") for name in names), path


def test_who_plots_afterwards_has_backend_and_settings_as_before(tmp_path):
    from test_compiled import run_python

    (tmp_path / "matplotlibrc").write_text("font.size: 30\n")
    code = (
        "import os, redline.figures.style, matplotlib as mpl\n"
        "print(os.environ['MPLBACKEND'], mpl.get_backend(), mpl.rcParams['font.size'])"
    )
    done = run_python(code, MPLBACKEND="svg", MATPLOTLIBRC=str(tmp_path / "matplotlibrc"))
    assert done.stdout == "svg svg 30.0\n", done.stderr


@pytest.mark.parametrize(
    ("settings", "before"),
    [
        ("bad/matplotlibrc", "os.chdir = os.fchdir = None"),  # the working folder stays
        ("bad/matplotlibrc", "os.rmdir(os.getcwd())"),
        ("here/matplotlibrc", "opened = os.open; os.open = refusing"),  # may not be read
    ],
)
def test_bad_settings_in_or_beside_any_working_folder(tmp_path, settings, before):
    from test_compiled import run_python

    for name in ("bad", "here"):
        (tmp_path / name).mkdir()
    (tmp_path / settings).write_bytes(b"# \xff\n")
    code = (
        "import os, numpy\n"
        "def refusing(path, flags, *rest, **named):\n"
        "    if path == '.' and not flags & os.O_PATH: raise PermissionError\n"
        "    return opened(path, flags, *rest, **named)\n"
        f"os.chdir({str(tmp_path / 'here')!r})\n"
        f"here, named = os.stat('.').st_ino, os.environ['MATPLOTLIBRC']\n"
        f"{before}\n"
        "import redline.support.canvas; redline.support.canvas.prepare_canvas()\n"
        "assert os.stat('.').st_ino == here and os.environ['MATPLOTLIBRC'] == named\n"
        "import matplotlib as mpl; print(mpl.rcParams['font.size'])"
    )
    done = run_python(code, MATPLOTLIBRC=str(tmp_path / "bad" / "matplotlibrc"))
    assert done.stdout == "10.0\n", done.stderr


def test_matplotlib_without_any_folder_makes_its_list_anew(monkeypatch, capsys):
    def nowhere():
        raise OSError("set MPLCONFIGDIR")

    monkeypatch.setattr(mpl, "get_cachedir", nowhere)
    canvas._with_fonts(mpl)
    assert capsys.readouterr().err == f"{canvas.NO_PLACE}\n"
    assert mpl.get_cachedir() == mpl.get_data_path()


# File systems that refuse


@pytest.mark.usefixtures("undrawn")
def test_rights_that_cannot_be_given_are_gone_without(cli, monkeypatch):
    asked, refuse = [], refused(errno.EPERM)

    def chmod(*arguments, **options):
        asked.append(arguments)
        refuse()

    monkeypatch.setattr(Path, "chmod", chmod)
    assert cli("run", "baseline", "-n", "20", "-o", "run")[0] == 0
    assert cli(*SWEEP, "-o", "s")[0] == 0
    assert cli("results", "run", "--csv", "table.csv")[0] == 0
    assert {path.name for path in Path().iterdir()} == {"run", "s", "table.csv"}
    assert asked


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.ENOSYS, errno.EACCES])
def test_rights_are_gone_without_however_they_are_refused(tmp_path, monkeypatch, number):
    asked = []

    def chmod(path, mode):
        asked.append((path, mode))
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(Path, "chmod", chmod)
    store.write_bytes(b"all the same", tmp_path / "a.txt")
    assert [mode & 0o600 for _, mode in asked] == [0o600]
    assert (tmp_path / "a.txt").read_bytes() == b"all the same"


def test_an_error_in_giving_rights_stays_one(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "chmod", refused(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        files.give_rights(tmp_path, 0o777)


def syncing(monkeypatch, number):
    real, asked = os.fsync, []

    def fsync(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            asked.append(handle)
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return asked


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES])
def test_a_folder_that_cannot_be_synced_is_written_all_the_same(tmp_path, monkeypatch, number):
    asked = syncing(monkeypatch, number)
    run_into(tmp_path / "run", load_scenario("baseline"), 2)
    assert asked
    assert load_results(tmp_path / "run").column("attacks").size == 2


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_folder_that_fails_is_an_error_that_names_it(cli, monkeypatch, number):
    syncing(monkeypatch, number)
    code, _, err = cli(
        "sweep", "fear_of_war", "--over", "iran.review=[0.1,0.2]", "-n", "2", "-o", "s"
    )
    assert code in (1, 2)
    assert f"/s: {os.strerror(number)}; " in err


def test_a_folder_that_cannot_be_opened_is_written_all_the_same(tmp_path, monkeypatch):
    real, asked = os.open, []

    def opened(path, flags, *rest, **options):
        if flags & os.O_DIRECTORY and Path(path) == tmp_path:
            asked.append(path)
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, flags, *rest, **options)

    monkeypatch.setattr(os, "open", opened)
    store.write_bytes(b"all the same", tmp_path / "a.txt")
    assert asked == [tmp_path]
    assert (tmp_path / "a.txt").read_bytes() == b"all the same"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_names_the_file_and_not_its_temporary_name(tmp_path):
    with pytest.raises(OSError, match="No space") as caught, files.named(tmp_path / "a.html"):
        refused(errno.ENOSPC, str(tmp_path / ".a.html.x1"))()
    assert caught.value.filename == str(tmp_path / "a.html")


@pytest.mark.parametrize("number", sorted(errors.ADVICE))
def test_an_error_of_the_system_says_where_why_and_what_to_do(number):
    error = OSError(number, os.strerror(number), "there")
    assert system_problem(error) == f"there: {os.strerror(number)}; {errors.ADVICE[number]}"
    assert system_problem(error, "here").startswith("here: ")


def test_an_error_without_a_number_says_all_itself():
    assert system_problem(OSError("set MPLCONFIGDIR"), "f.png") == "f.png: set MPLCONFIGDIR"
    assert system_problem(OSError(), "f.png") == "f.png: OSError"
    assert system_problem(OSError(99999, "odd", b"x\xe9")) == f"x{LATIN}: odd"


def test_a_place_that_is_read_only_is_called_so(tmp_path, monkeypatch):
    class Status:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "statvfs", lambda _: Status)
    with pytest.raises(InputError, match=r"a\.html: Read-only file system; name a place"):
        files.check_place(tmp_path / "a.html")


# Numba


def test_uncompiled_the_engine_gives_the_same_bits(monkeypatch, capsys):
    wanted = simulate("standoff_2019_2021", 2, workers=1)
    numba = compiled.load_numba()  # which reads the environment when it is first imported
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(numba.core.config, "DISABLE_JIT", 1)
    compiled._copies_uncompiled.cache_clear()
    plain = compiled.compiled_entries.__wrapped__()
    assert capsys.readouterr().err.startswith("redline: NUMBA_DISABLE_JIT is set: ")
    for module in (batch, traces):
        monkeypatch.setattr(module, "compiled_entries", lambda: plain)
    found = simulate("standoff_2019_2021", 2, workers=1)
    for name in ("attacks", "talks_weeks", "mean_leverage", "confrontation_week", "class"):
        assert found.column(name).tobytes() == wanted.column(name).tobytes()


@pytest.mark.parametrize(
    ("setting", "code", "told"),
    [
        pytest.param(
            "NUMBA_DISABLE_JIT=1",
            0,
            "NUMBA_DISABLE_JIT is set: the engine runs uncompiled",
            marks=pytest.mark.second_tier(
                "test_uncompiled_the_engine_gives_the_same_bits finds the same line"
            ),
        ),
        pytest.param(
            "NUMBA_DISABLE_JIT=yes",
            0,
            "'NUMBA_DISABLE_JIT' is defined but",
            marks=pytest.mark.second_tier("a warning of Numba's; its error stands for it"),
        ),
        ("NUMBA_NUM_THREADS=0 NUMBA_OPT=3", 2, "Numba cannot be loaded: Number of threads"),
        pytest.param(
            "NUMBA_NUM_THREADS=0",
            0,
            "",
            marks=pytest.mark.second_tier("a setting that does not matter to compiled code"),
        ),
        pytest.param(
            "NUMBA_CACHE_LOCATOR_CLASSES=nope",
            0,
            "",
            marks=pytest.mark.second_tier("a setting that no longer matters to compiled code"),
        ),
    ],
)
def test_odd_settings_of_numba_are_a_line_at_most(shell, setting, code, told):
    given = dict(one.split("=") for one in setting.split())
    done = shell("run", "baseline", "-n", "2", "--json", env=given)
    assert done.returncode == code
    lines = done.stderr.splitlines()
    assert len(lines) == bool(told)
    assert all(line.startswith("redline: ") and told in line for line in lines)
    assert code or json.loads(done.stdout)["replicates"] == 2


def test_compiled_code_that_cannot_be_stored_is_compiled_for_the_process(monkeypatch, tmp_path):
    monkeypatch.setattr(loaded_code.os, "replace", refused(errno.ENOSPC))
    made = loaded_code.MachineCode("name", 1, b"code")
    assert not loaded_code.write(tmp_path / "code", made)
    assert list(tmp_path.iterdir()) == []


def test_no_place_at_all_is_no_cache(monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    monkeypatch.setattr(tempfile, "gettempdir", refused(errno.ENOENT))
    assert compiled.cache_folder() is None


@pytest.mark.parametrize("home", ["", "relative", "~/cache", LATIN])
def test_a_cache_folder_that_is_not_absolute_is_not_made_here(monkeypatch, tmp_path, home):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert compiled.cache_folder().is_relative_to(tmp_path / "home" / ".cache")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


# Home folders


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    (folder / "s.toml").write_text(SCENARIO)
    return folder


def test_every_path_of_the_command_line_knows_home():
    context = click.Context(group)
    found = 0
    for name in COMMANDS:
        for parameter in group.get_command(context, name).params:
            if isinstance(parameter.type, click.Path):
                assert isinstance(parameter.type, HomePath), (name, parameter.name)
                found += 1
    assert found > 20


@pytest.mark.usefixtures("undrawn")
def test_a_tilde_is_the_home_folder(cli, home):
    assert cli("run", "~/s.toml", "-n", "20", "--output=~/run")[0] == 0
    assert cli("plot", "~/run", "--kind", "ladder", "--output=~/l.png")[0] == 0
    assert cli("results", "~/run", "--csv=~/t.csv")[0] == 0
    assert cli("new", "~/n.toml")[0] == 0
    assert cli("check", "~/n.toml")[0] == 0
    assert {path.name for path in home.iterdir()} == {
        "s.toml", "run", "l.png", "t.csv", "n.toml",
    }  # fmt: skip
    assert [path.name for path in Path().iterdir()] == ["home"]


def test_python_knows_home_too(home):
    import redline

    assert redline.scenario("~/s.toml").weeks == 20
    assert len(redline.simulate("~/s.toml", replicates=2).column("attacks")) == 2
    swept = redline.scenario("~/s.toml").vary(sweep={"iran.review": [0.1, 0.2]})
    redline.sweep(swept, replicates=2, to="~/swept")
    assert redline.open("~/swept").complete
    assert (home / "swept").is_dir()


@pytest.mark.parametrize("arguments", [("run", "~nobody-here/s.toml"), ("report", "~nobody-here")])
def test_nobody_s_home_is_refused(cli, arguments):
    code, _, err = cli(*arguments)
    assert code == 2
    assert "no home folder is known for ~nobody-here" in err


def test_a_file_whose_name_begins_with_a_tilde_is_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~draft.toml").write_text(SCENARIO)
    assert load_scenario("~draft.toml").weeks == 20
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "s.toml").write_text(SCENARIO)
    assert load_scenario("./~/s.toml").weeks == 20


def test_a_tilde_within_a_file_leads_nowhere(tmp_path, home):
    for text in ('extends = "~/s"\n', 'extends = "baseline"\n[draw]\ncsv = "~/d.csv"\n'):
        path = tmp_path / "x.toml"
        path.write_text(f'title = "x"\n{text}')
        with pytest.raises(InputError, match=r"~/(s|d\.csv)"):
            load_scenario(path)


# Names


def test_names_that_are_not_utf8_go_through(cli, tmp_path, monkeypatch):
    requests = report._requests
    monkeypatch.setattr(report, "_requests", lambda results: islice(requests(results), 1))
    Path(f"s{LATIN}.toml").write_text(SCENARIO)
    sweep = ("sweep", f"s{LATIN}.toml", "--over", "iran.review=[0.1,0.2]", "-n", "2")
    for arguments in (
        ("run", f"s{LATIN}.toml", "-n", "20", "-o", f"run{LATIN}", "--traces"),
        ("report", f"run{LATIN}"),
        ("plot", f"run{LATIN}", "--kind", "survival", "-o", f"f{LATIN}.svg", "--data"),
        ("results", f"run{LATIN}", "--csv", f"t{LATIN}.csv"),
        (*sweep, "-o", f"swept{LATIN}"),
        ("sweep", "--resume", f"swept{LATIN}"),
        ("results", f"swept{LATIN}", "--where", "iran.review > 0.15"),
        ("explain", f"s{LATIN}.toml", "--week", "3", "-o", f"why{LATIN}.png"),
    ):
        code, _, err = cli(*arguments)
        assert code == 0, (arguments, err)
    command = json.loads((Path(f"run{LATIN}") / "manifest.json").read_text("utf-8"))["command"]
    assert isinstance(command, list)
    assert load_results(f"run{LATIN}").scenario.name == r"s\xe9"


def test_a_working_folder_that_is_not_utf8(cli, tmp_path, monkeypatch):
    (tmp_path / LATIN).mkdir()
    monkeypatch.chdir(tmp_path / LATIN)
    assert cli(*SWEEP)[0] == 0
    assert cli("plot", "results/fear_of_war-sweep", "--kind", "curve")[0] == 0


def test_a_missing_file_is_named_byte_by_byte(cli):
    for arguments in (
        ("run", f"no{LATIN}.toml"),
        ("report", f"no{LATIN}"),
        ("sweep", "fear_of_war", "--csv", f"no{LATIN}.csv"),
        ("robustness", "--draws", f"no{LATIN}.parquet"),
        ("game", "--payoffs", f"no{LATIN}.toml"),
        ("experiment", f"no{LATIN}.toml"),
    ):
        code, _, err = cli(*arguments)
        assert code == 2
        assert f"no{chr(92)}xe9" in err
        assert "Traceback" not in err


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        (f"s{LATIN}", r"s\xe9"),
        ("new\nline\t\x1b[31m", "newline[31m"),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
        ("\x01", "unnamed"),
        (os.fsdecode("é".encode()), "é"),
    ],
)
def test_a_scenario_is_named_by_what_can_be_shown_of_its_file(tmp_path, stem, name):
    path = tmp_path / f"{stem}.toml"
    path.write_text(SCENARIO)
    assert load_scenario(path).name == name


def test_json_stays_json_whatever_it_holds():
    text = json.dumps({"name": f"s{LATIN} \N{GRINNING FACE}"}, ensure_ascii=False)
    for encoding in ("utf-8", "ascii", "latin-1"):
        held = text.encode(encoding, files.ESCAPES).decode(encoding)
        assert json.loads(held) == json.loads(text)


def test_arrow_s_own_reader_says_what_to_rename(tmp_path):
    run = run_into(tmp_path / f"r{LATIN}", load_scenario("baseline"), 2)
    with pytest.raises(InputError, match="rename the folder"):
        run.dataset()


# Encodings


TABLE = "iran.review\n0.1\n0.2\n"
MARKED = {
    "utf-8-sig": SCENARIO.encode("utf-8-sig"),
    "crlf": SCENARIO.replace("\n", "\r\n").encode("utf-8-sig"),
}


@pytest.mark.parametrize("kind", MARKED)
def test_a_scenario_as_editors_elsewhere_save_it(tmp_path, kind):
    (tmp_path / "s.toml").write_bytes(MARKED[kind])
    assert load_scenario(tmp_path / "s.toml").weeks == 20


OTHER_ENCODINGS = {
    "UTF-16": [SCENARIO.encode("utf-16"), b"\xfe\xff" + SCENARIO.encode("utf-16-be"),
               SCENARIO.encode("utf-16-le")],
    "UTF-32": [SCENARIO.encode("utf-32")],
    "not UTF-8 (byte 9)": [SCENARIO.replace('"x"', '"é"').encode("latin-1")],
}  # fmt: skip


@pytest.mark.parametrize("told", OTHER_ENCODINGS)
def test_another_encoding_is_named_with_what_to_do(tmp_path, told):
    for place, data in enumerate(OTHER_ENCODINGS[told]):
        path = tmp_path / f"s{place}.toml"
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            load_scenario(path)
        (problem,) = caught.value.problems
        assert told in problem
        assert "save it again as UTF-8" in problem


EXPERIMENT = (Path(__file__).parents[1] / "experiments" / "c5_leverage.toml").read_text("utf-8")
READERS = {
    "pts.csv": (TABLE, ("sweep", "fear_of_war", "-n", "2", "--csv")),
    "d.csv": (
        TABLE,
        ("robustness", "--claim", "C5", "-n", "2", "--executor", "threads", "--draws"),
    ),
    "x.toml": (EXPERIMENT, ("experiment", "-n", "50")),
}


@pytest.mark.parametrize("name", READERS)
def test_every_reader_takes_a_mark_and_refuses_another_encoding(cli, name):
    text, arguments = READERS[name]
    Path(name).write_bytes(text.encode("utf-16"))
    code, _, err = cli(*arguments, name)
    assert code == 2
    assert f"{name}: is UTF-16, not UTF-8" in err
    Path(name).write_bytes(text.encode("utf-8-sig"))
    assert cli(*arguments, name)[0] == 0


def test_payoffs_with_a_mark(tmp_path):
    path = tmp_path / "payoffs.json"
    path.write_text('{"challenger": {}}', "utf-8-sig")
    with pytest.raises(InputError, match="no table defender"):
        read_payoffs(path)
    path.write_text("{}", "utf-16")
    with pytest.raises(InputError, match="is UTF-16"):
        read_payoffs(path)


def test_a_manifest_with_a_mark(tmp_path):
    run = run_into(tmp_path / "run", load_scenario("baseline"), 2)
    path = run.folder / "manifest.json"
    path.write_text(path.read_text("utf-8"), "utf-8-sig")
    assert load_results(run.folder).replicates == 2


# Tables of points


def parquet(path, **columns):
    pq.write_table(
        pa.table({name.replace("__", "."): value for name, value in columns.items()}), path
    )
    return path


READ = {
    "decimal": pa.array([Decimal("0.20"), Decimal("0.30")]),
    "float32": pa.array([0.25, 0.5], pa.float32()),
    "int": pa.array([0, 1]),
    "uint8": pa.array([0, 1], pa.uint8()),
    "dictionary": pa.array([0.2, 0.3]).dictionary_encode(),
    "chunks": pa.chunked_array([[0.2], [0.3]]),
}


@pytest.mark.parametrize("kind", READ)
def test_numbers_of_any_kind_are_read(tmp_path, kind):
    places, left = drawn_points(parquet(tmp_path / "d.parquet", iran__review=READ[kind]), 10)
    assert places.columns["iran.review"].dtype == np.float64
    assert len(places) == 2
    assert left == ()


REFUSED = {
    "bool": pa.array([True, False]),
    "string": pa.array(["0.2", "0.3"]),
    "date32": pa.array([datetime.date(2020, 1, 1)] * 2),
    "timestamp": pa.array([datetime.datetime(2020, 1, 1)] * 2),
    "null": pa.nulls(2),
    "list": pa.array([[0.2], [0.3]]),
    "struct": pa.array([{"a": 0.2}, {"a": 0.3}]),
    "row 2: is empty": pa.array([0.2, None]),
    "row 2: must be in [0, 1], not nan": pa.array([0.2, float("nan")]),
    "row 1: must be in [0, 1], not inf": pa.array([float("inf"), 0.2]),
    "row 2: must be in [0, 1], not 9.0072e+18": pa.array([0, 9007200000000000000]),
}


@pytest.mark.parametrize("told", REFUSED)
def test_what_is_no_number_is_refused_by_file_column_and_row(tmp_path, told):
    path = parquet(tmp_path / "d.parquet", iran__review=REFUSED[told])
    with pytest.raises(InputError) as caught:
        drawn_points(path, 10)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}: column iran.review: ")
    assert told in problem


@pytest.mark.parametrize("cells", [[3, 4], [3.0, 4.0], [Decimal(3), Decimal(4)]])
def test_whole_numbers_are_read_as_such(tmp_path, cells):
    places, _ = drawn_points(parquet(tmp_path / "d.parquet", militias__cells=pa.array(cells)), 10)
    assert places.columns["militias.cells"].tolist() == [3, 4]
    assert places.columns["militias.cells"].dtype == np.int64


def test_a_broken_number_of_cells_is_refused(tmp_path):
    path = parquet(tmp_path / "d.parquet", militias__cells=[3.0, 3.5])
    with pytest.raises(InputError, match=r"column militias\.cells: row 2: must be a whole number"):
        drawn_points(path, 10)


def test_what_stands_beside_addresses_is_left_out_and_said(cli, tmp_path):
    table = pa.table({"iran.review": [0.2, 0.3], "__index_level_0__": ["a", "b"], "chain": [0, 0]})
    pq.write_table(table, "d.parquet")
    arguments = ("--claim", "C5", "-n", "2", "--executor", "threads", "-o", "out")
    code, _, err = cli("robustness", "--draws", "d.parquet", *arguments)
    assert code == 0
    assert (
        "redline: d.parquet: ignored columns, which are not addresses: __index_level_0__, chain\n"
        in err
    )


def test_a_misspelt_address_is_never_left_out(tmp_path):
    path = parquet(tmp_path / "d.parquet", iran__reviw=[0.2])
    with pytest.raises(InputError, match=r"nearest valid name: iran\.review"):
        drawn_points(path, 10)


def test_no_addresses_no_rows_and_no_table(tmp_path):
    for path, told in (
        (parquet(tmp_path / "a.parquet", chain=[1]), "no column is an address"),
        (parquet(tmp_path / "b.parquet", iran__review=pa.array([], pa.float64())), "no points"),
        (tmp_path / "none.parquet", "No such file"),
        (tmp_path, "not a file"),
    ):
        with pytest.raises(InputError, match=told):
            drawn_points(path, 10)
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:40])
    with pytest.raises(InputError, match=r"cut\.parquet: "):
        drawn_points(tmp_path / "cut.parquet", 10)


def test_rows_behind_those_that_are_asked_for_are_not_looked_at(tmp_path):
    path = parquet(tmp_path / "d.parquet", iran__review=[0.2, 9.0])
    assert drawn_points(path, 1)[0].columns["iran.review"].tolist() == [0.2]


def test_draws_from_csv(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("iran.review,militias.cells,chain\n0.2,3.0,1\n0.3,4,1\n")
    places, left = drawn_points(path, 10)
    assert places.values(0) == {"iran.review": 0.2, "militias.cells": 3}
    assert left == ("chain",)


def test_csv_with_the_line_ends_of_another_system(tmp_path):
    for end in ("\r\n", "\r"):
        path = tmp_path / "d.csv"
        path.write_bytes(TABLE.replace("\n", end).encode())
        assert drawn_points(path, 10)[0].columns["iran.review"].tolist() == [0.1, 0.2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (",iran.review\n0,0.2\n", "a column has no name: leave the index out"),
        ("iran.review\nyes\n", "line 2: every cell must be a number, not 'yes'"),
        ("iran.review;militias.cells\n0.2;3\n", "cells must be separated by commas, not ';'"),
        ("iran.review\n2020-01-01\n", "every cell must be a number"),
    ],
)
def test_csv_points_of_others_are_refused_by_file_and_cell(cli, text, told):
    Path("p.csv").write_text(text)
    code, _, err = cli("sweep", "fear_of_war", "--csv", "p.csv", "-n", "2")
    assert code == 2
    assert told in err
