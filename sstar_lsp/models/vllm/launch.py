"""A vLLM server that we own: found or started, followed until it is ready, ended with us.

One lock for each model, an address that a second window attaches to, and a guard process so that nothing
outlives us. A server that is not ours is never stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from sstar_lsp.errors import ModelError, UsageError
from sstar_lsp.models.client.api_keys import NO_KEY, without_keys
from sstar_lsp.models.client.openai_http import Connection
from sstar_lsp.models.server.files import ServerFiles
from sstar_lsp.models.vllm import guard
from sstar_lsp.models.vllm.flags import UTILIZATION, Choice, choose
from sstar_lsp.models.vllm.hardware import MIB, Hardware
from sstar_lsp.private_files import locked, make_private_folder, state_folder

COMMAND_VARIABLE = "SSTAR_VLLM"
"""Environment variable: the ``vllm`` command, where it is not beside our Python or on the path."""
START_S = 1800.0
"""Weights may have to be downloaded first."""
GRACE_S = 20.0
"""Between SIGTERM and SIGKILL."""
POLL_S = 0.5

Say = Callable[[str], None]

_PROGRESS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Downloading|Fetching \d+ files"), "downloading weights"),
    (re.compile(r"Loading safetensors checkpoint shards:\s+(\d+%)"), "loading weights"),
    (re.compile(r"Starting to load model|Loading model weights"), "loading weights"),
    (re.compile(r"torch\.compile|Compiling"), "compiling"),
    (re.compile(r"KV cache size: ([\d,]+ tokens)"), "cache"),
    (re.compile(r"[Cc]apturing CUDA graphs?"), "capturing CUDA graphs"),
    (re.compile(r"Starting vLLM API server|Started server process"), "opening the door"),
)
_REMEDIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"CUDA out of memory|OutOfMemoryError"),
        "it ran out of GPU memory: hand vLLM fewer sequences at once (-- --max-num-seqs 32)",
    ),
    (
        re.compile(r"Free memory on device|less than desired GPU memory"),
        "the GPU's memory is held by somebody else: see nvidia-smi",
    ),
    (
        re.compile(r"No available memory for the cache|max seq len .* is larger than the maximum number"),
        "no room is left for its cache: take a smaller model, one with 4-bit weights (AWQ), or a shorter -- --max-model-len",
    ),
    (
        re.compile(r"gated repo|401 Client Error|is not a local folder and is not a valid model"),
        "the model hub does not give that model: is the name right, and is HF_TOKEN set where it wants one?",
    ),
    (re.compile(r"[Aa]ddress already in use"), "its port is taken: name another with --port"),
    (
        re.compile(r"unrecognized arguments: ([^\n]*)|argument --max-model-len: invalid"),
        "this vLLM does not know a flag: it may be too old",
    ),
    (
        re.compile(r"No package metadata was found|ModuleNotFoundError"),
        "the installation of vLLM is not whole: see docs/models.md",
    ),
)


@frozen
class Served:
    """A server that answers."""

    base_url: str
    pid: int | None
    """Of the ``sstar serve`` that owns it; None if nobody of ours does."""
    process: asyncio.subprocess.Process | None = field(default=None, repr=False, eq=False)
    """The guard of one that this process started and will end; None: it is not ours."""


def files_of(model: str, environ: Mapping[str, str]) -> ServerFiles:
    """Files of the one server of ``model``, in the user's state folder."""
    stem = re.sub(r"[^\w.-]+", "-", model).strip("-.")[-80:] or "model"
    return ServerFiles(state_folder(environ) / "serve", stem)


def _published(files: ServerFiles) -> Served | None:
    """The server whose address stands in the files."""
    try:
        said = json.loads(files.state.read_text("utf-8"))
        return Served(said["base_url"], said["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def serve_command(vllm: str, model: str, host: str, port: int, choice: Choice) -> list[str]:
    """What starts the server."""
    return [vllm, "serve", model, "--host", host, "--port", str(port), *choice.arguments]


def command_of(environ: Mapping[str, str]) -> str:
    """The ``vllm`` command. Raises :class:`UsageError` where there is none."""
    given = environ.get(COMMAND_VARIABLE)
    beside = Path(sys.executable).parent / "vllm"
    found = given or (str(beside) if beside.is_file() else shutil.which("vllm", path=environ.get("PATH")))
    if found is None or (given and shutil.which(given) is None):
        raise UsageError(
            f"there is no vllm command{f' at {given}' if given else ''}: pip install 'sstar-lsp[vllm]', or name one "
            f"with {COMMAND_VARIABLE}=/path/to/vllm, or run the embedded model: sstar serve --engine embedded"
        )
    return found


def refuse_if_held(hardware: Hardware) -> None:
    """Raise :class:`UsageError` where GPU memory that we need is held by somebody else."""
    for number, gpu in enumerate(hardware.gpus):
        if gpu.used_bytes > gpu.memory_bytes * (1 - UTILIZATION):
            raise UsageError(
                f"GPU {number} ({gpu.name}) has {gpu.used_bytes // MIB} of {gpu.memory_bytes // MIB} MiB in use: "
                "nvidia-smi says by whom. End that (a vLLM that lost its owner shows as VLLM::EngineCore), or choose "
                "GPUs with CUDA_VISIBLE_DEVICES."
            )


@contextlib.asynccontextmanager
async def serve(
    model: str,
    extra: Sequence[str],
    hardware: Hardware,
    *,
    host: str,
    port: int,
    environ: Mapping[str, str] = os.environ,
    say: Say = lambda _words: None,
) -> AsyncIterator[Served]:
    """A server of ``model``: the one that answers at that address, or one of our own, ended with the context.
    ``extra``: arguments that are handed to vLLM as they are.

    Raises:
        UsageError: no ``vllm``, a model that does not fit, GPU memory that is held, a host that would be open
            to others without a key, or a server that does not start.
    """
    key = environ.get("SSTAR_API_KEY", "").strip()
    if host not in ("127.0.0.1", "localhost", "::1") and not key:
        raise UsageError(
            f"--host {host} lets others in: set SSTAR_API_KEY, and only who has it can use the server."
        )
    where = files_of(model, environ)
    make_private_folder(where.folder)
    base_url = f"http://{host if host != '0.0.0.0' else '127.0.0.1'}:{port}/v1"  # noqa: S104  # compared, not bound
    if (found := await _answering(_published(where), base_url, key)) is not None:
        yield found
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(where.lock, 0))
        except TimeoutError:
            raise UsageError(
                f"another sstar serve is starting this model (it holds {where.lock}): wait for it, and see {where.log}"
            ) from None
        choice = choose(model, hardware, extra)
        refuse_if_held(hardware)
        _refuse_if_taken(host, port)
        for line in choice.why:
            say(line)
        say(f"starting vLLM, its log is {where.log}")
        began = time.monotonic()
        command = serve_command(command_of(environ), model, host, port, choice)
        async with _guarded(command, where, _environment(environ, choice, key)) as process:
            name = await _ready(process, base_url, key, where, say)
            say(f"ready after {time.monotonic() - began:.0f} s: {name}")
            published = {"base_url": base_url, "model": name, "pid": os.getpid()}
            where.state.write_text(json.dumps(published), "utf-8")
            try:
                yield Served(base_url, os.getpid(), process)
            finally:
                where.state.unlink(missing_ok=True)


async def _answering(published: Served | None, base_url: str, key: str) -> Served | None:
    """The server that answers already: the published one, or a stranger at the address we would take."""
    if published is not None and await _name_at(published.base_url, key) is not None:
        return published
    return None if await _name_at(base_url, key) is None else Served(base_url, None)


async def _name_at(base_url: str, key: str) -> str | None:
    connection = Connection(base_url, key or NO_KEY, idle_timeout_s=5.0, connect_timeout_s=2.0)
    async with contextlib.aclosing(connection):
        try:
            names = await connection.models()
        except ModelError:
            return None
    return names[0] if names else ""


def _refuse_if_taken(host: str, port: int) -> None:
    """vLLM would find out after minutes of loading."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise UsageError(
            f"port {port} of {host} cannot be had ({error.strerror}), and no model server answers there: "
            "name another with --port"
        ) from error


def _environment(environ: Mapping[str, str], choice: Choice, key: str) -> dict[str, str]:
    """Ours without keys, and vLLM's own: in the environment, for ``ps`` shows arguments to everybody."""
    own = without_keys(environ) | {"VLLM_NO_USAGE_STATS": "1", "PYTHONUNBUFFERED": "1", **choice.environment}
    return own | ({"VLLM_API_KEY": key} if key else {})


@contextlib.asynccontextmanager
async def _guarded(
    command: Sequence[str], where: ServerFiles, environment: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command under a guard that ends it when we end, by SIGKILL too."""
    if where.log.exists() and where.log.stat().st_size:
        where.log.replace(where.log.with_suffix(".log.1"))
    reading, writing = os.pipe()
    try:
        with where.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                guard.__file__,
                str(GRACE_S),
                *command,
                stdin=reading,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=dict(environment),
            )
    finally:
        os.close(reading)
    try:
        yield process
    finally:
        os.close(writing)
        await asyncio.shield(process.wait())


async def _ready(
    process: asyncio.subprocess.Process, base_url: str, key: str, where: ServerFiles, say: Say
) -> str:
    """Wait until the server answers, telling what its log tells; the model's name there."""
    deadline = time.monotonic() + START_S
    told = ""
    while True:
        if process.returncode is not None:
            raise UsageError(_failure(where, f"it ended with code {process.returncode}"))
        if (name := await _name_at(base_url, key)) is not None:
            return name
        if time.monotonic() > deadline:
            raise UsageError(_failure(where, f"it is not ready after {START_S:g} s"))
        if (words := progress(where.log_tail())) and words != told:
            told = words
            say(words)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await asyncio.shield(process.wait())


def progress(log: str) -> str:
    """What the start is doing, from the last telling line of vLLM's log; empty if none tells."""
    for line in reversed(log.splitlines()):
        for pattern, words in _PROGRESS:
            if (found := pattern.search(line)) is not None:
                return f"{words} {found[1]}" if pattern.groups else words
    return ""


def remedy(log: str) -> str:
    """What to do about a start that failed; empty if the log says nothing known."""
    return next((words for pattern, words in _REMEDIES if pattern.search(log)), "")


def _failure(where: ServerFiles, what: str) -> str:
    tail = where.log_tail()
    hint = remedy(tail)
    return f"vLLM did not start: {what}{f'; {hint}' if hint else ''}. The end of {where.log}:\n{tail or '(empty)'}"
