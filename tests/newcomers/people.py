"""Three people who have just installed ``sstar``, and what each of them has on the machine besides."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import trustme
from attrs import define, field
from engine.serving import served_in_thread
from engine.world import World, kind_of
from starlette.types import Receive, Scope, Send

from sstar_lsp.models.download.registry import DEFAULT
from sstar_lsp.models.embedded.paths import Address, places
from sstar_lsp.models.providers import PROVIDERS
from sstar_lsp.models.server.openai_app import unless_gone
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.records import Message, Sampling

ALPHABETICAL = """\
from collections import Counter

votes = Counter(input() for _ in range(int(input())))
winner = min(votes, key=lambda name: (-votes[name], name))
print(winner, votes[winner])
"""
FIRST_SEEN = """\
from collections import Counter

votes = Counter(input() for _ in range(int(input())))
winner = max(votes, key=votes.get)
print(winner, votes[winner])
"""
"""Passes both examples; wrong where names are level."""
WORLD = World(samples=(*(ALPHABETICAL, FIRST_SEEN) * 3, ALPHABETICAL, ALPHABETICAL))
RULES = re.compile(r"[\u2500-\u257f]+")


def script(messages: Sequence[Message], sampling: Sampling) -> str:
    """Three programs of eight are wrong; the judge works the votes out."""
    if kind_of(messages) != "judge":
        return WORLD(messages, sampling)
    given, first, second = re.findall(r"```\n(.*?)\n```", messages[-1].content, re.DOTALL)[-3:]
    names = given.split()[1:]
    winner = min(names, key=lambda name: (-names.count(name), name))
    right = f"{winner} {names.count(winner)}"
    return f"ANSWER: {next((n for n, said in ((1, first), (2, second)) if said.strip() == right), 0)}\n"


TOLD = re.compile(r"\bsstar (?:model use [\w.:/-]+|new --example|solve [\w./-]+\.md)")
"""Commands that a person can type as they stand on the screen."""
MOST_COMMANDS = 6
OF_THE_MACHINE = re.compile(r"python|sandbox|language|fences|libraries|speed|bubblewrap|devices")
"""Findings of ``sstar doctor`` that are others on every machine."""


@define
class Person:
    """Somebody at a terminal, in an empty folder of an empty home, who does what the screen says."""

    home: Path
    model: ScriptedModel
    """What answers this person's requests."""
    environ: Mapping[str, str] = field(factory=dict)
    """What this person has in the environment besides a path and a home."""
    secrets: Sequence[str] = ()
    """Keys that no screen may show."""
    screens: list[str] = field(factory=list)
    """Each command with all that it printed."""

    def types(self, command: str) -> None:
        """Run one command as a shell does."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.home,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "LANG": "C.UTF-8",
                "COLUMNS": "110",
                "SSTAR_SERVER_PORTS": "9",  # nobody listens there
                **self.environ,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        ended = f"(exit code {done.returncode})\n" if done.returncode else ""
        self.screens.append(f"$ {command}\n{done.stdout}{ended}")

    def goes_on(self) -> None:
        """Type the first command that the last screen tells, until it tells none."""
        while told := TOLD.search(self.screens[-1].partition("\n")[2]):
            assert len(self.screens) < MOST_COMMANDS, "the screens lead in a circle"
            self.types(told[0])

    def transcript(self) -> str:
        """All screens, without what is another on every machine or at every run."""
        return "\n".join(map(self._blotted, self.screens))

    def _blotted(self, screen: str) -> str:
        """Numbers and places blotted, findings about the machine left out; news of a run once each, in the order of the alphabet.

        That answers arrive is told only where one was not whole at once.
        """
        screen = screen.replace(str(self.home), "~")
        screen = re.sub(r"\b(run|judge) [0-9a-f]+-[0-9a-f]+|(S\*) [0-9a-f]+-[0-9a-f]+", r"\1\2 RUN", screen)
        screen = re.sub(r"\d+(?:[.,]\d+)*", "#", screen)
        kept: list[str] = []
        news: set[str] = set()
        is_left_out = False
        for line in screen.splitlines():
            if finding := re.match(r"(?:ok|missing|FAILED) +(\w+)", line):
                is_left_out = OF_THE_MACHINE.fullmatch(finding[1]) is not None
            if line.startswith("S* "):
                news |= {line} if "the first answers arrive" not in line else set()
            elif not (is_left_out and line):
                kept += [*sorted(news), re.sub(" {2,}", "  ", RULES.sub("", line)).rstrip()]
                news.clear()
                is_left_out = is_left_out and bool(line)
        return "\n".join(kept) + "\n"


def scripted(name: str) -> ScriptedModel:
    """A model whose samples arrive in their order: which program comes first decides how a run goes on."""
    sent = [asyncio.Event() for _ in range(100)]
    sent[0].set()

    async def in_order(call: Call) -> None:
        if kind_of(call.messages) == "write":
            sample = (call.sampling.seed or 0) % 100_000 // 100
            await sent[sample - 1].wait()
            sent[sample].set()

    return ScriptedModel(script, name=name, before_piece=in_order, piece_tokens=1_000)


@contextmanager
def somebody_with_nothing(home: Path) -> Iterator[Person]:
    """No key and no server. The embedded model's server is scripted: it was started before, and its weights are not needed."""
    ready = b'{"state": "ready", "load_s": 1.0, "context_tokens": 32768}\n'

    async def lease(_: Scope, receive: Receive, send: Send) -> None:
        async def hold() -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": ready, "more_body": True})
            await asyncio.Event().wait()  # until the owner hangs up

        await unless_gone(hold(), receive)

    with served_in_thread(model := scripted(DEFAULT), more={"/lease": lease}) as server:
        where = places(DEFAULT, home / ".local" / "state" / "sstar" / "embedded")
        where.make()
        port = int(server.base_url.removesuffix("/v1").rpartition(":")[2])
        where.write(Address(os.getpid(), port, server.key))
        yield Person(home, model, secrets=(server.key,))


@contextmanager
def somebody_with_a_server(home: Path) -> Iterator[Person]:
    """An OpenAI-compatible server without a key, on one of the ports that are looked at."""
    with served_in_thread(model := scripted("some-coder"), wants_key=False) as server:
        port = server.base_url.removesuffix("/v1").rpartition(":")[2]
        yield Person(home, model, {"SSTAR_SERVER_PORTS": port})


@contextmanager
def somebody_with_a_key(home: Path) -> Iterator[Person]:
    """OpenAI's key in the environment; its address is answered here, behind a proxy and a certificate that this person trusts."""
    provider = next(one for one in PROVIDERS if one.name == "openai")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / ".authority.pem"))
    certificate = authority.issue_cert("api.openai.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    model = scripted(provider.models[0].name)
    with served_in_thread(model) as server, proxy_to(server.base_url, context) as proxy:
        yield Person(
            home,
            model,
            {
                provider.variable: server.key,
                "HTTPS_PROXY": proxy,
                "SSL_CERT_FILE": str(home / ".authority.pem"),
            },
            secrets=(server.key,),
        )


@contextmanager
def proxy_to(base_url: str, context: ssl.SSLContext) -> Iterator[str]:
    """An HTTP proxy that answers ``CONNECT api.openai.com:443`` with the server at ``base_url``; its own address."""
    port = int(base_url.removesuffix("/v1").rpartition(":")[2])

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: bytes = b"") -> None:
        while data := await reader.read(1 << 16):
            writer.write(data.replace(b"Host: api.openai.com", b"Host: 127.0.0.1") if host else data)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"CONNECT api.openai.com:443 "), head
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(context)
        behind, to_behind = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            copy(reader, to_behind, b"api.openai.com"), copy(behind, writer), return_exceptions=True
        )

    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, name="proxy")
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
