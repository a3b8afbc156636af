"""Lock, address and log of one embedded server, on which server and clients agree."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from attrs import asdict, field, frozen

from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.private_files import STATE_DIR_VARIABLE, make_private_folder, state_folder

CPU = "CPU"
"""The device that every machine has, as OpenVINO names it."""
_LOG_TAIL_CHARS = 2000


@frozen
class Address:
    """How to reach a running server. Kept in a file that only its user may read."""

    pid: int
    port: int
    key: str = field(repr=False)

    @property
    def base_url(self) -> str:
        """Of the OpenAI wire."""
        return f"http://127.0.0.1:{self.port}/v1"


@frozen
class Places:
    """The files of the one server of one model on one device."""

    folder: Path
    model: str
    device: str = CPU

    @property
    def _stem(self) -> str:
        return self.model if self.device == CPU else f"{self.model}.{self.device}"

    @property
    def lock(self) -> Path:
        """Locked by the server for as long as it lives."""
        return self.folder / f"{self._stem}.lock"

    @property
    def state(self) -> Path:
        """The :class:`Address` as JSON."""
        return self.folder / f"{self._stem}.json"

    @property
    def log(self) -> Path:
        """What server, worker and runtime print."""
        return self.folder / f"{self._stem}.log"

    def make(self) -> None:
        """Make the folder, for its user alone. Raises :class:`EmbeddedModelError` where that cannot be."""
        try:
            make_private_folder(self.folder)
        except OSError as error:
            raise EmbeddedModelError(
                f"cannot make {self.folder}, where the embedded server keeps its lock ({error.strerror}): "
                f"set {STATE_DIR_VARIABLE} to a folder that you can write"
            ) from error

    def write(self, address: Address) -> None:
        """Publish ``address``: whole or not at all, 0600 from the start."""
        part = self.state.with_suffix(".part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor, not a path
            json.dump(asdict(address), file)
        part.replace(self.state)

    def read(self) -> Address | None:
        """The published address, None if there is none (or half of one)."""
        try:
            return Address(**json.loads(self.state.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def withdraw(self, pid: int) -> None:
        """Remove the address of the server ``pid``, and nobody else's."""
        address = self.read()
        if address is not None and address.pid == pid:
            with contextlib.suppress(OSError):
                self.state.unlink()

    def log_tail(self) -> str:
        """The last lines of the log."""
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL_CHARS:].strip()
        except OSError:
            return ""


def places(model: str, folder: Path | None = None, device: str = CPU) -> Places:
    """The files for ``model``, in ``folder``, ``$SSTAR_STATE_DIR/embedded`` or the user's state folder."""
    return Places(folder or state_folder() / "embedded", model, device)
