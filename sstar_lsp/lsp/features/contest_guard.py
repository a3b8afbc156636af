"""The contest guard as an editor sees it: which contests a document still needs a word about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from lsprotocol import types

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp.features import commands
from sstar_lsp.lsp.session.documents import current_text

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.session import Session


@frozen
class Link:
    """A contest that is not confirmed as practice, and where a document links to it."""

    contest: str
    offset: int
    length: int
    text: str

    def range(self, encoding: str) -> types.Range:
        """Where the link stands, in the client's units."""
        from sstar_lsp.lsp.session.documents import position_of

        ends = self.offset, self.offset + self.length
        return types.Range(*(position_of(self.text, at, encoding) for at in ends))


async def unconfirmed(server: Session, uri: str) -> list[Link]:
    """Contests that a document links to and that nobody confirmed; none where the guard is off."""
    try:
        document = current_text(server.workspace, uri)
        settings = server.settings_of(document.path).contest
        guard = (await server.service()).guard
        found = await guard.open_contests(document.text, settings)
    except SStarError:
        return []
    return [Link(contest.name, contest.offset, contest.length, document.text) for contest in found]


def confirmation(server: Session, link: Link) -> types.CodeAction | types.Command:
    """The action by which a person says that it is practice."""
    from sstar_lsp.lsp.features.code_actions import command

    title = f"This is practice: let S* solve {link.contest}"
    return command(server, title, commands.CONFIRM_PRACTICE, {"contest": link.contest})
