"""Identity by meaning: what changes no result changes no identity; what may, does."""

import ast
import re
import shutil

import pytest

from redline import chance, claims, engine, identity, kernel, rules, scenario_file, tally, verdicts
from redline.identity import FOLDER, Definition, Sources, reached
from redline.provenance import BEYOND, FIRST_RULES, RULES, SAME_RULES, rules_hash
from redline.scenario import Scenario


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the package's sources."""
    place = tmp_path / "redline"
    shutil.copytree(FOLDER, place, ignore=shutil.ignore_patterns("__pycache__", "data", "page"))
    return place


def of_rules(folder):
    return identity.of_definitions(RULES, BEYOND, folder)


def path_of(folder, function):
    """Return the file in a copy of the package in which a function stands."""
    return folder.joinpath(*function.__module__.split(".")[1:]).with_suffix(".py")


def edited(path, change):
    """Put the changed tree of a module in its place."""
    tree = ast.parse(path.read_text("utf-8"))
    change(tree)
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)), "utf-8")


OTHER_OPERATOR = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Is: ast.IsNot,
    ast.Eq: ast.NotEq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


class Flip(ast.NodeTransformer):
    """Flips the first operator of a function."""

    def __init__(self):
        self.flipped = 0

    def visit(self, node):
        for field, value in ast.iter_fields(node):
            if field == "op" and type(value) in OTHER_OPERATOR and not self.flipped:
                node.op = OTHER_OPERATOR[type(value)]()
                self.flipped += 1
            elif field == "ops" and type(value[0]) in OTHER_OPERATOR and not self.flipped:
                node.ops[0] = OTHER_OPERATOR[type(value[0])]()
                self.flipped += 1
        return super().generic_visit(node)


FLIPPED = [
    rules.response_terms,
    rules.kill_chance,
    rules.pick,
    kernel.settle,
    kernel.provoke,
    chance.philox,
    chance.draw_week,
    tally.tally_week,
    tally.bin_of,
    engine._plan,
    engine._schedule,
    engine._script,
    Scenario.allowed,
    Scenario.watched,
    Scenario.opportunity.fget,
    Scenario.reachable.func,
    scenario_file._members,
    scenario_file.drawn,
]


@pytest.mark.parametrize("function", FLIPPED, ids=lambda function: function.__qualname__)
def test_an_operator_flipped_is_other_rules(copy, function):
    flip = Flip()

    def change(tree):
        place = tree
        for name in function.__qualname__.split("."):
            place = next(one for one in place.body if getattr(one, "name", "") == name)
        flip.visit(place)

    edited(path_of(copy, function), change)
    assert flip.flipped == 1
    assert of_rules(copy) != rules_hash()


@pytest.mark.parametrize(
    ("module", "before", "after"),
    [
        ("state", 'Small = Annotated[int, "i1"]', 'Small = Annotated[int, "i2"]'),
        ("state", "    pressure: Float\n", ""),
        ("state", "QUIET = 0\n    STATEMENT = 1", "QUIET = 1\n    STATEMENT = 0"),
        ("state", "FREE = -1", "FREE = -2"),
        ("chance", "_WORD = 0xFFFFFFFF", "_WORD = 0xFFFFFFF"),
        ("scenario_file", "DRAW_WEEK = (1 << 32) - 1", "DRAW_WEEK = (1 << 32) - 2"),
        ("parameters", "    damage: Annotated[", "    damages: Annotated["),
    ],
)
def test_a_layout_or_constant_that_changes_is_other_rules(copy, module, before, after):
    path = copy / f"{module}.py"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    assert of_rules(copy) != rules_hash()


def test_comments_and_layout_of_text_mean_nothing(copy):
    for path in copy.rglob("*.py"):
        edited(path, lambda tree: None)
    assert of_rules(copy) == rules_hash()
    modules = (claims, verdicts)
    assert identity.of_modules(modules, copy) == identity.of_modules(modules)


@pytest.mark.parametrize(
    ("module", "before", "after"),
    [
        ("rules", '"""Return what a response is worth', '"""Say what a response is worth'),
        ("rules", "def kill_chance(rung: int, ", "def kill_chance(rung: float, "),
        ("parameters", "_weight(1.3, ", "_weight(1.4, "),
        ("parameters", "cost of leaving provocation unanswered", "cost of silence"),
        ("scenario", "start: date | None", "start: date | str | None"),
        ("scenario_file", "are more than", "exceed"),
        ("engine", "from redline.values import whole", "from redline.values import whole as whole"),
    ],
)
def test_words_hints_names_and_defaults_mean_nothing(copy, module, before, after):
    path = copy / f"{module}.py"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    assert of_rules(copy) == rules_hash()


def replaced(folder, pattern, instead):
    """Replace a pattern in every module of a copy."""
    for path in folder.rglob("*.py"):
        path.write_text(re.sub(pattern, instead, path.read_text("utf-8")), "utf-8")


def test_a_renamed_function_is_the_same(copy):
    replaced(copy, r"\btotal\b", "sum_of_terms")
    assert of_rules(copy) == rules_hash()


def test_a_moved_function_is_the_same(copy):
    path = copy / "rules.py"
    tree = ast.parse(path.read_text("utf-8"))
    moved = [one for one in tree.body if getattr(one, "name", "") in ("pick", "logit_weights")]
    assert len(moved) == 2
    head = "import math\nfrom redline.rules import FloatRow, Floats\n"
    (copy / "choice.py").write_text(
        head + "\n\n".join(map(ast.unparse, reversed(moved))), encoding="utf-8"
    )
    tree.body = [one for one in tree.body if one not in moved]
    path.write_text(
        ast.unparse(tree) + "\nfrom redline.choice import logit_weights, pick\n", encoding="utf-8"
    )
    assert of_rules(copy) == rules_hash()
    moved_by_import = identity.of_modules((rules,), copy)
    assert moved_by_import != identity.of_modules((rules,))  # to where the page does not look


def test_a_renamed_file_is_the_same(copy):
    (copy / "rules.py").rename(copy / "theory.py")
    replaced(copy, r"redline\.rules", "redline.theory")
    replaced(copy, r"from redline import (.*\b)rules\b", r"from redline import \1theory as rules")
    assert of_rules(copy) == rules_hash()


def test_modules_are_the_same_in_any_order(copy):
    edited(copy / "verdicts.py", lambda tree: tree.body.reverse())
    assert identity.of_modules((verdicts, claims), copy) == identity.of_modules((claims, verdicts))
    edited(copy / "verdicts.py", Flip().visit)
    assert identity.of_modules((verdicts, claims), copy) != identity.of_modules((claims, verdicts))


def test_every_rule_counts():
    wanted = [Definition(one.__module__, one.__qualname__) for one in RULES]
    found = {one.name for one in reached(wanted, Sources()) if one.module == rules.__name__}
    functions = {
        name
        for name, value in vars(rules).items()
        if callable(value) and not isinstance(value, type) and value.__module__ == rules.__name__
    }
    assert functions <= found
    assert len(functions) > 20


def test_0_1_0_had_the_same_rules():
    # If a change of form alone gives the rules another identity, it goes into SAME_RULES; if they
    # are other rules, FIRST_RULES and the two hashes that lead to it go.
    assert rules_hash() == FIRST_RULES
    assert set(SAME_RULES.values()) == {FIRST_RULES}
