"""Which definitions code depends on, in every form in which Python lets it name them."""

import re
from textwrap import dedent

import pytest
from test_provenance import forget

from superposition.errors import StudyError
from workflow.provenance import dependencies, hashes

# Modules of a small package of which a script calls `a.run`. It depends on the 17 in one of them.
FOLLOWED = {
    "class_attribute": """
        # a
        class A:
            size = 17
        def run():
            return A().size
        """,
    "method": """
        # a
        class A:
            def size(self):
                return 17
        def run():
            return A().size()
        """,
    "base_class": """
        # a
        class B:
            size = 17
        class A(B):
            pass
        def run():
            return A().size
        """,
    "default": """
        # a
        SIZE = 17
        def run(size=SIZE):
            return size
        """,
    "default_of_a_parameter_of_the_same_name": """
        # a
        SIZE = 17
        def run(SIZE=SIZE):
            return SIZE
        """,
    "what_a_comprehension_with_the_same_name_goes_through": """
        # a
        SIZES = 17, 18
        def run():
            return [SIZES for SIZES in SIZES]
        """,
    "name_that_another_function_inside_binds": """
        # a
        SIZE = 17
        def run():
            def same(SIZE):
                return SIZE
            return same(SIZE)
        """,
    "name_that_a_class_reads_and_binds": """
        # a
        SIZE = 17
        class A:
            SIZE = SIZE
        def run():
            return A().SIZE
        """,
    "global_name_that_a_function_sets": """
        # a
        SIZE = 17
        def run():
            global SIZE
            SIZE += 1
            return SIZE
        """,
    "decorator": """
        # a
        def times(f):
            return lambda: 17 * f()
        @times
        def run():
            return 2
        """,
    "function_as_a_value": """
        # a
        def f(x):
            return 17
        def run():
            return map(f, [])
        """,
    "function_in_a_registry": """
        # a
        def f():
            return 17
        ALL = {"f": f}
        def run(name):
            return ALL[name]()
        """,
    "module_as_a_value": """
        # a
        from superposition import b
        def run(name):
            return getattr(b, name)()
        # b
        def f():
            return 17
        """,
    "module_behind_a_module": """
        # a
        from superposition import b
        def run():
            return b.c.f()
        # b
        from superposition import c
        # c
        def f():
            return 17
        """,
    "name_imported_from_where_it_is_imported": """
        # a
        from superposition.b import f
        def run():
            return f()
        # b
        from superposition.c import f
        # c
        def f():
            return 17
        """,
    "another_name": """
        # a
        from superposition.b import f as g
        def run():
            return g()
        # b
        def f():
            return 17
        """,
    "import_inside_a_function": """
        # a
        def run():
            from superposition import b
            return b.f()
        # b
        def f():
            return 17
        """,
    "import_inside_a_function_beside_a_parameter_of_a_known_name": """
        # a
        from superposition import c
        def run(c=1):
            from superposition import b
            return [b.f() for _ in range(c)]
        # b
        def f():
            return 17
        # c
        """,
    "one_of_two_values": """
        # a
        FIRST, SECOND = 17, 2
        def run():
            return FIRST
        """,
    "statement_at_the_top": """
        # a
        import os
        os.umask(17)
        def run():
            pass
        """,
    "statement_at_the_top_of_another_module": """
        # a
        from superposition import b
        def run():
            return b.f()
        # b
        import os
        os.umask(17)
        def f():
            pass
        """,
    "statement_of_the_package": """
        # __init__
        import os
        os.umask(17)
        # a
        def run():
            pass
        """,
    "value_added_later": """
        # a
        SIZES = {}
        SIZES["x"] = 17
        def run():
            return SIZES
        """,
    "first_of_two_assignments": """
        # a
        SIZE = 17
        SIZE = SIZE * 2
        def run():
            return SIZE
        """,
    "augmented_assignment": """
        # a
        SIZE = 1
        SIZE += 17
        def run():
            return SIZE
        """,
    "definition_under_a_condition": """
        # a
        if True:
            def f():
                return 17
        def run():
            return f()
        """,
    "table_that_is_read": """
        # a
        from superposition.tables import frames
        def run():
            return frames.read("path", "loss")
        # tables/frames
        def read(path, table):
            return table
        # tables/declared/README
        (runs.md)
        # tables/declared/runs
        ## loss
        Losses.
        | column | type | unit | values | meaning |
        |---|---|---|---|---|
        | loss | float |  | at least 17 | Loss. |
        """,
    "table_named_elsewhere_than_where_it_is_read": """
        # a
        from superposition.tables import frames
        NAMES = ["loss"]
        def run():
            return [frames.read("path", name) for name in NAMES]
        # tables/frames
        def read(path, table):
            return table
        # tables/declared/README
        (runs.md)
        # tables/declared/runs
        ## loss
        Losses.
        | column | type | unit | values | meaning |
        |---|---|---|---|---|
        | loss | float |  | at least 17 | Loss. |
        """,
    "class_of_a_registrys_rows": """
        # a
        from superposition.activations import BY_NAME
        def run(name):
            return BY_NAME[name]
        # activations
        class Activation:
            size = 17
        BY_NAME = {"x": Activation()}
        """,
}

DECLARED = dedent(
    FOLLOWED["table_that_is_read"][FOLLOWED["table_that_is_read"].index("# tables/declared/README") - 8 :]
)
SCRIPT = "from superposition import a\n\na.run()\n"


@pytest.fixture
def hash_of(tmp_path, monkeypatch):
    """Return the hash of a script in a small package, given the texts of its modules, each below its name."""
    package = tmp_path / "superposition"
    (package / "tables" / "declared").mkdir(parents=True)
    (package / "tables" / "declared" / "README.md").touch()
    monkeypatch.setattr(dependencies, "PACKAGE", package)

    def write_and_hash(modules: str) -> str:
        for name, text in re.findall(
            r"^# ([\w/]+)\n(.*?)(?=^# [\w/]+$|\Z)", dedent(modules), flags=re.DOTALL | re.MULTILINE
        ):
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / f"{name}{'.md' if 'declared' in name else '.py'}").write_text(text)
        (package / "__init__.py").touch()
        (tmp_path / "script.py").write_text(SCRIPT)
        forget()
        return hashes.code_hash(tmp_path / "script.py")

    yield write_and_hash
    forget()


@pytest.mark.parametrize("form", list(FOLLOWED))
def test_an_edit_is_seen_in_whatever_form_the_code_names_it(hash_of, form):
    modules = FOLLOWED[form]
    assert modules.count("17") == 1
    assert hash_of(modules) != hash_of(modules.replace("17", "18"))


def test_what_the_code_does_not_name_is_not_followed(hash_of):
    used = "def run():\n    return 1\n"
    found = {
        hash_of(f"# a\n{used}"),
        hash_of(f'# a\n"""A module."""\n\n# a comment of it\n{used}'),
        hash_of(f"# a\n{used}\n\ndef unused():\n    return 2\n"),
        hash_of(f"# a\nSIZE = 3\n{used}"),
        hash_of(f"# a\n{used}\n\nassert run()\n"),
        hash_of(f"# a\n{used}\n# b\nimport os\nos.umask(1)\n"),
        hash_of(f"# a\n{used}\n{DECLARED}\n"),
    }
    assert len(found) == 1
    named = "def run():\n    return 'loss'\n"  # a text, but no table that is read or written
    found = {
        hash_of(f"# a\n{named}\n{DECLARED}\n"),
        hash_of(f"# a\n{named}\n{DECLARED.replace('17', '18')}\n"),
    }
    assert len(found) == 1


# Functions that bind `f` themselves, each beside another `f` of the module.
BOUND = {
    "parameter": "def run(f=2):\n    return f",
    "parameter_with_attributes": "def run(b=2):\n    return b.f",
    "of_a_lambda": "def run():\n    return lambda f: f",
    "assigned": "def run():\n    f = 2\n    return f",
    "loop": "def run():\n    for f in [2]:\n        print(f)",
    "comprehension": "def run():\n    return [f for f in [2]]",
    "block": "def run():\n    with open('x') as f:\n        print(f)",
    "of_the_function_around": "def run(f=2):\n    def inner():\n        return f\n    return inner()",
    "field": "class A:\n    f: int\ndef run():\n    return A().f",
}


@pytest.mark.parametrize("form", list(BOUND))
def test_a_name_that_a_function_binds_itself_is_not_followed(hash_of, form):
    module = f"# a\nfrom superposition import b\n{BOUND[form]}\ndef f():\n    return 17\n# b\ndef f():\n    return 17\n"
    assert hash_of(module) == hash_of(module.replace("17", "18"))


def test_types_and_what_values_mean_are_not_followed(hash_of):
    module = "# a\nT = int\nclass A:\n    x: T = 1\ndef run(a: A = A()) -> T:\n    size: T = 2\n    return a.x + size\n"
    assert (
        len(
            {
                hash_of(module),
                hash_of(module.replace("T = int", "T = str")),
                hash_of(module.replace(": T", ": 'a text'")),
            }
        )
        == 1
    )
    assert hash_of(module) != hash_of(module.replace("x: T = 1", "x: T = 2"))
    assert hash_of(module) != hash_of(module.replace("x: T", "y: T"))


@pytest.mark.parametrize(
    "statement", ["import superposition.c", "from superposition.c import *", "from . import c", "from .c import f"]
)
def test_an_import_that_hides_what_code_depends_on_is_refused(hash_of, statement):
    with pytest.raises(StudyError, match=r"(?s)expected: `from .*where: +b\.py, line 1\n.*hint") as error:
        hash_of(f"# a\nfrom superposition import b\ndef run():\n    b.f()\n# b\n{statement}\ndef f():\n    pass\n")
    assert f"found:    {statement}\n" in str(error.value)
