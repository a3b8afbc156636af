"""One candidate in one process: runs a whole program or calls a function, then ends the process.

Everything here happens in a process that belongs to the candidate. Nothing it does is trusted afterwards.
"""

# It is what runs code and lives with whatever that does:
# ruff: noqa: BLE001, S102, S302, T201
from __future__ import annotations

import _sitebuiltins
import atexit
import builtins
import gc
import importlib
import io
import linecache
import marshal
import os
import random
import sys
import threading
import traceback
import types
from typing import Any

from sstar_sandbox.inside.python import values
from sstar_sandbox.inside.python.streams import Streams

FILENAME = "solution.py"
Loaded = tuple[str, bytes, types.CodeType]
"""Entry point, source, code."""


class Module:
    """The module that a program runs as; the first one is made before the process is born."""

    def __init__(self) -> None:
        self._source = b""
        self._fresh = self._new("__main__")
        linecache.cache[FILENAME] = (self._lines,)

    def _lines(self) -> str:
        return self._source.decode("utf-8", "replace")

    @staticmethod
    def _new(name: str) -> dict[str, Any]:
        module = types.ModuleType(name)
        module.__dict__.update(__file__=FILENAME, __builtins__=builtins, __annotations__={})
        sys.modules[name] = module
        return module.__dict__

    def names(self, name: str, source: bytes) -> dict[str, Any]:
        """The namespace of a new module, with its source where tracebacks look for it."""
        self._source = source
        if name == "__main__" and self._fresh:
            names, self._fresh = self._fresh, {}
            return names
        return self._new(name)


def exit_code(error: SystemExit) -> int:
    """Exit code of a SystemExit, saying on standard error what the interpreter would."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def report(error: BaseException, skip: int) -> None:
    """A traceback without our own frames."""
    trace = error.__traceback__
    for _ in range(skip):
        trace = trace.tb_next if trace is not None else None
    error.__traceback__ = trace
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, trace)
    else:
        traceback.print_exception(type(error), error, trace)


def finish(code: int, streams: tuple[io.TextIOWrapper, ...]) -> int:
    """What an interpreter does last: wait for threads, run exit hooks, flush; the exit code it ends with."""
    try:
        if not alone():
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join()
        atexit._run_exitfuncs()
    except SystemExit as error:
        code = exit_code(error)
    except BaseException as error:
        report(error, 0)
    for stream in streams if sys.stdout is streams[0] else (sys.stdout, *streams, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException:
            code = code or 120
    return code


def run_whole(code: types.CodeType, source: bytes) -> int:
    """The program as ``__main__``; its exit code."""
    streams = STREAMS.open()
    names = MODULE.names("__main__", source)
    status = 0
    try:
        exec(code, names)
    except SystemExit as error:
        status = exit_code(error)
    except BaseException as error:
        status = 1
        report(error, 1)
    status = finish(status, streams)
    if (b"open(" in source or b"TextIOWrapper(" in source) and alone():
        # Files that nobody closed are written when an interpreter takes the module apart at its end.
        names.clear()
        gc.collect()
    return status


COMMON = (
    ("typing", "List Dict Set Tuple Optional Union Any Deque Iterable Iterator Callable Sequence Generator"),
    ("typing", "DefaultDict FrozenSet"),
    ("collections", "defaultdict Counter deque OrderedDict"),
    ("functools", "lru_cache cache"),
    ("math", "inf"),
    ("heapq", "heappush heappop heapify"),
    ("bisect", "bisect_left bisect_right"),
    *((name, "") for name in ("itertools", "operator", "random", "re", "string")),
)
"""Modules that judges of the function style put in scope before a solution, and names of theirs."""


def common_names() -> dict[str, Any]:
    """:data:`COMMON`, as far as this Python has them, and LeetCode's classes."""
    names: dict[str, Any] = {"ListNode": values.ListNode, "TreeNode": values.TreeNode, "Node": values.Node}
    for place, wanted in COMMON:
        names[place] = module = importlib.import_module(place)
        names.update((name, getattr(module, name)) for name in wanted.split() if hasattr(module, name))
    return names


def find_entry(names: dict[str, Any], entry: str) -> Any:
    """The callable an entry point names: a function, or a method of a class made without arguments."""
    head, dot, method = entry.partition(".")
    if dot and head in names:
        return getattr(names[head](), method)
    name = method if dot else head
    if name in names:
        return names[name]
    if "Solution" in names and hasattr(names["Solution"], name):
        return getattr(names["Solution"](), name)
    raise NameError(f"the program defines no {entry}")


def run_function(code: types.CodeType, source: bytes, entry: str) -> int:
    """Define the program, call its entry point with the arguments on stdin, write the result as JSON."""
    result_fd = os.dup(1)
    os.dup2(2, 1)
    streams = STREAMS.open()
    names = MODULE.names("solution", source)
    names.update(common_names())
    status = 0
    try:
        with io.FileIO(0, "r", closefd=False) as stdin:
            request: Any = values.from_json(stdin.readall().decode("utf-8", "surrogateescape"))
        exec(code, names)
        if isinstance(request, dict) and set(request) == {"$check"}:
            run_check(request["$check"], names, entry)
            text = "true"
        else:
            result = find_entry(names, entry)(*request)
            text = values.to_json(result)
        written = text.encode("utf-8", "surrogatepass")
        view = memoryview(written)
        while view:
            view = view[os.write(result_fd, view) :]
    except SystemExit as error:
        print(
            f"the program ended itself instead of returning (exit code {exit_code(error)})", file=sys.stderr
        )
        status = 1
    except BaseException as error:
        status = 1
        report(error, 1)
    status = finish(status, streams)
    os.dup2(result_fd, 1)
    os.close(result_fd)
    return status


def run_check(text: str, names: dict[str, Any], entry: str) -> None:
    """Asserts in the candidate's own namespace: ``check(candidate)`` as in HumanEval, or plain asserts."""
    before = names.pop("check", None) if entry != "check" else None
    exec(compile(text, "check.py", "exec", dont_inherit=True), names)
    check = names.get("check") if entry != "check" else None
    if isinstance(check, types.FunctionType) and check is not before and check.__code__.co_argcount == 1:
        check(find_entry(names, entry))


def compile_source(source: bytes) -> int:
    """Marshalled code on standard output, or a syntax error on standard error; the exit code."""
    STREAMS.open()
    try:
        code = compile(source, FILENAME, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        sys.stderr.write("".join(traceback.format_exception_only(type(error), error)))
        sys.stderr.flush()
        return 1
    view = memoryview(marshal.dumps(code))
    while view:
        view = view[os.write(1, view) :]
    return 0


def load(parts: list[bytes]) -> Loaded:
    """The unpacked program, ``[entry point, source, marshalled code]``, ready for :func:`run_loaded`."""
    entry, source, code = parts
    return entry.decode(), source, marshal.loads(code)


def run_loaded(program: Loaded) -> int:
    """Run it on what is on standard input; its exit code."""
    entry, source, code = program
    gc.enable()
    if b"random" in source:
        random.seed(0)
    sys.setrecursionlimit(RECURSION_LIMIT)
    if entry:
        return run_function(code, source, entry)
    return run_whole(code, source)


def run(parts: list[bytes]) -> int:
    """Load and run, once."""
    return run_loaded(load(parts))


WARM_UP = b"""import sys
from collections import defaultdict
def main():
    count = int(input())
    numbers = list(map(int, sys.stdin.readline().split()))
    seen = defaultdict(int)
    for number in numbers[:count]:
        seen[number] += 1
    print(max(seen.items()), f"{sum(numbers) / count:.2f}", *sorted(set(numbers)))
    sys.stdout.write("done\\n")
    if count > 2:
        raise ValueError("to warm up what shows it")
if __name__ == "__main__":
    main()
"""
WARM_FUNCTION = b"""class Solution:
    def twice(self, numbers: List[int], name: str) -> Dict[str, List[int]]:
        return {name: [number * 2 for number in numbers]}
"""
WARM_ROUNDS = 10
"""After eight runs the interpreter has specialised its code and writes into it no more."""


def warm_up(stdin: int, output: int) -> None:
    """Run programs of our own, so that children find caches filled and copy fewer pages.

    For the trusted process, before it is hardened: with two descriptors it may write to; leaves no trace.
    """
    global STREAMS, MODULE
    kept = [os.dup(fd) for fd in (0, 1, 2)]
    try:
        for fd, place in ((stdin, 0), (output, 1), (output, 2)):
            os.dup2(fd, place)
        for entry, source, texts in (
            (b"", WARM_UP, (b"2\n3 4\n", b"3\n1 2 3\n")),
            (b"Solution.twice", WARM_FUNCTION, (b'[[1, 2], "a"]',)),
        ):
            loaded = load([entry, source, marshal.dumps(compile(source, FILENAME, "exec"))])
            for _ in range(WARM_ROUNDS):
                for text in texts:
                    os.ftruncate(0, 0)
                    os.pwrite(0, text, 0)
                    os.lseek(0, 0, os.SEEK_SET)
                    run_loaded(loaded)
    finally:
        for fd, place in zip(kept, (0, 1, 2), strict=True):
            os.dup2(fd, place)
            os.close(fd)
        sys.modules.pop("solution", None)
        STREAMS, MODULE = Streams(), Module()
        random.seed(0)


def alone() -> bool:
    """Whether the last run left no thread behind."""
    return len(_threads) == 1


_threads: dict[int, threading.Thread] = getattr(threading, "_active")  # noqa: B009  (private; active_count() locks)
STREAMS = Streams()
MODULE = Module()
random.seed(0)
RECURSION_LIMIT = sys.getrecursionlimit()
sys.argv = [FILENAME]
for _name in ("exit", "quit"):
    setattr(builtins, _name, _sitebuiltins.Quitter(_name, "Ctrl-D (i.e. EOF)"))  # as ``site`` does
