"""One file of the model hub over plain HTTP, going on where an earlier attempt ended.

A room of its own because the hub's own client begins anew in each process (huggingface_hub 2.4 gives every attempt
another temporary file), and a gigabyte should be fetched once. The file is checked by who asked for it.
"""

from __future__ import annotations

import os
from pathlib import Path

import httpx2

from sstar_lsp.models.client.api_keys import is_loopback
from sstar_lsp.models.download.registry import Progress, Weights

ENDPOINT = "https://huggingface.co"
"""Where ``$HF_ENDPOINT`` names no mirror."""
CONNECT_S = 5.0
"""A hub that does not answer by then is left for the next source."""
STALL_S = 60.0
"""No byte for so long: the connection is given up."""
FRUITLESS = 3
"""Attempts in a row that bring nothing before it is left."""


class HubFailed(Exception):
    """The hub could not serve; the message says why."""


def fetch(weights: Weights, begun: Path, progress: Progress) -> None:
    """Fetch the file of a model into ``begun``, which may hold the beginning of it already.

    Raises:
        HubFailed: no connection, a refusal, or a connection that keeps breaking; what came so far stays in ``begun``.
    """
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or ENDPOINT
    url = f"{endpoint}/{weights.hub_repository}/resolve/main/{weights.file}"
    timeout = httpx2.Timeout(STALL_S, connect=CONNECT_S)
    fruitless = 0
    with httpx2.Client(timeout=timeout, follow_redirects=True, trust_env=not is_loopback(url)) as client:
        while (before := _size(begun)) < weights.size_bytes:
            try:
                _go_on(client, url, begun, weights.size_bytes, progress)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                raise HubFailed(f"{endpoint} is not reachable: {error}") from error
            except httpx2.HTTPError as error:
                fruitless = fruitless + 1 if _size(begun) <= before else 0
                if fruitless == FRUITLESS:
                    raise HubFailed(f"{url}: {type(error).__name__}: {error}") from error


def _go_on(client: httpx2.Client, url: str, begun: Path, total: int, progress: Progress) -> None:
    """One request for what is still missing."""
    here = _size(begun)
    headers = {"accept-encoding": "identity", **({"range": f"bytes={here}-"} if here else {})}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # what is here is longer than what is there
            begun.unlink(missing_ok=True)
        if response.status_code not in (200, 206):
            raise HubFailed(f"{url} answers {response.status_code} {response.reason_phrase}".rstrip())
        goes_on = response.status_code == 206
        done = here if goes_on else 0  # a server without ranges sends all of it
        with begun.open("ab" if goes_on else "wb") as file:
            for data in response.iter_raw():
                file.write(data)
                done += len(data)
                if done > total:
                    begun.unlink()
                    raise HubFailed(f"{url} is larger than the pinned {total} bytes")
                progress(done, total)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
