"""Replies as models really write them, and the program in each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sstar_lsp.models.client.reasoning import without_thoughts
from sstar_lsp.models.extract import Extraction, extract_code
from sstar_lsp.models.testing.scripted_server import FAULTY_REPLIES, Fault

SUM = "a, b = map(int, input().split())\nprint(a + b)\n"


def fenced(code: str, tag: str = "python") -> str:
    return f"```{tag}\n{code}```\n"


def test_one_fence_with_prose_around_is_the_program() -> None:
    reply = f"Certainly! Here's the solution:\n\n{fenced(SUM)}\nThis reads two integers.\n"
    assert extract_code(reply, "python") == Extraction(SUM)


@pytest.mark.parametrize("tag", ["py", "Python3", "PYTHON", "{.python}", "python title=a.py"])
def test_the_tag_may_be_written_in_any_of_its_ways(tag: str) -> None:
    assert extract_code(fenced(SUM, tag), "python").code == SUM


def test_of_two_fences_the_longer_one_that_parses_is_taken() -> None:
    broken = "def f(:\n" + "    pass\n" * 20
    found = extract_code(fenced(broken) + fenced("x = 1\n") + fenced(SUM), "python")
    assert found.code == SUM
    assert "of 3 code blocks" in found.remark


def test_a_repair_that_quotes_the_program_before_is_the_other_fence() -> None:
    quoted = "# the broken program, longer than its repair\n" + SUM
    found = extract_code(f"Your program:\n{fenced(quoted)}\nFixed:\n{fenced(SUM)}", "python", base=quoted)
    assert found.code == SUM


def test_the_sample_output_in_a_text_fence_is_not_the_program() -> None:
    reply = fenced("1 2\n", "input") + fenced(SUM) + fenced("3\n" * 50, "output")
    assert extract_code(reply, "python").code == SUM


def test_a_reply_that_ends_inside_its_fence_is_truncated() -> None:
    found = extract_code("Here:\n\n```python\nfor i in range(10):\n    print(", "python")
    assert found.truncated
    assert found.code == "for i in range(10):\n    print(\n"


def test_a_whole_block_is_preferred_to_a_longer_unfinished_one() -> None:
    found = extract_code(fenced(SUM) + "Or, longer:\n```python\nimport sys\n" + "x = 1\n" * 30, "python")
    assert found == Extraction(SUM, remark="the longest of 2 code blocks")


def test_code_without_any_fence_is_found_in_the_prose() -> None:
    found = extract_code(f"Sure, here it is:\n\n{SUM}\nIt reads two numbers and adds them.", "python")
    assert found.code == SUM
    assert "without a fence" in found.remark


def test_a_reply_that_is_only_code_is_the_program() -> None:
    assert extract_code(SUM, "python").code == SUM


def test_cpp_without_a_fence_starts_at_its_include() -> None:
    code = "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }\n"
    assert extract_code("The program:\n\n" + code, "cpp").code == code


def test_a_wrong_tag_is_seen_through_and_remarked() -> None:
    found = extract_code(fenced(SUM, "java"), "python")
    assert found.code == SUM
    assert "tagged 'java'" in found.remark


def test_code_in_another_language_is_not_taken() -> None:
    found = extract_code(fenced('fn main() {\n    println!("hi");\n}\n', "rust"), "python")
    assert found.code is None
    assert "none in python" in found.remark


def test_a_fence_without_a_tag_is_taken() -> None:
    assert extract_code(fenced(SUM, ""), "python").code == SUM


@pytest.mark.parametrize("indent", ["   ", "    ", "\t"])
def test_a_fence_in_a_list_is_found_and_dedented(indent: str) -> None:
    inner = "".join(f"{indent}{line}\n" for line in fenced(SUM).splitlines())
    assert extract_code(f"1. Read both numbers:\n\n{inner}\n2. Done.\n", "python").code == SUM


def test_a_tilde_fence_is_a_fence() -> None:
    assert extract_code(f"~~~python\n{SUM}~~~\n", "python").code == SUM


def test_backticks_inside_the_code_do_not_end_a_longer_fence() -> None:
    code = 'print("""\n```\n""")\n'
    assert extract_code(f"````python\n{code}````\n", "python").code == code


def test_windows_line_ends_are_read() -> None:
    assert extract_code(fenced(SUM).replace("\n", "\r\n"), "python").code == SUM


def test_code_in_thoughts_is_not_the_program() -> None:
    reply = f"<think>\nmaybe\n{fenced('print(0)' + chr(10) * 2 + 'print(1)  # a long draft that is wrong' + chr(10))}</think>\n{fenced(SUM)}"
    assert extract_code(reply, "python") == Extraction(SUM)


def test_thoughts_that_were_opened_in_the_prompt_end_at_their_mark() -> None:
    assert extract_code(f"{fenced('x = 0' + chr(10))}hm</think>{fenced(SUM)}", "python").code == SUM


def test_thoughts_that_never_end_are_a_truncated_reply() -> None:
    found = extract_code(f"<think>\nLet me see\n{fenced(SUM)}and then", "python")
    assert found == Extraction(
        None, truncated=True, remark="the reply ended while the model was still thinking"
    )


@pytest.mark.parametrize("fault", [Fault.PROSE, Fault.NO_CODE])
def test_prose_holds_no_program(fault: Fault) -> None:
    found = extract_code(FAULTY_REPLIES[fault], "python")
    assert found.code is None
    assert found.remark


def test_two_fences_give_the_whole_program_not_the_draft() -> None:
    assert extract_code(FAULTY_REPLIES[Fault.TWO_FENCES], "python").code == SUM


def test_a_line_of_100_kb_is_read() -> None:
    found = extract_code(FAULTY_REPLIES[Fault.LONG_LINE], "python")
    assert found.code is not None
    assert len(found.code) > 100_000


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(alphabet="`~pythn \n<>/ik=1(:\t-", max_size=300), st.sampled_from(["python", "cpp", "java"]))
def test_any_text_is_answered(reply: str, language: str) -> None:
    found = extract_code(reply, language)
    assert found.code is None or found.code.strip()
    assert found.code is not None or found.remark


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.text(max_size=200)
    .filter(lambda code: "`" not in code and "\r" not in code and code.strip())
    .filter(lambda code: without_thoughts(code)[0] == code)  # marks of thoughts are that wherever they stand
)
def test_whatever_is_in_a_right_fence_comes_out(code: str) -> None:
    body = "x = 1\n" + "".join(f"# {line}\n" for line in code.split("\n"))
    found = extract_code(f"Here:\n\n{fenced(body)}\nDone.\n", "python").code
    assert found is not None
    assert found.startswith("x = 1\n# ")


def test_no_break_spaces_that_indent_are_spaces_and_others_stay() -> None:
    code = "if x:\n\u00a0\u00a0\u00a0\u00a0print(1,\u00a02)\n"
    assert extract_code(f"```python\n{code}```\n", "python").code == "if x:\n    print(1, 2)\n"
    code = 'print("1\u00a0000")\n'
    assert extract_code(f"```python\n{code}```\n", "python").code == code
