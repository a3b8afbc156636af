"""One long-lived sandbox behind JSON lines, for tools in other languages: ``sstar sandbox exec``.

Each answer has the id of its request and comes when it is ready, so not always in the order of requests.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
from typing import Any, BinaryIO

import attrs

from sstar_sandbox.compilation.compiler_options import CompilerOptions
from sstar_sandbox.errors import SandboxError, UnknownName
from sstar_sandbox.factory import open_sandbox
from sstar_sandbox.languages import default_limits
from sstar_sandbox.records import Check, Execution, FileIO, Limits, Mode
from sstar_sandbox.sandbox import Sandbox
from sstar_sandbox.verdicts.comparators import comparator_named

KEYS = (
    *("id", "language", "source", "inputs", "limits", "mode", "expected", "checker", "entry_point"),
    *("files", "cpp_standard"),
)
"""What a request may have; ``language``, ``source`` and ``inputs`` it must. ``checker`` is a comparator's
name, by default ``tokens``, or ``json:1e-6`` with an ``entry_point``; ``files``: names of input and output
file."""
LINE_BYTES = 256 * 1024 * 1024


class BadRequest(ValueError):
    """A request that cannot be understood; the message names what is wrong."""


async def serve(stdin: BinaryIO, stdout: BinaryIO, workers: int = 2, tier: str | None = None) -> None:
    """Answer every line of ``stdin`` on ``stdout`` until either ends; what still runs when nobody reads is
    ended.
    Raises :class:`SandboxUnavailable`: nothing was run."""
    try:
        await _serve(stdin, stdout, workers, tier)
    except* BrokenPipeError:
        # What is still buffered must not complain again when the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stdout.fileno())
        os.close(nowhere)


async def _serve(stdin: BinaryIO, stdout: BinaryIO, workers: int, tier: str | None) -> None:
    lines: asyncio.Queue[bytes] = asyncio.Queue(4 * workers)
    async with open_sandbox(workers, tier) as sandbox, asyncio.TaskGroup() as group:
        _read_lines(stdin, lines)
        free = asyncio.Semaphore(4 * workers)

        async def answer_one(line: bytes) -> None:
            try:
                answer = await answer_to(sandbox, line)
            finally:
                free.release()
            stdout.write(json.dumps(answer).encode() + b"\n")
            stdout.flush()

        while line := await lines.get():
            if line.strip():
                await free.acquire()
                group.create_task(answer_one(line))


def _read_lines(stdin: BinaryIO, lines: asyncio.Queue[bytes]) -> None:
    """Read in a thread that does not keep the process alive; an empty line of bytes is the end."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        while True:
            line = stdin.readline(LINE_BYTES)
            try:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            except RuntimeError:
                return  # the loop is closed
            if not line:
                return

    threading.Thread(target=read, daemon=True, name="sandbox-exec-stdin").start()


async def answer_to(sandbox: Sandbox, line: bytes) -> dict[str, Any]:
    """The answer to one request; a request that is wrong gets an ``error``."""
    identity: object = None
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise BadRequest("a request is a JSON object")
        identity = request.get("id")
        return {"id": identity, "executions": await _executions(sandbox, request)}
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        return {"id": identity, "error": {"kind": "request", "message": f"not JSON: {error}"}}
    except (BadRequest, UnknownName) as error:
        return {"id": identity, "error": {"kind": "request", "message": str(error)}}
    except SandboxError as error:
        return {"id": identity, "error": {"kind": "sandbox", "message": str(error)}}


async def _executions(sandbox: Sandbox, request: dict[str, Any]) -> list[dict[str, Any]]:
    unknown = sorted(set(request) - set(KEYS))
    if unknown:
        raise BadRequest(f"unknown keys {', '.join(unknown)}; known: {', '.join(KEYS)}")
    language, source = _text(request, "language"), _text(request, "source")
    entry = _text(request, "entry_point") if request.get("entry_point") is not None else None
    inputs = _texts(request, "inputs")
    mode = request.get("mode", Mode.ISOLATED)
    if mode not in set(Mode):
        raise BadRequest(f"unknown mode {mode!r}; known: {', '.join(Mode)}")
    limits = _limits(request.get("limits") or {}, default_limits(language))
    usual = "tokens" if entry is None else "json:1e-6"
    named = _text(request, "checker") if request.get("checker") is not None else usual
    comparator = comparator_named(named)
    checks: list[Check | None] | None = None
    if request.get("expected") is not None:
        expected = _texts(request, "expected")
        if len(expected) != len(inputs):
            raise BadRequest(f"{len(inputs)} inputs but {len(expected)} expected outputs")
        checks = [comparator.check(text) for text in expected]
    try:
        compiler = CompilerOptions(_text(request, "cpp_standard") if request.get("cpp_standard") else "")
        files = FileIO(*_names(request["files"])) if request.get("files") is not None else None
    except ValueError as error:
        raise BadRequest(str(error)) from None
    program = await sandbox.prepare(source, language, entry, compiler)
    return [as_json(found) async for found in sandbox.run(program, inputs, limits, Mode(mode), checks, files)]


def _names(value: object) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(name, str) for name in value):
        return value[0], value[1]
    raise BadRequest("'files' must be the names of the input and of the output file")


def _text(request: dict[str, Any], key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str):
        raise BadRequest(f"{key!r} must be a text")
    return value


def _texts(request: dict[str, Any], key: str) -> list[bytes]:
    value = request.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest(f"{key!r} must be a list of texts")
    return [item.encode("utf-8", "surrogatepass") for item in value]


def _limits(given: object, defaults: Limits) -> Limits:
    known = [field.name for field in attrs.fields(Limits)]
    if not isinstance(given, dict):
        raise BadRequest("'limits' must be an object")
    for key, value in given.items():
        if key not in known:
            raise BadRequest(f"unknown limit {key!r}; known: {', '.join(known)}")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 2**53:
            raise BadRequest(f"limit {key!r} must be a positive number")
    kinds = {key: value if key.endswith("_s") else int(value) for key, value in given.items()}
    return attrs.evolve(defaults, **kinds)


def as_json(execution: Execution) -> dict[str, Any]:
    """An execution as JSON: output as text with undecodable bytes escaped, and as base64."""
    found = attrs.asdict(execution)
    found["verdict"], found["mode"] = str(execution.verdict), str(execution.mode)
    found["stdout"] = execution.stdout.decode("utf-8", "backslashreplace")
    found["stdout_b64"] = base64.b64encode(execution.stdout).decode("ascii")
    found["stderr"] = execution.stderr.decode("utf-8", "backslashreplace")
    return found
