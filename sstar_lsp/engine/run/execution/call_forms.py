"""How a candidate is run whose arguments or result are no plain values: in place, linked lists, trees,
objects.

The candidate's own text is what is shown and chosen. To run it, a harness is put behind it
(:mod:`sstar_lsp.engine.run.execution.call_harness`), which builds the arguments, calls the program and reads
the result back. In C++ and JavaScript every function is called so: ``call_harness.cpp`` and
``call_harness.js`` make a whole program of it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

import cattrs

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.languages import methods_of
from sstar_lsp.problems.source.signatures import node_attribute
from sstar_lsp.records import CallForm, Problem, Style

ENTRY = "_sstar_call"
"""What the sandbox calls instead of the program's own entry point."""
STRUCTURES = ("ListNode", "TreeNode", "Node")
"""Names of structures; each also as ``list[…]``."""


_NODES = {
    "cpp": {
        "ListNode": "struct ListNode { int val; ListNode *next; ListNode(int x = 0, ListNode *n = nullptr) : val(x), next(n) {} };",
        "TreeNode": (
            "struct TreeNode { int val; TreeNode *left, *right; TreeNode(int x = 0, TreeNode *l = nullptr, "
            "TreeNode *r = nullptr) : val(x), left(l), right(r) {} };"
        ),
    },
    "javascript": {
        "ListNode": "globalThis.ListNode = class { constructor(val = 0, next = null) { Object.assign(this, { val, next }); } };",
        "TreeNode": (
            "globalThis.TreeNode = class { constructor(val = 0, left = null, right = null) "
            "{ Object.assign(this, { val, left, right }); } };"
        ),
    },
}
"""The structures that judges define before a solution, each on one line."""
_CPP_TYPES = (
    "the types `int`, `long long`, `double`, `bool`, `char`, `string` and `vector` of them, `optional` where there may be no value. "
    "`bits/stdc++.h` is included and `using namespace std` is there"
)
_CPP_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


@cache
def _harness(name: str = "call_harness.py") -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def node_kind(problem: Problem) -> str:
    """Which class ``Node`` a problem means, by the attribute that it speaks of; empty if it says nothing."""
    return node_attribute(f"{problem.starter_code}\n{problem.statement}")


def why_not_run(problem: Problem) -> str | None:
    """What makes a problem's calls impossible to run, for a person; None if they can be run."""
    form = problem.call_form
    if form is None:
        return None
    for name in (*form.arguments, form.result):
        structure = name.removeprefix("list[").removesuffix("]")
        if structure and structure not in STRUCTURES:
            known = ", ".join(STRUCTURES)
            return f"values of type {name} cannot be built (known: {known}, and lists of them)"
        if structure == "Node" and not node_kind(problem):
            return "there are several classes called Node, and the statement does not show which one is meant"
    return None


def call_note(problem: Problem, language: str = "python") -> str:
    """What a writer must know of how its program is called; empty for plain calls in Python."""
    return " ".join(filter(None, (_signature_note(problem, language), _form_note(problem))))


def _signature_note(problem: Problem, language: str) -> str:
    """How the function is declared in a language whose signature no starter code shows."""
    name = (problem.entry_point or "").rpartition(".")[2]
    is_object = problem.call_form is not None and problem.call_form.is_object
    if language == "cpp" and is_object:
        return (
            f"Write `class {name}` as LeetCode does, with a public constructor and public methods, whose parameters and results are of "
            f"{_CPP_TYPES}; write no `main`."
        )
    if language == "cpp":
        return (
            f"Write it as LeetCode does: `class Solution` with the public method `{name}`, whose parameters and result are of "
            f"{_CPP_TYPES}; write no `main`."
        )
    if language == "javascript" and not is_object:
        return f"Write it as LeetCode does: `var {name} = function(…) {{ … }};`, and do not call it."
    return ""


def _form_note(problem: Problem) -> str:
    form = problem.call_form
    if form is None:
        return ""
    if form.is_object:
        return f"`{problem.entry_point}` is a class: write it whole, with all its methods. Other classes that the statement shows are defined already."
    notes = []
    if form.judged_argument is not None:
        notes.append("It changes its argument in place: what it returns does not count.")
    named = sorted(
        {name.removeprefix("list[").removesuffix("]") for name in (*form.arguments, form.result)} - {""}
    )
    if named:
        notes.append(
            f"{' and '.join(f'`{name}`' for name in named)}: defined already, as the statement shows it."
        )
    return " ".join(notes)


def runnable(problem: Problem, code: str, language: str = "python") -> tuple[str, str | None]:
    """What is run for a candidate: source, and the entry point that the sandbox calls.
    Raises :class:`ProblemError`: the problem's calls cannot be run."""
    if problem.style is not Style.FUNCTION:
        return code, None
    if reason := why_not_run(problem):
        raise ProblemError(f"{problem.title or 'this problem'} cannot be run: {reason}.")
    form = problem.call_form or CallForm()
    if language != "python":
        return _whole_program(problem, form, code, language), None
    is_plain = form.judged_argument is None and not (any(form.arguments) or form.result or form.is_object)
    if is_plain:
        return code, problem.entry_point
    told = json.dumps(
        cattrs.unstructure(form) | {"entry": problem.entry_point or "", "node": node_kind(problem)}
    )
    return f"{code.rstrip()}\n\n\n{_harness()}\n\n_sstar_is_called({told!r})\n", ENTRY


def _whole_program(problem: Problem, form: CallForm, code: str, language: str) -> str:
    """A C++ or JavaScript function or class as a program that reads arguments and prints the result."""
    entry = problem.entry_point or ""
    name = entry.rpartition(".")[2]
    nodes = _NODES[language]
    if language == "javascript":
        quiet = "console.log = console.info = console.debug = console.error; process.stdout.write = (text) => process.stderr.write(text);"
        found = f'typeof {name} === "function" ? {name} : typeof Solution === "function" ? (...a) => new Solution().{name}(...a) : null'
        told = json.dumps(cattrs.unstructure(form) | {"entry": entry})
        classes = f"{{ {', '.join(nodes)} }}"
        return (
            f"{' '.join(nodes.values())} {quiet} {code.rstrip()}\n\n\n{_harness('call_harness.js')}\n"
            f"_sstar_call({told}, {found}, {classes});\n"
        )
    plain = _CPP_COMMENT.sub(" ", code)
    defined = [node for kind, node in nodes.items() if not re.search(rf"\bstruct\s+{kind}\s*\{{", plain)]
    judged = -1 if form.judged_argument is None else form.judged_argument
    if form.is_object:
        methods = " ".join(f"SSTAR_METHOD({method})" for method in methods_of(problem))
        parameters = (
            "auto& object, const std::string& name, const sstar_call::Value& given, std::string& text"
        )
        unknown = 'sstar_call::fail("the class has no method " + name);'
        call = f"sstar_call::run_object<{name}>([]({parameters}) {{ {methods} {unknown} }}, given, out);"
    else:
        owner = "Solution::" if re.search(r"\b(?:class|struct)\s+Solution\b", plain) else ""
        call = f"sstar_call::run(&{owner}{name}, given, {judged}, out);"
    return (
        f"#include <bits/stdc++.h>\n#include <unistd.h>\nusing namespace std;\n{' '.join(defined)}\n"
        f'#define main sstar_unused_main\n#line 1 "solution.cpp"\n{code.rstrip()}\n'
        f'#undef main\n#undef int\n#line 1 "call_harness.cpp"\n{_harness("call_harness.cpp")}\n'
        f"signed main() {{\n  auto given = sstar_call::arguments();\n  int out = dup(1);\n  dup2(2, 1);\n"
        f"  {call}\n}}\n"
    )
