"""Files by which the processes of a user share one model server: its lock, its address and its log."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

_TAIL_CHARS = 3000


@frozen
class ServerFiles:
    """The files of one server."""

    folder: Path
    stem: str
    """Their name, without its ending."""

    @property
    def lock(self) -> Path:
        """Locked for as long as the server lives, so that there is one."""
        return self.folder / f"{self.stem}.lock"

    @property
    def state(self) -> Path:
        """Where it answers, as JSON."""
        return self.folder / f"{self.stem}.json"

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.folder / f"{self.stem}.log"

    def log_tail(self) -> str:
        """The end of the log; empty if there is none."""
        try:
            return self.log.read_text("utf-8", "replace")[-_TAIL_CHARS:].strip()
        except OSError:
            return ""
