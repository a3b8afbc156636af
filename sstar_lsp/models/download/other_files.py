"""GGUF files that nobody pinned: a file of this machine, or ``hf:owner/repository/file.gguf`` of the model
hub.

Their hash is remembered when they are first seen, so that another file under the same name is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import evolve

from sstar_lsp.errors import EmbeddedModelError, UsageError
from sstar_lsp.models.download.weights import Weights, folder
from sstar_lsp.regular_files import replace_file, sha256_of

HUB = "hf:"
_HUB_NAME = re.compile(
    r"hf:(?P<repository>[\w.-]+/[\w.-]+)/(?P<file>[\w.-]+(?:/[\w.-]+)*\.gguf)", re.IGNORECASE
)


def is_other(name: str) -> bool:
    """Whether a model's name is that of a GGUF file."""
    return name.lower().endswith(".gguf")


def other(name: str, environ: Mapping[str, str]) -> Weights:
    """The model in a file of this machine, or of the hub.
    Raises :class:`UsageError`: ``hf:`` and something else than owner, repository and file."""
    if not name.lower().startswith(HUB):
        path = Path(name).expanduser().resolve()
        return Weights(_id_of(path.stem, str(path)), (), path.name, 0, "", "", licence="unknown", path=path)
    found = _HUB_NAME.fullmatch(name)
    if found is None or ".." in name:
        raise UsageError(f"{name!r} names no file of the model hub: it is hf:owner/repository/file.gguf")
    stem = found["file"].rpartition("/")[2].removesuffix(".gguf")
    seen = remembered(environ).get(name, {})
    return Weights(
        id=(model := _id_of(stem, name)),
        aliases=(name,),
        file=f"{model}.gguf",
        size_bytes=int(str(seen.get("size_bytes", 0))),
        sha256=str(seen.get("sha256", "")),
        hub_repository=found["repository"],
        licence="see its page on the hub",
        hub_file=found["file"],
    )


def _id_of(stem: str, name: str) -> str:
    """A name for files and for the wire; other files of the same name have another one."""
    return f"{re.sub(r'[^a-z0-9.-]+', '-', stem.lower()).strip('-.')[:60]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def remembered(environ: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """What is known of other files, by name; nothing if the record is damaged."""
    try:
        read = json.loads(_record(environ).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    rows = read.items() if isinstance(read, dict) else ()
    return {name: known for name, known in rows if isinstance(known, dict)}


def _record(environ: Mapping[str, str]) -> Path:
    return folder(environ) / "other-files.json"


def forget(name: str, environ: Mapping[str, str]) -> None:
    """Forget the hash of a file."""
    kept = {other: known for other, known in remembered(environ).items() if other != name}
    replace_file(_record(environ), json.dumps(kept, indent=1).encode())


def remember(name: str, path: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> str:
    """The sha256 of a file, worked out again only where its size or date is another; what is new is said and
    remembered.
    Raises :class:`EmbeddedModelError`: it cannot be read."""
    try:
        looked = path.stat()
        known = remembered(environ)
        seen = known.get(name, {})
        if (seen.get("size_bytes"), seen.get("mtime_ns")) == (looked.st_size, looked.st_mtime_ns):
            return str(seen["sha256"])
        digest = sha256_of(path)
    except OSError as error:
        raise EmbeddedModelError(
            f"{path} cannot be read ({error.strerror}): name another GGUF file"
        ) from error
    before = seen.get("sha256")
    if before not in (None, digest):
        say(f"{path} is another file than before: sha256 {digest}, it was {before}")
    elif before is None:
        say(f"the sha256 of {path} is {digest}; it is remembered")
    known[name] = {"size_bytes": looked.st_size, "mtime_ns": looked.st_mtime_ns, "sha256": digest}
    folder(environ).mkdir(parents=True, exist_ok=True)
    replace_file(_record(environ), json.dumps(known, indent=1).encode())
    return digest


def with_size(weights: Weights, size_bytes: int, sha256: str) -> Weights:
    """The model as the hub describes its file.
    Raises :class:`EmbeddedModelError`: it is another file than the one that is remembered."""
    if weights.sha256 and sha256 and weights.sha256 != sha256:
        raise EmbeddedModelError(
            f"{weights.aliases[0]} is another file on the hub today: sha256 {sha256}, it was {weights.sha256}. "
            f"To take the new one: sstar model rm --forget {weights.aliases[0]}"
        )
    return evolve(weights, size_bytes=size_bytes, sha256=weights.sha256 or sha256)
