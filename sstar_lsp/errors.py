"""The failure tree: every error that a person can meet, with its exit code.

A message says what was wrong, where, and what to do next. Faces print ``str(error)`` and end with
``error.exit_code``; nothing else needs to know the codes.

::

    SStarError                      1
    ├── UsageError                  2   an option or a value that does not exist (lists those that do)
    ├── ProblemError                3   the document is no problem: empty, binary, contradictory …
    │   ├── CompileFailed               a person's program does not compile
    │   ├── RefusedProblem              interactive, SQL, an editorial … (the message quotes the words that told it)
    │   └── ContestError                it belongs to a contest that nobody confirmed as practice
    ├── ModelError                  4   the model server failed us
    │   ├── ModelUnreachable            nobody answers at that address
    │   ├── ModelAuthError              401 / 403, and a key that cannot be sent
    │   ├── ModelForbidden              403 that is not about the key: a region, a firewall, a proxy's login
    │   ├── ModelQuotaError             paid quota used up
    │   ├── ModelRateLimited            429 (``retry_after_s`` where the server said)
    │   ├── ModelMissing                404: no such model there
    │   ├── ContextTooLong              the prompt does not fit
    │   ├── ContentFiltered             the server's filter took the prompt or the answer
    │   ├── ModelOverloaded             5xx
    │   ├── ModelStalled                no token for too long
    │   └── ModelProtocolError          an answer that is not the OpenAI wire
    ├── SandboxError                5   no working jail, or it broke (never the candidate's fault)
    ├── EmbeddedModelError          6   runtime not installed, weights not to be had
    ├── InternalError               1   an exception that nobody foresaw, logged whole where it was caught
    └── RunError                    7   no such run, or a journal that cannot be read

Codes of runs that end without an error: ``chosen`` 0, ``undecided`` 10, ``unverified`` 11,
``out_of_budget`` 12, ``failed`` 13, ``cancelled`` 130. See :data:`STATUS_EXIT_CODES`.
"""

from __future__ import annotations

import logging
from typing import ClassVar

log = logging.getLogger("sstar")


class SStarError(Exception):
    """Any failure with a message for a person."""

    exit_code: ClassVar[int] = 1


class UsageError(SStarError):
    """An option, key or name that does not exist; the message lists the known ones."""

    exit_code = 2

    def __init__(self, message: str, *, key: str = "") -> None:
        """``key``: of a wrong setting, dotted as in ``solve.samples``."""
        super().__init__(message)
        self.key = key


class ProblemError(SStarError):
    """The document cannot be read as a problem."""

    exit_code = 3


class CompileFailed(ProblemError):
    """A person's program does not compile; ``output`` is what the compiler said."""

    def __init__(self, name: str, output: str) -> None:
        super().__init__(f"{name} does not compile:\n{output.strip()}")
        self.output = output


class RefusedProblem(ProblemError):
    """The document holds a problem, or something like one, of a kind that cannot be solved here."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind
        """``interactive``, ``sql``, ``design``, ``structure``, ``two problems``, ``editorial``, ``index``,
        ``picture``."""


class ContestError(ProblemError):
    """The problem belongs to a contest that may be running."""

    def __init__(self, message: str, contest: str) -> None:
        super().__init__(message)
        self.contest = contest
        """Its name, as ``codeforces.com/contest/1234``."""


class ModelError(SStarError):
    """The model server failed; never the candidate's fault."""

    exit_code = 4

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """Seconds that the server asked us to wait; None if it did not say."""


class ModelUnreachable(ModelError):
    """Nobody answers at the address."""


class ModelAuthError(ModelError):
    """The server refused the key (401, 403)."""


class ModelForbidden(ModelError):
    """Somebody on the way refused us for another reason than the key: a region, a firewall, a proxy."""


class ModelQuotaError(ModelError):
    """The account has no credit left."""


class ModelRateLimited(ModelError):
    """429: too many requests."""


class ModelMissing(ModelError):
    """The server has no model of that name (404)."""


class ContextTooLong(ModelError):
    """Prompt and answer do not fit the model's context."""


class ContentFiltered(ModelError):
    """The server's content filter refused the prompt or withheld the answer."""


class ModelOverloaded(ModelError):
    """The server answered 5xx, or broke off its answer."""


class ModelStalled(ModelError):
    """The server took the request and then sent no token for too long."""


class ModelProtocolError(ModelError):
    """The answer is not the OpenAI wire (an HTML page, broken chunks …)."""


RETRIABLE = (ModelUnreachable, ModelRateLimited, ModelOverloaded, ModelStalled)
"""After these the same request may succeed later without anyone changing anything."""


class SandboxError(SStarError):
    """No working jail on this machine, or the jail broke."""

    exit_code = 5


class EmbeddedModelError(SStarError):
    """The embedded model cannot run here: runtime or weights are missing."""

    exit_code = 6

    def __init__(self, problem: str, remedy: str = "") -> None:
        """``remedy``: what to do, at the end of the message."""
        super().__init__(f"{problem}: {remedy}" if remedy else problem)
        self.problem, self.remedy = problem, remedy


class InternalError(SStarError):
    """A fault of ours: an exception that nobody foresaw. It is logged whole where it was caught."""


def ours(error: BaseException, doing: str = "") -> SStarError:
    """Any failure as one of ours, for the outer edge of a face; what nobody foresaw is logged whole.

    ``doing``: what was under way. Of several that failed side by side the first of ours counts.
    """
    if isinstance(error, SStarError):
        return error
    if isinstance(error, BaseExceptionGroup):
        known: BaseException | None = error.subgroup(SStarError)
        while isinstance(known, BaseExceptionGroup):
            known = known.exceptions[0]
        if isinstance(known, SStarError):
            return known
    log.error("a fault of ours%s", f" ({doing})" if doing else "", exc_info=error)
    return InternalError(
        f"a fault of sstar itself, {type(error).__name__}: {error}. Please report it with what the log has"
    )


class RunError(SStarError):
    """No run of that id, or a journal that cannot be read."""

    exit_code = 7


STATUS_EXIT_CODES: dict[str, int] = {
    "chosen": 0,
    "undecided": 10,
    "unverified": 11,
    "out_of_budget": 12,
    "failed": 13,
    "cancelled": 130,
}
"""Exit code of ``sstar solve`` by the status of its run."""
