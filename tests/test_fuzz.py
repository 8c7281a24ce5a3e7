"""Files made at random from valid ones: read, or refused with a message; nothing else.

`make fuzz` lets atheris go on from here, guided by coverage: tests/fuzz.py.
"""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import READERS, seeds
from redline.case import load_scenario, vary
from redline.figures.report_page import _command
from redline.results.simulation import simulate
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import InputError
from strategies import in_both_tiers

SALT = [
    *(token.encode() for token in ["", "\n", *'[]{}=#,."', "'''", "nan", "-inf", "1e400", "-1"]),
    *(token.encode() for token in ["9" * 40, "0x7f", "true", "2020-02-30", "[[timeline]]"]),
    *(token.encode() for token in ["extends = 'baseline'", "extends = '../x'", "weeks = 0"]),
    *(token.encode() for token in ["sweep.design = 'sobol'", "points = 99999999", "[militias]"]),
    *(b"\x00", b"\xff", b"\x1b[31m"),
]


@st.composite
def spoiled(draw, kind):
    """Draw a file of a kind: a valid one that was cut, doubled, spliced and salted."""
    valid = seeds()[kind]
    data = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(1, 5))):
        place, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        other = draw(st.sampled_from(valid))
        match draw(st.sampled_from(["cut", "double", "splice", "salt", "swap"])):
            case "cut":
                data = data[:place] + data[min(end, place + 40) :]
            case "double":
                data = data[:end] + data[place:]
            case "splice":
                data = data[:place] + other[place:end] + data[place:]
            case "salt":
                data = data[:place] + draw(st.sampled_from(SALT)) + data[place:]
            case "swap":
                token = draw(st.sampled_from(SALT))
                data = data[:place] + token + data[place + len(token) :]
    return data[:20_000]


@pytest.mark.parametrize("kind", READERS)
def test_what_fuzzing_begins_from_is_valid(tmp_path, kind):
    for content in seeds()[kind]:
        (tmp_path / "seed.toml").write_bytes(content)
        READERS[kind](tmp_path / "seed.toml")


@in_both_tiers(50, 300)
@pytest.mark.parametrize("kind", READERS)
def test_a_file_is_read_or_refused(tmp_path, kind, examples):
    path = tmp_path / "fuzzed.toml"

    @settings(max_examples=examples)
    @given(spoiled(kind))
    def read_or_refused(content):
        path.write_bytes(content)
        problem = ""
        try:
            READERS[kind](path)
        except InputError as error:
            problem = str(error).replace("\n", "")
        assert problem.isprintable()
        assert path.read_bytes() == content

    read_or_refused()


@in_both_tiers(50, 150)
def test_a_scenario_that_is_read_can_be_simulated(tmp_path, examples):
    path, lived = tmp_path / "fuzzed.toml", []

    @settings(max_examples=examples)
    @given(spoiled("scenario"))
    def simulated_if_read(content):
        path.write_bytes(content)
        try:
            scenario = vary(load_scenario(path), weeks=3)
        except InputError:
            return
        lived.append(len(simulate(scenario, 2)))

    simulated_if_read()
    assert set(lived) == {2}  # and some were read


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("f")
    run_into(folder / "run", vary("baseline", weeks=4), 5)
    sweep(folder / "sweep", vary("baseline", weeks=4, sweep={"iran.review": [0.1, 0.2]}), 5)
    return folder


@in_both_tiers(30, 80)
@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_a_manifest_with_anything_in_it_is_read_or_refused(stored, kind, examples):
    path = stored / kind / "manifest.json"
    sound = path.read_text("utf-8")
    keys = list(json.loads(sound))
    keys += [f"scenario/{key}" for key in json.loads(sound)["scenario"]]

    @settings(max_examples=examples)
    @given(st.sampled_from(keys), JSON)
    def read_or_refused(key, anything):
        manifest = json.loads(sound)
        place, _, name = key.rpartition("/")
        (manifest[place] if place else manifest)[name] = anything
        path.write_text(json.dumps(manifest), "utf-8")
        with contextlib.suppress(InputError):
            found = load_results(stored / kind)
            found.columns(["attacks"])
            _ = found.scenario, found.points, repr(found), _command(found)
            (found.at(1) if kind == "sweep" else found).summary()

    try:
        read_or_refused()
    finally:
        path.write_text(sound, "utf-8")
