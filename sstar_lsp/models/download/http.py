"""Downloads one file of the model hub over plain HTTP; a later attempt goes on where an earlier one ended.

(The hub's own client, huggingface_hub 2.4, begins anew in each process.) The caller checks the file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx2

from sstar_lsp.models.client.api_keys import is_loopback
from sstar_lsp.models.download.weights import Progress, Weights

ENDPOINT = "https://huggingface.co"
"""Where ``$HF_ENDPOINT`` names no mirror."""
CONNECT_S = 5.0
"""A hub that does not answer by then is left for the next source."""
STALL_S = 60.0
"""No byte for so long: the connection is given up."""
FRUITLESS = 3
"""Attempts in a row that bring nothing before it is left."""


_SHA256 = re.compile(r"[0-9a-f]{64}")


class SourceFailed(Exception):
    """A source could not serve, and the next one is tried; the message says why."""


def fetch(weights: Weights, begun: Path, progress: Progress) -> None:
    """Fetch the file of a model into ``begun``, which may hold the beginning of it already.
    Raises :class:`SourceFailed`: no connection, a refusal, or a connection that keeps breaking; what came so far
    stays in ``begun``."""
    endpoint, url = _place(weights)
    fruitless = 0
    with _client(url) as client:
        while (before := _size(begun)) < weights.size_bytes:
            try:
                _go_on(client, url, begun, weights.size_bytes, progress)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                raise SourceFailed(f"{endpoint} is not reachable: {error}") from error
            except httpx2.HTTPError as error:
                fruitless = fruitless + 1 if _size(begun) <= before else 0
                if fruitless == FRUITLESS:
                    raise SourceFailed(f"{url}: {type(error).__name__}: {error}") from error


def look(weights: Weights) -> tuple[int, str]:
    """Size in bytes of a file on the hub and its sha256, empty if the hub does not tell it.
    Raises :class:`SourceFailed`: no connection, no such file, or no size told."""
    endpoint, url = _place(weights)
    try:
        with _client(url) as client:
            response = client.head(url, headers={"accept-encoding": "identity"})
    except httpx2.HTTPError as error:
        raise SourceFailed(f"{endpoint} is not reachable: {error}") from error
    if response.status_code != 200:
        raise SourceFailed(f"{url} answers {response.status_code} {response.reason_phrase}".rstrip())
    told = [each.headers for each in (*response.history, response)]
    digests = [tag for each in told if _SHA256.fullmatch(tag := each.get("x-linked-etag", "").strip('"'))]
    linked = [
        each["x-linked-size"] for each in told if "x-linked-size" in each
    ]  # of the file itself, beside a redirect
    size = (linked or [response.headers.get("content-length", "")])[0]
    if not size.isdigit():
        raise SourceFailed(f"{url} does not tell its size")
    return int(size), next(iter(digests), "")


def _place(weights: Weights) -> tuple[str, str]:
    """Address of the hub, and of the file there."""
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or ENDPOINT
    file = weights.hub_file or weights.file
    return endpoint, f"{endpoint}/{weights.hub_repository}/resolve/{weights.revision}/{file}"


def _client(url: str) -> httpx2.Client:
    timeout = httpx2.Timeout(STALL_S, connect=CONNECT_S)
    return httpx2.Client(timeout=timeout, follow_redirects=True, trust_env=not is_loopback(url))


def _go_on(client: httpx2.Client, url: str, begun: Path, total: int, progress: Progress) -> None:
    """One request for what is still missing."""
    here = _size(begun)
    headers = {"accept-encoding": "identity", **({"range": f"bytes={here}-"} if here else {})}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # what is here is longer than what is there
            begun.unlink(missing_ok=True)
        if response.status_code not in (200, 206):
            raise SourceFailed(f"{url} answers {response.status_code} {response.reason_phrase}".rstrip())
        goes_on = response.status_code == 206
        done = here if goes_on else 0  # a server without ranges sends all of it
        with begun.open("ab" if goes_on else "wb") as file:
            for data in response.iter_raw():
                file.write(data)
                done += len(data)
                if done > total:
                    begun.unlink()
                    raise SourceFailed(f"{url} is larger than the pinned {total} bytes")
                progress(done, total)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
