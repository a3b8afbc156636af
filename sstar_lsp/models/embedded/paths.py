"""Order, lock, address and log of one embedded server, on which server and clients agree."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from attrs import asdict, field, frozen

from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.models.server.files import ServerFiles
from sstar_lsp.private_files import STATE_DIR_VARIABLE, make_private_folder, state_folder
from sstar_lsp.regular_files import replace_file

CPU = "CPU"
"""The device that every machine has, as OpenVINO names it."""


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


class Places(ServerFiles):
    """The files of the one server of one model on one device."""

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
        replace_file(self.state, json.dumps(asdict(address)).encode(), 0o600)

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


@frozen
class Order:
    """What to serve; whoever starts the server hands it over as JSON."""

    names: Sequence[str]
    """Id and aliases of the model, id first."""
    weights: Path = field(converter=Path)
    folder: Path = field(converter=Path)
    """Of lock, address and log."""
    idle_s: float
    """Seconds without a request after which the server ends although it has owners."""
    device: str
    """That the runtime computes on."""

    @property
    def places(self) -> Places:
        """The server's files."""
        return places(self.names[0], self.folder, self.device)


def places(model: str, folder: Path | None = None, device: str = CPU) -> Places:
    """The files for ``model``, in ``folder``, ``$SSTAR_STATE_DIR/embedded`` or the user's state folder."""
    return Places(folder or state_folder() / "embedded", model if device == CPU else f"{model}.{device}")
