"""Conditions over columns: what they mean, and what they refuse."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redline.results.pooling.conditions import Condition
from redline.support.errors import InputError

COLUMNS = ("attacks", "class", "iran.review", 'militias.faction."Badr".zeal', "timeline.22.unrest")
TABLE = {
    "attacks": np.array([0, 10, 20, 30]),
    "class": np.array([0, 1, 2, 3]),
    "iran.review": np.array([0.1, 0.2, 0.3, 0.4]),
    'militias.faction."Badr".zeal': np.array([1.0, 2.0, 1.0, 2.0]),
    "timeline.22.unrest": np.array([0.0, 0.5, 0.5, 1.0]),
}
CODES = {"class": ("quiet", "provocation", "crisis", "confrontation")}


def condition(text):
    return Condition(text, COLUMNS, CODES)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("attacks > 10", [0, 0, 1, 1]),
        ("10 <= attacks < 30", [0, 1, 1, 0]),
        ('class == "crisis"', [0, 0, 1, 0]),
        ("class != 'crisis' and attacks > 0", [0, 1, 0, 1]),
        ("not (attacks > 10 or iran.review < 0.15)", [0, 1, 0, 0]),
        ('militias.faction."Badr".zeal == 2', [0, 1, 0, 1]),
        ("timeline.22.unrest == 0.5", [0, 1, 1, 0]),
        ("attacks / 100 + iran.review * 2 - -0.1 > 1", [0, 0, 0, 1]),
        ("  attacks>10  ", [0, 0, 1, 1]),
        ("1 < 2", [1, 1, 1, 1]),
        ("attacks > 10 and 1 < 2", [0, 0, 1, 1]),
        ("1 < 2 < attacks", [0, 1, 1, 1]),
        ("attacks / 0 > 1", [0, 1, 1, 1]),
    ],
)
def test_conditions_mean_what_they_say(text, holds):
    assert condition(text).holds(TABLE).tolist() == [bool(h) for h in holds]


def test_only_the_columns_that_it_uses_are_needed():
    assert condition('attacks > 1 or class == "quiet"').names == {"attacks", "class"}
    assert condition("1 < 2").names == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("attacks >", "cannot be read"),
        ("attacks", "a number, not a comparison"),
        ("attcks > 1", "nearest valid name: attacks"),
        ("iran.reveiw > 1", "nearest valid name: iran.review"),
        ("attacks > 1 and 2", "and, or join comparisons"),
        ("not attacks", "not stands before a comparison"),
        ("(attacks > 1) > 0", "a comparison of comparisons"),
        ("(attacks > 1) + 1 > 0", "numbers alone are calculated with"),
        ("class + 1 > 2", "numbers alone are calculated with"),
        ('"a" + 1 > 3', "numbers alone"),
        ("-class == 3", "a sign stands before a number"),
        ("column_number_1 > 0", "is no name"),
        ("column_999 > 5", "no column column_999"),
        ('class == "crisis" == attacks', "text is compared with class"),
        ('class < "crisis"', "text is compared with class"),
        ('"quiet" == "quiet"', "text is compared with class"),
        ("class == class", "text is compared with class"),
        ("attacks > 90and attacks < 3", "cannot be read"),
        ("attacks ** iran.review > 1", "attacks ** iran.review cannot be used"),
        ("class > 1", "text is compared with class"),
        ('attacks == "crisis"', "text is compared with class"),
        ('class == "criss"', "nearest valid name: crisis"),
        ("attacks ** 2 > 1", "cannot be used"),
        ("attacks % 2 == 1", "cannot be used"),
        ("attacks in (1, 2)", "cannot be used"),
        ("[attacks][0] > 1", "cannot be used"),
        ("(lambda: 1)() > 0", "cannot be used"),
        ("__import__('os').system('true') == 0", "cannot be used"),
        ("attacks.__class__ > 1", "no column attacks.__class__"),
        ("f'{attacks}' == class", "cannot be used"),
        ("attacks > 1; attacks", "cannot be read"),
        ("attacks > " + "9" * 400, "cannot be used"),
        ("attacks > 1e999", "cannot be used"),
        ("-" * 100 + "1 > 0", None),
        ("(" * 490 + "1 > 0", "cannot be read"),
        ("x" * 2001, "2000 characters"),
        ("-" * 1990 + "1 > 0", "cannot be read"),
        ("(" * 1990 + "1 > 0", "cannot be read"),
        ("not " * 490 + "attacks > 1", "cannot be read"),
        ("attacks > None", "cannot be used"),
        ("attacks := 1", "cannot be read"),
        ("attacks\x00 > 1", "cannot be read"),
    ],
)
def test_everything_else_is_refused_in_a_line(text, message):
    if message is None:
        assert condition(text).holds(TABLE).all()
        return
    with pytest.raises(InputError) as error:
        condition(text)
    assert message in str(error.value)
    assert "\x00" not in str(error.value)


WORDS = (*COLUMNS, *"()+-*/,[]", *("<", "<=", "==", "!=", ">", "0", "1e308", "-1", "'crisis'"),
         *("and", "or", "not", "in", "if", "None"))  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS)).map(" ".join)))
@example("attacks * 1e308 * 1e308 - attacks * 1e308 * 1e308 == 0")
def test_no_text_is_a_crash(text):
    try:
        found = condition(text).holds(TABLE)
    except InputError:
        return
    assert found.shape == (4,)


OPERANDS = ("attacks", "review", "20", "0.2")
COMPARED = st.tuples(*map(st.sampled_from, (OPERANDS, ("<", "==", ">="), OPERANDS))).map(" ".join)


def joined(one):
    word = st.sampled_from(("and", "or"))
    return st.builds("({} {} {})".format, one, word, one) | one.map("not ({})".format)


@given(st.recursive(COMPARED, joined))
def test_comparisons_and_what_joins_them_mean_what_they_do_in_python(text):
    rows = zip(TABLE["attacks"], TABLE["iran.review"], strict=True)
    expected = [eval(text, {"attacks": attacks, "review": review}) for attacks, review in rows]
    assert condition(text.replace("review", "iran.review")).holds(TABLE).tolist() == expected
