"""Functions in C++ and JavaScript: called with the arguments of a test, and a value of another type is a clear verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.world import DOUBLE, World, answer, fenced, finish, settings
from sstar_lsp.engine.run.execution.executions import Executions
from sstar_lsp.engine.sampling.sample import writing_prompt
from sstar_lsp.errors import UsageError
from sstar_lsp.problems.languages import language_for, languages_for
from sstar_lsp.problems.reader import read_document
from sstar_lsp.records import CallForm, Problem, Style, Test
from sstar_sandbox import Execution, Program, Sandbox, Verdict, default_limits

EXAMPLES = "Add up to the target.\n\nExample 1:\n\nInput: nums = [2,7,11], target = 9\nOutput: [0,1]\n"
TWO_SUM = {
    "cpp": (
        "class Solution {\npublic:\n    vector<int> twoSum(vector<int>& nums, int target) {\n"
        "        for (int i = 0; i < nums.size(); i++)\n            for (int j = 0; j < i; j++)\n"
        "                if (nums[i] + nums[j] == target) return {j, i};\n        return {};\n    }\n};\n"
    ),
    "javascript": (
        "var twoSum = function(nums, target) {\n  for (let i = 0; i < nums.length; i++)\n"
        "    for (let j = 0; j < i; j++) if (nums[i] + nums[j] === target) return [j, i];\n  return [];\n};\n"
    ),
}
STARTERS = {
    "cpp": "class Solution {\npublic:\n    vector<int> twoSum(vector<int>& nums, int target) {\n        \n    }\n};\n",
    "javascript": (
        "/**\n * @param {number[]} nums\n * @param {number} target\n * @return {number[]}\n */\n"
        "var twoSum = function(nums, target) {\n    \n};\n"
    ),
}
SUFFIXES = {"cpp": "cpp", "javascript": "js"}


def task(entry: str, form: CallForm | None, *tests: tuple[list[object], object]) -> Problem:
    """A function problem with these calls and results."""
    kept = tuple(Test(json.dumps(given), json.dumps(wanted)) for given, wanted in tests)
    return Problem("T", "S", Style.FUNCTION, entry, public_tests=kept, checker="json", call_form=form)


async def prepared(
    sandbox: Sandbox, problem: Problem, code: str, language: str
) -> tuple[Program, list[Execution]]:
    """The program, and its runs on the problem's examples."""
    executions = Executions(sandbox, problem)
    program = await executions.prepare(code, language)
    inputs, expected = zip(*((t.input, t.expected) for t in problem.public_tests), strict=True)
    runs = executions.run(program, inputs, default_limits(language), expected=expected)
    return program, [execution async for execution in runs]


@pytest.mark.parametrize("language", TWO_SUM)
async def test_a_leetcode_page_in_a_source_file_is_solved_in_its_language(
    sandbox: Sandbox, language: str
) -> None:
    text = f"/*\n{EXAMPLES}*/\n\n{STARTERS[language]}"
    problem = read_document(text, Path(f"/nowhere/two.{SUFFIXES[language]}"))
    assert (problem.entry_point, problem.language) == ("Solution.twoSum", language)
    right, world = TWO_SUM[language], World(samples=(fenced(TWO_SUM[language], language),))
    state = await finish(sandbox, world, problem, settings(language=None, samples=2, inputs=2))
    answer(right, state)
    prompt = next(prompt for kind, prompt in world.asked if kind == "write")
    assert STARTERS[language].strip() in prompt
    assert "twoSum" in prompt.partition("as LeetCode does")[2]
    assert "def twoSum" not in prompt


TALLY = (
    'Implement the Tally class.\n\nExample 1:\n\nInput\n["Tally", "add", "most"]\n[[[1, 5]], [7, "x"], []]\n'
    "Output\n[null, null, 7]\n"
)
TALLY_STARTERS = {
    "cpp": (
        "class Tally {\npublic:\n    Tally(vector<int>& first) {\n        \n    }\n    \n    void add(int n, string why) {\n        \n"
        "    }\n    \n    int most() {\n        \n    }\n};\n\n/**\n * Your Tally object will be instantiated and called as such:\n"
        " * Tally* obj = new Tally(first);\n * obj->add(n,why);\n * int param_2 = obj->most();\n */\n"
    ),
    "javascript": (
        "/**\n * @param {number[]} first\n */\nvar Tally = function(first) {\n    \n};\n\n/** \n * @param {number} n\n * @param {string} why\n"
        " * @return {void}\n */\nTally.prototype.add = function(n, why) {\n    \n};\n\n/**\n * @return {number}\n */\n"
        "Tally.prototype.most = function() {\n    \n};\n"
    ),
}
TALLIES = {
    "cpp": (
        "class Tally {\n    priority_queue<int> queue;\npublic:\n    Tally(vector<int>& first) : queue(first.begin(), first.end()) {}\n"
        "    void add(int n, string why) { queue.push(n); }\n    int most() { return queue.top(); }\n};\n"
    ),
    "javascript": (
        "var Tally = function(first) { this.all = first; };\nTally.prototype.add = function(n, why) { this.all.push(n); };\n"
        "Tally.prototype.most = function() { return Math.max(...this.all); };\n"
    ),
}
JAVA_TALLY = (
    "class Tally {\n    public Tally(int[] first) {\n\n    }\n    public void add(int n, String why) {\n    }\n"
    "    public int most() {\n    }\n}\n"
)


def in_python(language: str) -> str:
    """The class as it is asked for in Python; a number of JavaScript may be no int."""
    is_script = language == "javascript"
    first, n, most = ("list", "n", "") if is_script else ("List[int]", "n: int", " -> int")
    return (
        f"class Tally:\n    def __init__(self, first: {first}):\n        pass\n    def add(self, {n}, why: str) -> None:\n"
        f"        pass\n    def most(self){most}:\n        pass\n"
    )


@pytest.mark.parametrize("language", TALLIES)
async def test_a_class_to_be_designed_is_solved_in_the_language_of_its_file(
    sandbox: Sandbox, language: str
) -> None:
    text = f"/*\n{TALLY}*/\n\n{TALLY_STARTERS[language]}"
    problem = read_document(text, Path(f"/nowhere/tally.{SUFFIXES[language]}"))
    assert (problem.entry_point, problem.call_form) == ("Tally", CallForm(is_object=True))
    assert (problem.language, problem.starter_code) == (language, in_python(language))
    right, world = TALLIES[language], World(samples=(fenced(TALLIES[language], language),))
    state = await finish(sandbox, world, problem, settings(language=None, samples=2, inputs=4))
    answer(right, state)
    prompt = next(prompt for kind, prompt in world.asked if kind == "write")
    assert TALLY_STARTERS[language].strip() in prompt
    assert "def add" not in prompt


@pytest.mark.parametrize(
    ("shown", "code"), [*((kind, TALLY_STARTERS[kind]) for kind in TALLIES), ("java", JAVA_TALLY)]
)
def test_a_class_that_a_page_shows_in_another_language_is_read(shown: str, code: str) -> None:
    problem = read_document(f"{TALLY}\n```{shown}\n{code}```\n", Path("/nowhere/tally.md"))
    assert (problem.entry_point, problem.starter_code) == ("Tally", in_python(shown))
    assert len(problem.public_tests) == 1


CALLS = [
    ("ints", "long long f(int a, long long b) { return a * b; }", "function f(a, b) { return a * b; }", ([3, 10**10], 3 * 10**10)),
    ("texts", 'string f(const string& s, char c) { return s + c + "\\n\\"\\\\é"; }', 'function f(s, c) { return s + c + "\\n\\"\\\\é"; }', (["aé\t", "x"], 'aé\tx\n"\\é')),
    ("booleans", "vector<bool> f(vector<bool> v, bool b) { v.push_back(!b); return v; }", "function f(v, b) { return [...v, !b]; }", ([[True], True], [True, False])),
    ("numbers", "double f(double x, vector<double> v) { return x / 3 + v[0]; }", "function f(x, v) { return x / 3 + v[0]; }", ([1, [0.25]], 1 / 3 + 0.25)),
    ("nested", "vector<vector<int>> f(vector<vector<int>>& v) { v.push_back({}); return v; }", "function f(v) { v.push([]); return v; }", ([[[1, 2], [3]]], [[1, 2], [3], []])),
    ("missing", "vector<optional<int>> f(optional<int> a, optional<string> b) { if (!b) return {nullopt, *a + 1}; return {a}; }", "function f(a, b) { return b === null ? [null, a + 1] : [a]; }", ([2, None], [None, 3])),
    ("pairs", "pair<int, string> f(vector<pair<int, string>> v) { return v[0]; }", "function f(v) { return v[0]; }", ([[[1, "a"]]], [1, "a"])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "cpp", "javascript", "call"), CALLS, ids=[case[0] for case in CALLS])
async def test_arguments_and_results_of_each_type(
    sandbox: Sandbox, name: str, cpp: str, javascript: str, call: tuple[list[object], object]
) -> None:
    del name
    for language, body in (("cpp", cpp), ("javascript", javascript)):
        method = (
            f"class Solution {{\npublic:\n{body}\n}};\n"
            if language == "cpp"
            else f"class Solution {{ {body[9:]} }}"
        )
        for code in (body, method):
            program, runs = await prepared(sandbox, task("Solution.f", None, call), code, language)
            assert program.compile_error is None, program.compile_error
            assert [(run.verdict, run.stderr) for run in runs] == [(Verdict.AC, b"")], code


LIST = task("Solution.f", CallForm(("ListNode",), "ListNode"), ([[1, 2, 3]], [3, 2, 1]), ([[]], []))
TREE = task(
    "Solution.f",
    CallForm(("TreeNode",), "TreeNode"),
    ([[1, 2, 3, None, 4]], [1, 3, 2, None, None, 4]),
    ([[]], []),
)
OWN_TREE = "/* struct ListNode { int val; }; */\nstruct TreeNode { int val; TreeNode *left, *right; };\n"
SWAP = "TreeNode* f(TreeNode* r) { if (r) swap(r->left, r->right), f(r->left), f(r->right); return r; }\n"
IN_PLACE = task("Solution.f", CallForm(("",), judged_argument=0), ([[3, 1, 2]], [1, 2, 3]), ([[]], []))
BOX = task("Box", CallForm(is_object=True), ([["Box", "add", "get"], [[1], [2], []]], [None, None, 3]))
KEEPER = task(
    "Keeper",
    CallForm(is_object=True),
    (
        [
            ["Keeper", "sum", "name", "all", "cost", "cost"],
            [[[1, 2, 3], "é"], [0, 2], [["a", "b"]], [], [2.5, True], []],
        ],
        [None, 6, "éab", [[1, 2, 3]], 5.0, 0.0],
    ),
)
KEEPS_A_REFERENCE = """
class Keeper {
    vector<int>& values;
    string s;
public:
    Keeper(vector<int>& values, const string& s = "") : values(values), s(s) { cout << "made"; }
    long long sum(int from, int to) { return accumulate(values.begin() + from, values.begin() + to + 1, 0LL); }
    string name(vector<string> more) { string all = s; for (auto& each : more) all += each; return all; }
    vector<vector<int>> all() { return {values}; }
    double cost(double one, bool twice) { return twice ? 2 * one : one; }
    double cost() { return 0; }
};
"""
SHELF = task(
    "Shelf",
    CallForm(is_object=True),
    (
        [
            ["Shelf", "put", "put"],
            [[], [7], [None]],
        ],
        [None, None, 7],
    ),
)
WALKER = task(
    "Walker",
    CallForm(("TreeNode",), is_object=True),
    ([["Walker", "root", "tree"], [[[7, 3, 15]], [], []]], [None, 7, [7, 3, 15]]),
)


@pytest.mark.parametrize(
    ("problem", "language", "code"),
    [
        (LIST, "cpp", "ListNode* f(ListNode* h) { ListNode* b = nullptr; while (h) { auto n = h->next; h->next = b; b = h; h = n; } return b; }"),
        (LIST, "javascript", "const f = (h) => { let b = null; while (h) [h.next, b, h] = [b, h, h.next]; return b; };"),
        (TREE, "cpp", SWAP),
        (TREE, "cpp", OWN_TREE + SWAP),
        (TREE, "javascript", "function f(r) { if (r) [r.left, r.right] = [f(r.right), f(r.left)]; return r; }"),
        (IN_PLACE, "cpp", "#define int long long\nclass Solution { public: void f(vector<int>& a) { sort(a.begin(), a.end()); } };"),
        (IN_PLACE, "javascript", "var f = function(a) { a.sort((x, y) => x - y); };"),
        (BOX, "cpp", "class Box {\n  int n;\npublic:\n  Box(int n) : n(n) {}\n  void add(const int& x) { n += x; }\n  auto get() const { return n; }\n};\n"),
        (KEEPER, "cpp", KEEPS_A_REFERENCE),
        (WALKER, "cpp", "struct Walker { TreeNode* r; explicit Walker(TreeNode* r) : r(r) {} int root() { return r->val; } TreeNode* tree() { return r; } };"),
        (SHELF, "cpp", "struct Shelf { optional<int> kept; optional<int> put(const optional<int>& n) { auto before = kept; kept = n; return before; } };"),
        (BOX, "javascript", "class Box { constructor(n) { this.n = n; } add(x) { this.n += x; } get() { return this.n; } }"),
    ],
)  # fmt: skip
async def test_structures_are_built_and_read_back(
    sandbox: Sandbox, problem: Problem, language: str, code: str
) -> None:
    program, runs = await prepared(sandbox, problem, code, language)
    assert program.compile_error is None, program.compile_error
    assert {(run.verdict, run.stderr.replace(b"made", b"")) for run in runs} == {(Verdict.AC, b"")}


async def test_what_a_function_prints_is_not_its_result_and_its_own_main_is_not_run(sandbox: Sandbox) -> None:
    codes = {
        "cpp": 'int f(int a) { cout << 5; printf("6"); return a; }\nint main() { cout << f(7); return 3; }\n',
        "javascript": 'console.log("5"); function f(a) { process.stdout.write("6"); return a; }',
    }
    for language, code in codes.items():
        _, [run] = await prepared(sandbox, task("f", None, ([1], 1)), code, language)
        assert (run.verdict, run.stdout) == (Verdict.AC, b"1\n")
        assert b"6" in run.stderr


@pytest.mark.parametrize(
    ("language", "code", "given", "words"),
    [
        ("cpp", "int f(int a) { return a; }", 2.5, "the number 2.5 was given where the program takes an int"),
        ("cpp", "int f(int a) { return a; }", 1 << 40, "the integer 1099511627776 was given where"),
        ("cpp", "int f(int a) { return a; }", "x", "a string was given where the program takes an int"),
        ("cpp", "int f(vector<int> a) { return 1; }", True, "a boolean was given where the program takes a vector"),
        ("cpp", "int f(int a, int b) { return a; }", 1, "1 arguments were given, and the program takes 2"),
        ("javascript", "function f(a) { return () => a; }", 1, "a result of type function has no JSON form"),
        ("javascript", "function f(a) { }", 1, "a result of type undefined has no JSON form"),
        ("javascript", "async function f(a) { return a; }", 1, "the function is async"),
        ("javascript", "function g(a) { return a; }", 1, "the program defines no f"),
    ],
)  # fmt: skip
async def test_a_value_of_another_type_ends_the_program_with_a_message(
    sandbox: Sandbox, language: str, code: str, given: object, words: str
) -> None:
    _, [run] = await prepared(sandbox, task("f", None, ([given], 1)), code, language)
    assert run.verdict is Verdict.RE
    assert words in run.stderr.decode()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("map<int, int> f(int a) { return {}; }", "the result has a type that no test can compare"),
        ("int f(map<int, int> a) { return 1; }", "a parameter has a type that no test can give"),
        ("int g(int a) { return 1; }", "‘f’ was not declared"),
        ("int f(int a) { return 1 }", "solution.cpp:1"),
        ("class Solution { int f(int a) { return 1; } };", "private"),
    ],
)
async def test_what_cannot_be_called_in_cpp_is_a_compile_error_in_words(
    sandbox: Sandbox, code: str, words: str
) -> None:
    program, [run] = await prepared(sandbox, task("f", None, ([1], 1)), code, "cpp")
    assert run.verdict is Verdict.CE
    assert words in (program.compile_error or "")


BOX_IN_CPP = "struct Box {{ int n; {} void add(int x) {{ n += x; }} {} }};"


@pytest.mark.parametrize(
    ("constructor", "method", "verdict", "words"),
    [
        ("Box(int n) : n(n) {}", "int gets() { return n; }", Verdict.CE, "has no member named ‘get’"),
        ("Box(int n) : n(n) {}", "map<int, int> get() { return {}; }", Verdict.CE, "a method's result has a type that no test"),
        ("Box(int n) : n(n) {}", "private: int get() { return n; }", Verdict.RE, "no public get that takes 0 such arguments"),
        ("Box(int n) : n(n) {}", "int get(int x) { return n; }", Verdict.RE, "no public get that takes 0 such arguments"),
        ("Box(int n, int m) : n(n) {}", "int get() { return n; }", Verdict.RE, "no public constructor that takes 1 such arguments"),
        ("Box(string n) : n(3) {}", "int get() { return n; }", Verdict.RE, "the integer 1 was given where the program takes a string"),
    ],
)  # fmt: skip
async def test_a_class_in_cpp_that_cannot_be_called_says_why(
    sandbox: Sandbox, constructor: str, method: str, verdict: Verdict, words: str
) -> None:
    program, [run] = await prepared(sandbox, BOX, BOX_IN_CPP.format(constructor, method), "cpp")
    assert run.verdict is verdict
    assert words in (program.compile_error or run.stderr.decode())


async def test_a_result_of_another_type_is_a_wrong_answer(sandbox: Sandbox) -> None:
    for language, code in (("cpp", "string f(int a) { return to_string(a); }"), ("javascript", "function f(a) { return String(a); }")):  # fmt: skip
        _, [run] = await prepared(sandbox, task("f", None, ([1], 1)), code, language)
        assert (run.verdict, run.stdout) == (Verdict.WA, b'"1"\n')


def test_languages_in_which_a_problem_cannot_be_called_say_why() -> None:
    assert languages_for(DOUBLE) == ("python", "javascript")
    with pytest.raises(UsageError, match="solved in python, cpp, javascript only"):
        language_for(DOUBLE, "java")
    assert languages_for(BOX) == ("python", "cpp", "javascript")
    deleting = task("Box", CallForm(is_object=True), ([["Box", "delete"], [[1], []]], [None, 1]))
    for named in (deleting, DOUBLE):
        with pytest.raises(UsageError, match=r"nothing can be called (delete|double) in C\+\+"):
            language_for(named, "cpp")
    with pytest.raises(UsageError, match="a Node is not built in JavaScript"):
        language_for(task("f", CallForm(("Node",)), ([[]], 1)), "js")
    checked = Problem(
        "T", "S", Style.FUNCTION, "f", public_tests=(Test('{"$check": "assert f(1)"}', "true"),)
    )
    with pytest.raises(UsageError, match="Python code, which cannot call JavaScript"):
        language_for(checked, "js")
    assert language_for(checked, None) == "python"


def test_a_prompt_in_cpp_shows_no_python_starter_code() -> None:
    problem = Problem("T", "S", Style.FUNCTION, "Solution.f", "class Solution:\n    def f(self, a):\n")
    assert "def f" in writing_prompt(problem, "python")
    prompt = writing_prompt(problem, "cpp")
    assert "def f" not in prompt
    assert "`class Solution` with the public method `f`" in prompt
