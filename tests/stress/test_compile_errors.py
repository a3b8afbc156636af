"""What compilers say becomes messages at lines: real compilers, in the sandbox."""

from __future__ import annotations

import pytest

from sstar_lsp.stress.compile_errors import complaints
from sstar_sandbox import Sandbox
from sstar_sandbox import SandboxError as BrokenSandbox

BROKEN = {
    "python": ("n = 1\ndef f(:\n  pass\n", 1, "SyntaxError: invalid syntax"),
    "cpp": ("#include <cstdio>\nint main() {\n  foo();\n}\n", 2, "was not declared"),
    "c": ("int main() {\n  return x;\n}\n", 1, "undeclared"),
    "java": ('public class Main {\n  int x = "a";\n}\n', 1, "incompatible types"),
    "rust": ('fn main() {\n    let x: i32 = "a";\n}\n', 1, "mismatched types"),
    "go": ("package main\nfunc main() {\n\tx := 1\n}\n", 2, "declared"),
    "javascript": ("const a = 1;\nlet b = ;\n", 1, "SyntaxError: Unexpected token"),
}


@pytest.mark.parametrize("language", BROKEN)
async def test_an_error_stands_at_its_line_in_every_language(sandbox: Sandbox, language: str) -> None:
    source, line, words = BROKEN[language]
    try:
        program = await sandbox.prepare(source, language)
    except BrokenSandbox as error:
        pytest.skip(str(error))
    assert program.compile_error is not None
    found = complaints(program.compile_error)
    assert [(each.line, each.is_error) for each in found] == [(line, True)], program.compile_error
    assert words in found[0].text


def test_warnings_and_notes_are_told_apart_and_what_names_no_line_is_nothing() -> None:
    said = "main.cpp:3:5: warning: unused\nmain.cpp:3:5: note: here\nother.h:9:1: error: x\nld: cannot find -lx\n"
    [warning] = complaints(said)
    assert (warning.line, warning.column, warning.text, warning.is_error) == (2, 4, "unused", False)
    assert complaints("") == complaints("killed\n") == []
