"""Measures: each is declared once, and all that shows measures has what is declared."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from redline.argument.comparison.beside import RATES
from redline.argument.comparison.parting import COUNTED
from redline.argument.verdicts import difference, level
from redline.case import vary
from redline.figures.drawing import draw
from redline.figures.requests import Request
from redline.figures.subjects import subject_of
from redline.results.intervals import linearised, student_reach
from redline.results.measures import (
    COLUMNS,
    COMPARISON_TABLE,
    MEASURES,
    RATIOS,
    RUN_TABLE,
    SHOWN,
    find_measure,
    measure_names,
)
from redline.results.pooling.summaries import Sums
from redline.results.storage.running import run_into
from redline.results.storage.tables import parquet_bytes
from redline.theory.records import dtype_of
from redline.theory.tally import Measures

DOCS = Path(__file__).parents[1] / "docs"


def test_every_number_of_a_record_is_one_column():
    layout = dtype_of(Measures)
    wanted = []
    for name in layout.names:
        size = int(np.prod(layout[name].shape))
        wanted += [(name, place) for place in range(size)] if layout[name].shape else [(name, None)]
    wanted.remove(("outcome", None))  # the class
    found = [(one.field, one.place) for one in COLUMNS.values()]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_every_measure_has_words_of_its_own():
    # These count the same.
    twins = {"rocket_weeks", "drone_weeks", "sanctions"}
    told = []
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.unit
        assert re.fullmatch(r"[a-z][^_{}]*[a-z)]", measure.words), name
        if name.removesuffix("_per_week") not in twins:
            told.append(measure.words)
    assert len(set(told)) == len(told)


def test_what_is_shown_and_compared_is_declared():
    assert {*RUN_TABLE} < {*COLUMNS, *RATIOS}
    assert {*COMPARISON_TABLE} < {*COUNTED}
    assert {*SHOWN, *RATES} < {*MEASURES}
    assert measure_names() == tuple(MEASURES)


def test_the_model_s_description_names_every_measure():
    text = (DOCS / "model.md").read_text("utf-8")
    section = text[text.index("### §7") : text.index("### §8")]
    for name, measure in COLUMNS.items():
        kind, _, of = name.partition("_")
        levels = "mean and peak of severity, leverage, pressure"
        told = levels if kind in ("mean", "peak") and of in levels else name.partition(".")[0]
        assert told in section, (name, measure.words)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return run_into(tmp_path_factory.mktemp("r") / "r", vary("baseline", weeks=20), 50)


def test_columns_say_what_they_are_and_stored_bytes_do_not(run):
    table = run.table(["point", "class", "strikes", "mean_severity", "utility.iran"])
    for name in table.column_names[2:]:
        field, measure = table.schema.field(name), COLUMNS[name]
        assert field.type == pa.from_numpy_dtype(measure.dtype)
        assert field.metadata == {
            b"words": measure.words.encode(), b"unit": measure.unit.encode()
        }  # fmt: skip
    assert table.schema.field("class").metadata is None
    (part,) = run.parts
    plain = run.read(f"outcomes/{part.name}")
    assert parquet_bytes(plain) == part.read_bytes()
    assert all(field.metadata is None for field in plain.schema)


@pytest.mark.parametrize("name", ["strikes", "peak_pressure", "site_attacks.erbil", "utility.iran"])
def test_a_figure_is_labelled_by_the_declared_words(run, name):
    drawn = draw("distribution", Request((subject_of(run),), measure=name))
    axes = drawn.figure.axes[0]
    assert COLUMNS[name].words in axes.get_xlabel()


# The variance of a ratio, from replicates and from sums of them


@pytest.mark.parametrize("name", ["attacks_per_week", "strikes_per_attack", "mean_pressure"])
def test_a_ratio_has_one_variance(run, name):
    measure = find_measure(name)
    table = run.columns(measure.needs)
    totals = measure.numerator(table), measure.denominator(table)
    ratio, errors = linearised(*totals)
    n = len(errors)
    sums = Sums(1)
    for start in range(0, n, 7):
        here = slice(start, start + 7)
        sums.add(np.zeros(len(errors[here]), int), totals[0][here], totals[1][here])
    found, squares = sums.spread()
    assert found[0] == pytest.approx(ratio, rel=1e-12)
    assert squares[0] * n / (n - 1) == pytest.approx(errors.var(ddof=1) / n, rel=1e-12)
    assert level(totals) == pytest.approx(
        (ratio, ratio - student_reach(errors), ratio + student_reach(errors)), rel=1e-12
    )


def test_a_paired_difference_varies_as_the_difference_of_errors():
    rng = np.random.default_rng(4)
    first, second = ((rng.poisson(3.0, 200) + 0.5, rng.integers(5, 9, 200)) for _ in range(2))
    (one, a), (two, b) = linearised(*first), linearised(*second)
    reach = student_reach(a - b)
    assert difference(first, second) == (one - two, one - two - reach, one - two + reach)
    apart = np.hypot(student_reach(a), student_reach(b))
    mean, low, high = difference(first, second, paired=False)
    assert (mean, (high - low) / 2) == pytest.approx((one - two, apart), rel=1e-12)
