"""Restricted Python to JavaScript: what is translated is equal, what is not is refused."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node import run_in_node
from redline.engine.translation import TranslationError, translate
from redline.lesson.browser import ENTRIES, LAYOUTS, engine_script
from redline.theory import chance, rules, tally, week
from redline.theory.chance import Key
from redline.theory.records import State, Week, new_records


def scripted(*entries):
    return f"<script>{translate(entries)}</script>"


def test_the_engine_s_draws_are_python_s_to_the_last_bit():
    edges = (0, 1, 2**31 - 1, 2**31, 2**32 - 1)
    addresses = [
        [low, high, replicate, week, block]
        for low in edges
        for high in (0, 2**32 - 1)
        for replicate in edges
        for week, block in ((0, 0), (111, 1), (2**32 - 1, 27))
    ]
    found = run_in_node(
        scripted(chance.draws),
        "return data.map(([low, high, r, w, b]) => draws({ low, high }, r, w, b).values());",
        addresses,
    )
    for (low, high, replicate, when, block), pair in zip(addresses, found, strict=True):
        assert tuple(pair) == tuple(chance.draws(Key(low, high), replicate, when, block))


def test_every_rule_is_python_s():
    numbers = (0.0, 0.05, 0.3, 1.0, 2.7, 1e6)
    calls = [[a, b, c] for a in numbers for b in numbers for c in numbers]
    found = run_in_node(
        scripted(
            rules.logit_weights,
            rules.grievance_next,
            rules.kill_chance,
            rules.expectation_next,
            rules.pick,
        ),
        """return data.map(([a, b, c]) => {
          const weights = logit_weights([a, b, c, b, a, c], 0b111011, 1 + a);
          const learning = { rate: 0.45, generalisation: 0.35, forgetting: 0.04 };
          const moved = [a, b, c, a, b, c].map((one, k) =>
            expectation_next(learning, one, k > 1 ? 1 : 0, k, 3, b));
          const militias = { grievance_memory: a / 10, revenge: b };
          const grievance = grievance_next(militias, c, 3, b);
          return [weights, pick(weights, 0.7), moved, grievance, kill_chance(2, a, b)];
        });""",
        calls,
    )
    learning = rules.LearningParameters(rate=0.45, generalisation=0.35, forgetting=0.04)
    militias = rules.MilitiasParameters(*[0.0] * 11)
    for (a, b, c), (weights, rung, moved, grievance, chance_) in zip(calls, found, strict=True):
        assert weights == rules.logit_weights([a, b, c, b, a, c], 0b111011, 1 + a)
        assert rung == rules.pick(weights, 0.7)
        assert moved == [
            rules.expectation_next(learning, one, 1 if k > 1 else 0, k, 3, b)
            for k, one in enumerate([a, b, c, a, b, c])
        ]
        own = militias._replace(grievance_memory=a / 10, revenge=b)
        assert grievance == rules.grievance_next(own, c, 3, b)
        assert chance_ == rules.kill_chance(2, a, b)


@settings(max_examples=1)
@given(st.lists(st.tuples(*[st.integers(0, 2**32 - 1)] * 6), min_size=300, max_size=300))
def test_philox_is_python_s(counters):
    found = run_in_node(
        scripted(chance.philox), "return data.map((one) => philox(...one).values());", counters
    )
    assert [tuple(words) for words in found] == [tuple(chance.philox(*one)) for one in counters]


def test_makers_of_records_are_zeros_in_their_layout():
    text = translate([], [State, Week])  # of one lane
    found = run_in_node(f"<script>{text}</script>", "return [make_State(), make_Week()];")
    state, week = new_records(State, 1)[0], new_records(Week, 1)[0]
    assert list(found[0]) == list(state.dtype.names)
    assert found[0]["talks"] == [0]
    assert found[0]["expected"] == [[0]] * 6
    assert list(found[1]) == list(week.dtype.names)
    assert found[1]["attacks"] == [0] * 4


def listed(numbers, change):
    doubled: list[float] = [2.0 * y for y in numbers]
    rows = [[k * j for j in range(2)] for k in range(3)]
    for x in numbers:
        doubled.append(x - 1.0)
    key = Key(1, 2)._replace(**change)
    return [doubled, rows, [1 if y is None else 0 for y in numbers], list(numbers), key.low]


def test_lists_and_changed_records_are_python_s():
    found = run_in_node(
        scripted(listed), "return listed(data.numbers, data.change);",
        {"numbers": [0.5, 3.0], "change": {"low": 7}},
    )  # fmt: skip
    assert found == listed([0.5, 3.0], {"low": 7})
    assert found == [[1.0, 6.0, -0.5, 2.0], [[0, 0], [0, 1], [0, 2]], [0, 0], [0.5, 3.0], 7]


def named_twice(x):
    k = 2.0
    rows = [k + 1 for k in x]
    rows.append(k)
    return rows


def test_a_name_of_a_list_is_the_lists_own():
    found = run_in_node(scripted(named_twice), "return named_twice(data);", [0.5, 3.0])
    assert found == named_twice([0.5, 3.0]) == [1.5, 4.0, 2.0]


def test_only_what_is_used_is_translated():
    text = engine_script()
    assert "function simulate_week(" in text
    assert "seed_key" not in text  # words of a seed are given
    assert translate(ENTRIES, LAYOUTS) == text
    assert "class DirectiveTerms" in translate([week.weigh_directives])
    assert "class DirectiveTerms" not in translate([tally.bin_of])


def power(x):
    return x**2


def sliced(x):
    return x[1:]


def chained(x):
    return 0 <= x < 1


def wide_sum(x):
    return 0xD2511F53 * x + 1


def wide_read(x):
    p = 0xD2511F53 * x
    return p + 1


def reserved(new):
    return new


def keyword(x):
    return rules.total(terms=x)


def modulo(x):
    return x % 2


def infinite(x):
    return x + INFINITE


def swap(x, y):
    x, y = y, x
    return x


def otherwise(x):
    for k in range(3):
        x += k
    else:  # noqa: PLW0120
        x += 1
    return x


def default(x, y=2):
    return x * y


def least(x):
    return min(x)


def keyed(x):
    return max(x, 2, key=abs)


def last(x):
    return x[-1]


def read_after(x):
    for k in range(3):
        x += k
    return x + k


def moved(x):
    for k in range(6):
        x += k
        k += 1  # noqa: PLW2901
    return x


def twice(x):
    for k in range(2):
        for k in range(3):  # noqa: PLW2901
            x += k
    return x


def truth(x):
    return (x < 2) + 1


def truths(x):
    return (x < 2) == 1


def inverted(x):
    return ~x


def shifted(x):
    return (x << 21) >> 3


def far(x):
    return 1 * x << 40


def on_the_right(x):
    return (x * 0xD2511F53) & 0xFFFFFFFF


def large(x):
    return x + 9007199254740993


def shadow(x):
    rules = x + 1
    return rules + x


def table(x):
    return x + NAMES


NAMES = (1, 2)


def some_of(x):
    return [k + 1.0 for k in x if k > 0]


def pairs(x):
    return [j + k for j in x for k in x]


def replaced(x):
    return x._replace(a=1.0)


def unknown(x):
    return somewhere(x)  # noqa: F821


INFINITE = math.inf


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (power, "BinOp"),
        (sliced, "Subscript"),
        (chained, "Compare"),
        (wide_sum, "a wide product must be assigned to a name"),
        (wide_read, "p is wide: only its two words can be read"),
        (reserved, "new is a word of JavaScript"),
        (keyword, "Call"),
        (modulo, "BinOp"),
        (infinite, "inf cannot be written"),
        (swap, "Tuple"),
        (otherwise, "For"),
        (unknown, "Call"),
        (default, "without defaults"),
        (least, "Call"),
        (keyed, "Call"),
        (last, "Subscript"),
        (read_after, "k is read after the loop"),
        (moved, "k counts a loop"),
        (twice, "k counts the loop around"),
        (truth, "a truth value is no number"),
        (truths, "a truth value is no number"),
        (inverted, "UnaryOp"),
        (shifted, "a shift of a shift"),
        (far, "BinOp"),
        (on_the_right, "stands on the left"),
        (large, "9007199254740993 cannot be written"),
        (shadow, "rules is a name of its module"),
        (table, "NAMES is neither"),
        (some_of, "ListComp"),
        (pairs, "ListComp"),
        (replaced, "Call"),
        (math.exp, "is not a Python function"),
    ],
)
def test_what_has_no_counterpart_is_refused(function, why):
    with pytest.raises(TranslationError, match=why):
        translate([function])


def test_a_refusal_names_the_place():
    with pytest.raises(
        TranslationError, match=rf"test_translation\.py:{power.__code__.co_firstlineno + 1}:"
    ):
        translate([power])
