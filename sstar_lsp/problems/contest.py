"""The contest guard: a problem of a contest that may be running is not solved until a person says it is
practice.

Codeforces and AtCoder forbid tools like this one during contests and allow it on past problems. The guard
knows no clock and asks nobody: it looks at links in the text, refuses, and remembers contests that a person
confirmed.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path

from attrs import field, frozen

from sstar_lsp.errors import ContestError, RunError, UsageError
from sstar_lsp.private_files import make_private_folder
from sstar_lsp.records import Problem
from sstar_lsp.regular_files import replace_file
from sstar_lsp.settings import ContestSettings

_CONTEST = re.compile(
    r"(?P<cf>codeforces\.com)/contests?/(?P<cf_id>\d+)"
    r"|(?P<ac>atcoder\.jp)/contests/(?P<ac_id>(?:abc|arc|agc|ahc)[\w-]*)",
    re.IGNORECASE,
)
_SUBDOMAINS = re.compile(r"(?<![\w.@-])(?:[\w-]+\.)*\Z")
"""What may stand before a site's own name; searched for only there, because it could begin anywhere."""
LONGEST_HOST = 253
"""Characters (RFC 1035)."""


@frozen
class Contest:
    """A contest that a text links to."""

    name: str
    """``codeforces.com/contest/1234``: the same for every spelling of the link."""
    offset: int = field(eq=False)
    """Where the link begins in the text."""
    length: int = field(eq=False)


def listed(urls: str) -> tuple[str, ...]:
    """The prefixes in the setting ``contest.urls``: ``judge.example/round, other.example/contests/``."""
    found = (re.sub(r"^[a-z]+://", "", each.strip(), flags=re.IGNORECASE) for each in urls.split(","))
    return tuple(filter(None, found))


def contests_in(text: str, prefixes: Sequence[str] = ()) -> list[Contest]:
    """Contests that a text links to, each once, in the order of their first links.

    ``prefixes`` (a person's own) name a contest by themselves and what follows up to the next slash.
    """
    found: dict[str, Contest] = {}
    for match in _CONTEST.finditer(text):
        before = max(0, match.start() - LONGEST_HOST)
        host = _SUBDOMAINS.search(text[before : match.start()])
        if host is None:
            continue
        begin = before + host.start()
        name = (
            f"codeforces.com/contest/{match['cf_id']}"
            if match["cf"]
            else f"atcoder.jp/contests/{match['ac_id'].lower()}"
        )
        found.setdefault(name, Contest(name, begin, match.end() - begin))
    for prefix in prefixes:
        for match in re.finditer(re.escape(prefix) + r"[\w.~%-]*", text, re.IGNORECASE):
            name = match[0].rstrip(".").lower()
            found.setdefault(name, Contest(name, match.start(), len(match[0])))
    return sorted(found.values(), key=lambda contest: contest.offset)


def guarded_text(problem: Problem) -> str:
    """Everything of a problem that may link to its contest."""
    return "\n".join((problem.header, problem.statement, problem.url or ""))


class Guard:
    """The guard of one user, for all faces: see :meth:`refuse`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """The contests that a person confirmed as practice; one small file of this user."""

    async def open_contests(self, text: str, settings: ContestSettings) -> list[Contest]:
        """Contests that a text links to and that nobody confirmed as practice.
        Raises :class:`RunError`: what was confirmed cannot be read."""
        found = contests_in(text, listed(settings.urls)) if settings.guard else []
        known = await asyncio.to_thread(self._confirmed) if found else frozenset()
        return [contest for contest in found if contest.name not in known]

    async def refuse(self, what: Problem | str, settings: ContestSettings) -> None:
        """Stop where a problem (or a text) belongs to a contest that may be running.
        Raises :class:`ContestError`: naming the contest and how to confirm it."""
        text = what if isinstance(what, str) else guarded_text(what)
        found = await self.open_contests(text, settings)
        if found:
            name = found[0].name
            raise ContestError(
                f"this is a problem of the contest {name}, and contests forbid tools like this one while they "
                "run. If the contest is over, confirm that this is practice: in an editor by the code action, "
                "in a terminal with --practice. It is asked once for each contest.",
                name,
            )

    async def confirm(self, problem: Problem, settings: ContestSettings) -> None:
        """A person says that the contests this problem links to are over.
        Raises :class:`RunError`: it cannot be written down."""
        for contest in contests_in(guarded_text(problem), listed(settings.urls)):
            await self.remember(contest.name)

    async def remember(self, contest: str, *, practice: bool = True) -> frozenset[str]:
        """Note that a contest is practice, or is not; returns all that are.

        Raises:
            UsageError: not the name of a contest.
            RunError: the file cannot be read or written.
        """
        name = contest.strip().lower()
        if not re.fullmatch(r"[\w.-]+\.\w+(?:/[\w./~%-]*)?", name):
            raise UsageError(f"{contest!r} is no contest. It looks like codeforces.com/contest/1234")
        return await asyncio.to_thread(self._note, name, practice=practice)

    def _note(self, name: str, *, practice: bool) -> frozenset[str]:
        known = self._confirmed()
        known = known | {name} if practice else known - {name}
        try:
            make_private_folder(self.path.parent)
            replace_file(self.path, json.dumps(sorted(known)).encode(), 0o600)
        except OSError as error:
            raise RunError(f"{self.path} cannot be written: {error}.") from error
        return known

    def _confirmed(self) -> frozenset[str]:
        """Names of the contests.
        Raises :class:`RunError`: the file cannot be read: then nothing counts as confirmed, and it is said
        why."""
        try:
            return frozenset(str(name) for name in json.loads(self.path.read_text("utf-8")))
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, TypeError) as error:
            raise RunError(f"{self.path} cannot be read: {error}. Remove it, and confirm again.") from error
