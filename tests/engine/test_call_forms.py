"""Functions whose arguments or results are no plain values: run in the real sandbox."""

from __future__ import annotations

import json

import pytest

from engine.world import World, fenced, finish, settings
from sstar_lsp.engine.run.execution.call_forms import call_note, node_kind, runnable, why_not_run
from sstar_lsp.engine.run.execution.executions import Executions
from sstar_lsp.engine.sampling.sample import writing_prompt
from sstar_lsp.errors import ProblemError
from sstar_lsp.records import CallForm, Problem, Status, Style, Test
from sstar_sandbox import Execution, Sandbox, Verdict, default_limits


def problem(
    form: CallForm, *tests: tuple[object, object], entry: str = "Solution.f", starter: str = ""
) -> Problem:
    """A function problem with these calls and results."""
    return Problem(
        "T",
        "Statement.",
        Style.FUNCTION,
        entry,
        starter,
        tuple(Test(json.dumps(given), json.dumps(wanted)) for given, wanted in tests),
        "json",
        call_form=form,
    )


async def ran(sandbox: Sandbox, task: Problem, code: str) -> list[Execution]:
    """The program on the problem's examples."""
    executions = Executions(sandbox, task)
    program = await executions.prepare(code, "python")
    assert program.compile_error is None
    inputs, expected = [t.input for t in task.public_tests], [t.expected for t in task.public_tests]
    return [e async for e in executions.run(program, inputs, default_limits("python"), expected=expected)]


async def verdicts(sandbox: Sandbox, task: Problem, code: str) -> list[Verdict]:
    return [execution.verdict for execution in await ran(sandbox, task, code)]


IN_PLACE = problem(CallForm(("",), judged_argument=0), ([[3, 1, 2]], [1, 2, 3]), ([[]], []))


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("numbers.sort()", Verdict.AC),
        ("numbers[:] = sorted(numbers)", Verdict.AC),
        ("numbers.sort()\n        return numbers", Verdict.AC),
        ("return sorted(numbers)", Verdict.WA),
        ("numbers = sorted(numbers)", Verdict.WA),
    ],
)
async def test_a_task_in_place_is_judged_by_the_argument_after_the_call(
    sandbox: Sandbox, body: str, verdict: Verdict
) -> None:
    code = f"class Solution:\n    def f(self, numbers: List[int]) -> None:\n        {body}\n"
    assert (await verdicts(sandbox, IN_PLACE, code))[0] is verdict


LISTS = problem(CallForm(("ListNode",), "ListNode"), ([[1, 2, 3]], [3, 2, 1]), ([[]], []), ([[5]], [5]))
REVERSE = """
class Solution:
    def f(self, head: Optional[ListNode]) -> Optional[ListNode]:
        before = None
        while head:
            head.next, before, head = before, head, head.next
        return before
"""
OWN_CLASS = "class ListNode:\n    def __init__(self, x):\n        self.val = x\n        self.next = None\n"


@pytest.mark.parametrize("before", ["", OWN_CLASS, "from __future__ import annotations\n"])
async def test_linked_lists_are_built_and_read_back_whoever_defines_the_node(
    sandbox: Sandbox, before: str
) -> None:
    assert await verdicts(sandbox, LISTS, before + REVERSE) == [Verdict.AC] * 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("head.next.next.next = head; return head", "cycle"),
        ("return [3, 2, 1]", "of type list, and a ListNode is wanted"),
        (
            "for n in range(200_000): head = ListNode(n, head)\n        return head",
            "more than 100000 nodes",
        ),
    ],
)
async def test_a_result_that_is_no_list_is_an_error_and_no_hang(
    sandbox: Sandbox, body: str, said: str
) -> None:
    code = f"class Solution:\n    def f(self, head):\n        {body}\n"
    execution = (await ran(sandbox, LISTS, code))[0]
    assert execution.verdict is Verdict.RE
    assert said in execution.stderr.decode()


async def test_lists_of_linked_lists_are_built_one_by_one(sandbox: Sandbox) -> None:
    task = problem(CallForm(("list[ListNode]",), "ListNode"), ([[[1, 4], [], [2]]], [1, 2, 4]), ([[]], []))
    code = """
class Solution:
    def f(self, lists: List[Optional[ListNode]]) -> Optional[ListNode]:
        values = []
        for node in lists:
            while node:
                values.append(node.val)
                node = node.next
        head = None
        for value in sorted(values, reverse=True):
            head = ListNode(value, head)
        return head
"""
    assert await verdicts(sandbox, task, code) == [Verdict.AC] * 2


async def test_trees_come_and_go_in_level_order(sandbox: Sandbox) -> None:
    task = problem(
        CallForm(("TreeNode",), "TreeNode"),
        ([[1, None, 2, 3]], [1, 2, None, None, 3]),
        ([[]], []),
        ([[4, 2, 7, 1, None, None, 9]], [4, 7, 2, 9, None, None, 1]),
    )
    code = """
class Solution:
    def f(self, root: Optional[TreeNode]) -> Optional[TreeNode]:
        if root is None:
            return None
        return TreeNode(root.val, self.f(root.right), self.f(root.left))
"""
    assert await verdicts(sandbox, task, code) == [Verdict.AC] * 3


async def test_a_tree_changed_in_place_is_read_from_its_root(sandbox: Sandbox) -> None:
    task = problem(CallForm(("TreeNode",), judged_argument=0), ([[1, 2, 3]], [1, 3, 2]))
    code = "class Solution:\n    def f(self, root):\n        root.left, root.right = root.right, root.left\n"
    assert await verdicts(sandbox, task, code) == [Verdict.AC]


NODES = {
    "children": (
        [1, None, 3, 2, 4, None, 5, 6],
        [1, None, 3, 2, 4, None, 5, 6],
        "return root",
    ),
    "next": (
        [1, 2, 3, 4, 5, None, 7],
        [1, "#", 2, 3, "#", 4, 5, 7, "#"],
        """
        level = [root]
        while level:
            for node, other in zip(level, level[1:]):
                node.next = other
            level = [child for node in level for child in (node.left, node.right) if child]
        return root""",
    ),
    "random": (
        [[7, None], [13, 0], [11, 2]],
        [[7, None], [13, 0], [11, 2]],
        """
        copies, node = {None: None}, root
        while node:
            copies[node] = Node(node.val)
            node = node.next
        for node, copy in list(copies.items()):
            if node:
                copy.next, copy.random = copies[node.next], copies[node.random]
        return copies[root]""",
    ),
    "neighbors": (
        [[2, 4], [1, 3], [2, 4], [1, 3]],
        [[2, 4], [1, 3], [2, 4], [1, 3]],
        """
        copies = {}
        def copy(node):
            if node not in copies:
                copies[node] = Node(node.val)
                copies[node].neighbors = [copy(other) for other in node.neighbors]
            return copies[node]
        return copy(root)""",
    ),
}


@pytest.mark.parametrize("kind", NODES)
async def test_each_class_called_node_is_built_and_read(sandbox: Sandbox, kind: str) -> None:
    given, wanted, body = NODES[kind]
    starter = f"class Node:\n    def __init__(self, val, {kind}=None):\n        self.val = val\n        self.{kind} = {kind}\n"
    task = problem(CallForm(("Node",), "Node"), ([given], wanted), starter=starter)
    assert node_kind(task) == kind
    code = f"class Solution:\n    def f(self, root: 'Node') -> 'Node':\n        {body.strip()}\n"
    found = await ran(sandbox, task, code)
    assert [e.verdict for e in found] == [Verdict.AC], found[0].stderr.decode()


@pytest.mark.parametrize("kind", ["random", "neighbors"])
async def test_a_copy_that_is_the_original_is_no_copy(sandbox: Sandbox, kind: str) -> None:
    given, wanted, _ = NODES[kind]
    task = problem(CallForm(("Node",), "Node"), ([given], wanted), starter=f"# self.{kind} = {kind}\n")
    code = "class Solution:\n    def f(self, root):\n        return root\n"
    assert await verdicts(sandbox, task, code) == [Verdict.RE]


STACK = """
class MinStack:
    def __init__(self):
        self.items = []
    def push(self, value: int) -> None:
        self.items.append(value)
    def top(self) -> int:
        return self.items[-1]
    def all(self):
        return self.items
    def each(self):
        return (item for item in self.items)
"""


async def test_a_design_class_is_run_as_calls_on_one_object(sandbox: Sandbox) -> None:
    calls = [["MinStack", "push", "all", "push", "top", "each"], [[], [-2], [], [0], [], []]]
    task = problem(CallForm(is_object=True), (calls, [None, None, [-2], None, 0, [-2, 0]]), entry="MinStack")
    assert await verdicts(sandbox, task, STACK) == [Verdict.AC]
    assert await verdicts(sandbox, task, "class Stack: pass\n") == [Verdict.RE]


async def test_a_design_class_may_be_made_of_a_tree(sandbox: Sandbox) -> None:
    calls = [["Walker", "root", "tree"], [[[7, 3, 15]], [], []]]
    task = problem(CallForm(("TreeNode",), is_object=True), (calls, [None, 7, [7, 3, 15]]), entry="Walker")
    code = """
class Walker:
    def __init__(self, root: Optional[TreeNode]):
        self.node = root
    def root(self):
        return self.node.val
    def tree(self):
        return self.node
"""
    assert await verdicts(sandbox, task, code) == [Verdict.AC]


async def test_a_traceback_names_the_lines_of_the_programs_own_text(sandbox: Sandbox) -> None:
    code = "class Solution:\n    def f(self, head):\n\n        return head.nothing\n"
    told = (await ran(sandbox, LISTS, code))[0].stderr.decode()
    assert 'File "solution.py", line 4, in f' in told
    assert told.rstrip().splitlines()[-2].strip().startswith(("return head.nothing", "^"))


def test_what_cannot_be_built_is_said_and_never_run() -> None:
    unknown = problem(CallForm(("Employee",)), ([[1]], 1))
    assert "Employee" in (why_not_run(unknown) or "")
    with pytest.raises(ProblemError, match="ListNode, TreeNode, Node"):
        runnable(unknown, "x = 1\n")
    assert "several classes called Node" in (why_not_run(problem(CallForm(("Node",)), ([[1]], 1))) or "")


def test_plain_functions_are_run_as_they_are() -> None:
    for form in (CallForm(), CallForm(("", ""))):
        assert runnable(problem(form, ([1], 1)), "x") == ("x", "Solution.f")


async def test_a_whole_run_chooses_the_candidates_own_text(sandbox: Sandbox) -> None:
    state = await finish(sandbox, World(samples=(fenced(REVERSE.strip() + "\n"),)), LISTS, settings(inputs=4))
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert state.candidates[state.decided.candidate_id or ""].code == REVERSE.strip() + "\n"


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (IN_PLACE, "changes its argument in place"),
        (LISTS, "`ListNode`: defined already"),
        (problem(CallForm(is_object=True), entry="MinStack"), "`MinStack` is a class"),
        (problem(CallForm()), ""),
    ],
)
def test_a_writer_is_told_how_its_program_is_called(task: Problem, said: str) -> None:
    assert said in call_note(task)
    assert said in writing_prompt(task, "python")
    assert bool(call_note(task)) is bool(said)


async def test_what_cannot_be_called_is_refused_before_a_model_is_asked(sandbox: Sandbox) -> None:
    world = World(samples=(REVERSE,))
    with pytest.raises(ProblemError, match="Employee"):
        await finish(sandbox, world, problem(CallForm(("Employee",)), ([[1]], 1)))
    assert world.asked == []
