"""Identity by meaning: what changes no result changes no identity; what may, does."""

import ast
import json
import re
import shutil

import pytest

from redline.argument.ledger import run_experiment
from redline.argument.verdicts import verdict
from redline.case import GIVEN, RESOLVING, addresses, case, changes
from redline.engine import batch, points
from redline.engine.provenance import FIRST_RULES, SAME_RULES, rules_hash
from redline.support import identity
from redline.support.identity import (
    FOLDER,
    Definition,
    Sources,
    identity_of,
    identity_of_modules,
    kept_identity_of,
    reached,
)
from redline.theory import (
    WEEKS_AND_MEASURES,
    chance,
    choosing,
    powers,
    provoking,
    rules,
    tally,
    week,
)

RULES = (*RESOLVING, batch.encode, points.encode_points, *WEEKS_AND_MEASURES)
USED = "from redline.support import whole"


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the package's sources."""
    place = tmp_path / "redline"
    shutil.copytree(FOLDER, place, ignore=shutil.ignore_patterns("__pycache__", "data", "js"))
    return place


def of_rules(folder):
    return identity_of(RULES, GIVEN, folder)


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
    rules.logit_exponents,
    rules.expectation_next,
    powers.exponential,
    choosing.choose,
    choosing.bar_first_choices,
    provoking.provoke,
    provoking.see_kills,
    week.settle,
    week.retire,
    chance.philox,
    tally.add_state,
    tally.finish,
    tally.bin_of,
    rules.opportunity,
    batch.plan_of,
    batch.forced_rungs,
    batch.write_script,
    case.open_rungs,
    case.watched_rungs,
    case.reachable_sites,
    case.drivers_by_week,
    case.members_of,
    case._forbidden,
    case._forced,
    addresses.with_value,
    addresses._path,
    changes.drawn,
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
        ("theory/records", 'Small = Annotated[int, "i1"]', 'Small = Annotated[int, "i2"]'),
        ("theory/records", "    pressure: Float\n", ""),
        ("theory/vocabulary", "QUIET = 0\n    STATEMENT = 1", "QUIET = 1\n    STATEMENT = 0"),
        ("theory/vocabulary", "FREE = -1", "FREE = -2"),
        ("theory/chance", "_WORD = 0xFFFFFFFF", "_WORD = 0xFFFFFFF"),
        ("case/changes", "DRAW_WEEK = (1 << 32) - 1", "DRAW_WEEK = (1 << 32) - 2"),
        ("theory/parameters", "    damage: Annotated[", "    damages: Annotated["),
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
    assert identity_of_modules((verdict,), copy) == identity_of_modules((verdict,))


@pytest.mark.parametrize(
    ("module", "before", "after"),
    [
        ("theory/rules", '"""Return what a response is worth', '"""Say what a response is worth'),
        ("theory/rules", "def kill_chance(rung: int, ", "def kill_chance(rung: float, "),
        ("theory/parameters", "_weight(1.3, ", "_weight(1.4, "),
        ("theory/parameters", "cost of leaving provocation unanswered", "cost of silence"),
        ("case/case", "    document: Tables\n", "    document: dict[str, Any]\n"),
        ("case/checks", "are more than", "exceed"),
        (
            "engine/batch",
            "from redline.support import whole",
            "from redline.support import whole as whole",
        ),
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
    for path in folder.rglob("*.py*"):
        path.write_text(re.sub(pattern, instead, path.read_text("utf-8")), "utf-8")


def test_a_renamed_function_is_the_same(copy):
    replaced(copy, r"\bkill_chance\b", "chance_of_a_death")
    assert of_rules(copy) == rules_hash()


def test_a_moved_function_is_the_same(copy):
    path = copy / "theory" / "rules.py"
    tree = ast.parse(path.read_text("utf-8"))
    moved = [one for one in tree.body if getattr(one, "name", "") in ("pick", "logit_weights")]
    assert len(moved) == 2
    head = "from redline.theory.rules import logit_exponents, total\n"
    head += "from redline.theory.powers import exponential\n"
    (copy / "theory" / "choice.py").write_text(
        head + "\n\n".join(map(ast.unparse, reversed(moved))), encoding="utf-8"
    )
    tree.body = [one for one in tree.body if one not in moved]
    path.write_text(
        ast.unparse(tree) + "\nfrom redline.theory.choice import logit_weights, pick\n",
        encoding="utf-8",
    )
    assert of_rules(copy) == rules_hash()
    # A page that names the module sees that they are gone from it.
    assert identity_of_modules((rules.total,), copy) != identity_of_modules((rules.total,))


def test_a_renamed_file_is_the_same(copy):
    (copy / "theory" / "rules.py").rename(copy / "theory" / "mechanisms.py")
    replaced(copy, r"redline\.theory\.rules", "redline.theory.mechanisms")
    replaced(copy, r"\bfrom \.rules\b", "from .mechanisms")
    replaced(
        copy,
        r"from redline.theory import (.*\b)rules\b",
        r"from redline.theory import \1mechanisms as rules",
    )
    assert of_rules(copy) == rules_hash()


def test_modules_are_the_same_in_any_order(copy):
    edited(copy / "argument" / "verdicts.py", lambda tree: tree.body.reverse())
    named = (verdict, run_experiment)
    assert identity_of_modules(named[::-1], copy) == identity_of_modules(named)
    edited(copy / "argument" / "verdicts.py", Flip().visit)
    assert identity_of_modules(named, copy) != identity_of_modules(named)


HEAD = "N = 3\ndef g(x):\n    return x\n"
MEANINGS = {
    "methods that change places": (
        "class K:\n def a(self): return 1\n def c(self): return 2\n"
        "def entry(k): return k.a() * 10 + k.c() + K",
        "class K:\n def c(self): return 1\n def a(self): return 2\n"
        "def entry(k): return k.a() * 10 + k.c() + K",
    ),
    "a getter beside its setter": tuple(
        "class K:\n @property\n def a(self): return " + given + "\n"
        " @a.setter\n def a(self, v): pass\ndef entry(k): return K().a"
        for given in "12"
    ),
    "a global that a comprehension hides": (
        HEAD + "def entry(xs): return [g for g in xs], g(1)",
        HEAD.replace("return x", "return -x") + "def entry(xs): return [g for g in xs], g(1)",
    ),
    "the other branch": tuple(
        "try:\n N = 1\nexcept ImportError:\n N = " + given + "\ndef entry(): return N"
        for given in "23"
    ),
    "a table that is added to": tuple(
        "T = {}\nT['b'] = " + given + "\nT.update(a=1)\ndef entry(): return T" for given in "12"
    ),
    "a loop over the module": tuple(
        "T = {}\nfor k in range(" + given + "):\n    T[k] = k\ndef entry(): return T"
        for given in "12"
    ),
    "what is raised": tuple(
        "def entry(x):\n try:\n  raise " + kind + "(x)\n except KeyError:\n  return 1"
        for kind in ("KeyError", "ValueError")
    ),
    "a method that is asked for by name": tuple(
        "class K:\n def a(self): return " + given + "\ndef entry(): return getattr(K(), 'a')()"
        for given in "12"
    ),
}


@pytest.mark.parametrize("what", MEANINGS)
def test_other_meanings_have_other_identities(tmp_path, what):
    found = set()
    for number, text in enumerate(MEANINGS[what]):
        place = tmp_path / f"{number}" / "redline"
        place.mkdir(parents=True)
        (place / "__init__.py").touch()
        (place / "here.py").write_text(text + "\n", "utf-8")
        told = reached([Definition("redline.here", "entry")], Sources(place))
        found.add("\n".join(told.values()))
    assert len(found) == 2


def test_names_from_everywhere_are_refused(tmp_path):
    (tmp_path / "here.py").write_text("from redline.there import *\n", "utf-8")
    with pytest.raises(ValueError, match="cannot be told"):
        Sources(tmp_path).module("redline.here")


def test_every_rule_counts():
    wanted = [Definition(one.__module__, one.__qualname__) for one in RULES]
    found = {
        one.name.partition("/")[0]
        for one in reached(wanted, Sources())
        if one.module == rules.__name__
    }
    functions = {
        name
        for name, value in vars(rules).items()
        if callable(value) and not isinstance(value, type) and value.__module__ == rules.__name__
    }
    assert functions <= found
    assert len(functions) > 20


def test_0_1_0_had_rules_that_give_the_same():
    # If a change of form alone gives the rules another identity, it goes into SAME_RULES; if they
    # are other rules, FIRST_RULES and the two hashes that lead to it go.
    assert rules_hash() == FIRST_RULES
    assert set(SAME_RULES.values()) == {FIRST_RULES}


# Kept with what it was taken of


def test_an_identity_is_kept_until_a_file_that_it_was_taken_of_changes(copy, tmp_path, monkeypatch):
    place = tmp_path / "kept"
    place.mkdir()

    def kept(folder=copy):
        return kept_identity_of(RULES, GIVEN, place, folder)

    assert kept() == rules_hash()
    (path,) = place.iterdir()
    with monkeypatch.context() as patched:
        patched.setattr(identity, "reached", lambda *_: pytest.fail("taken anew"))
        assert kept() == rules_hash()
        (copy / "figures" / "style.py").write_text("else = 1")  # not one that it was taken of
        assert kept() == rules_hash()
    read = json.loads(path.read_text())["read"]
    assert "theory/rules.py" in read
    assert not any("figures" in name for name in read)
    source = copy / "theory" / "rules.py"
    text = source.read_text("utf-8")
    source.write_text(text.replace("threshold = draw * total(", "threshold = total("), "utf-8")
    other = kept()
    assert other not in {rules_hash(), None}
    source.write_text(text, "utf-8")
    assert kept() == rules_hash()
    # A file that was looked for, missing, and is there now, is one that might be read.
    missing = copy / next(name for name, sha in read.items() if not sha)
    missing.parent.mkdir(exist_ok=True)
    missing.write_text("", "utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(identity, "reached", lambda *_: {"anew": "anew"})
        assert kept() == identity._digest(["anew"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"read": {}}',
        '{"read": [1], "identity": 2}',
        '{"read": {}, "identity": "0"}',
        '{"read": {"theory/no.py": ""}, "identity": "0", "digest": "0"}',
    ],
)
def test_a_kept_identity_that_is_damaged_is_taken_anew(tmp_path, text):
    kept_identity_of(RULES, GIVEN, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    assert kept_identity_of(RULES, GIVEN, tmp_path) == rules_hash()
    assert json.loads(path.read_text())["identity"] == rules_hash()
    assert kept_identity_of(RULES, GIVEN, None) == rules_hash()
    assert kept_identity_of(RULES, GIVEN, tmp_path / "gone") == rules_hash()
