"""Clients that are newer, older or more careless than the protocol's library: what they send is taken as far as it goes."""

from __future__ import annotations

import asyncio
import copy
import enum
import json
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types

from lsp.editor import PROFILES, STATEMENT
from lsp.inside import PATIENCE_S, Inside, inside
from sstar_lsp.lsp.server import create_server
from sstar_lsp.lsp.session.editor import COLUMNS, in_columns
from sstar_lsp.lsp.transport.json_rpc import converter

FORMS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NOTHING = {"line": 0, "character": 0}
TOP = {"start": NOTHING, "end": NOTHING}

pytestmark = pytest.mark.usefixtures("own_home")


def run(work: Coroutine[Any, Any, None]) -> None:
    """One example of a property."""
    asyncio.run(work)


# --- initialize --------------------------------------------------------------------------------------


def _on_the_wire(name: str) -> str:
    first, *others = name.rstrip("_").split("_")
    return first + "".join(part.title() for part in others)


def _paths(kind: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Where values of a type stand, and whether they are enumerations (or lists of them)."""
    inner = [part for each in (kind, *get_args(kind)) for part in (each, *get_args(each))]
    record = next((part for part in inner if attrs.has(part)), None)
    if record is None:
        if at:
            yield at, any(isinstance(part, type) and issubclass(part, enum.Enum) for part in inner)
        return
    for attribute in attrs.fields(attrs.resolve_types(record)):
        yield from _paths(attribute.type, (*at, _on_the_wire(attribute.name)))


CAPABILITIES = sorted(set(_paths(types.ClientCapabilities)))
ENUMERATIONS = [path for path, is_enumeration in CAPABILITIES if is_enumeration]
UNKNOWN = st.sampled_from(
    [-1, 99, "newer", [], [99], ["newer", -2], [[]], {}, {"valueSet": [99]}, {"a": 1}, True, 1.5, None]
)


def _put(nested: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        inner = nested.get(step)
        nested[step] = inner = inner if isinstance(inner, dict) else {}
        nested = inner
    nested[path[-1]] = value


def _advertised(profile: str) -> dict[str, Any]:
    path = Path(__file__).parents[1] / "client-capabilities" / f"{profile}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_the_capabilities_have_enumerations_of_all_sorts() -> None:
    last = {path[-2:] for path in ENUMERATIONS}
    assert {("tagSupport", "valueSet"), ("symbolKind", "valueSet"), ("hover", "contentFormat")} <= last
    assert ("workspaceEdit", "resourceOperations") in last
    assert ("semanticTokens", "formats") in last


@FORMS
@given(
    profile=st.sampled_from(PROFILES),
    changed=st.lists(
        st.tuples(st.sampled_from(ENUMERATIONS) | st.sampled_from([p for p, _ in CAPABILITIES]), UNKNOWN),
        min_size=1,
        max_size=4,
    ),
    more=st.fixed_dictionaries(
        {},
        optional={
            "trace": st.sampled_from(["compact", "off", 7, None]),
            "clientInfo": st.sampled_from([None, [], "Editor", {"version": 2}]),
            "locale": st.sampled_from([None, 5, "de"]),
            "workspaceFolders": st.sampled_from([None, [], [{"uri": "file:///tmp"}], ["file:///tmp"], [{}]]),
            "rootUri": st.sampled_from([None, "file:///tmp"]),
            "initializationOptions": st.sampled_from([None, [], "", {}]),
        },
    ),
)
def test_initialize_is_never_refused_for_what_a_client_advertises(
    profile: str, changed: list[tuple[tuple[str, ...], Any]], more: dict[str, Any]
) -> None:
    capabilities = _advertised(profile)
    known = converter().structure(capabilities, types.ClientCapabilities)
    for path, value in changed:
        _put(capabilities, path, copy.deepcopy(value))

    async def check() -> None:
        async with inside(capabilities=capabilities, **more) as client:
            assert client.boxes == []
            if all(path[0] != "window" for path, _ in changed):
                assert client.server.editor.client_capabilities.window == known.window, "the rest stays"

    run(check())


async def test_a_folder_without_a_name_is_a_folder_and_known_values_of_a_list_stay() -> None:
    edit = {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["chmod", "create", 7]}}
    folders = [{"uri": "file:///work"}, {"name": "no place"}]
    async with inside(capabilities={"workspace": edit}, workspaceFolders=folders) as client:
        assert client.server.editor.client.creates_files
        assert client.server.editor.folder == Path("/work")


@pytest.mark.parametrize("capabilities", [None, 5])
async def test_initialize_without_capabilities_is_an_error_that_says_so(capabilities: Any) -> None:
    client = Inside(create_server())
    client.server.protocol.set_writer(client)
    answer = await client.ask("initialize", {"processId": None, "capabilities": capabilities})
    assert answer["error"]["code"] == -32602
    assert "capabilities" in answer["error"]["message"]
    await client.server.aclose()


async def test_an_answer_of_the_client_with_unknown_values_is_an_answer() -> None:
    async with inside(capabilities={"workspace": {"applyEdit": True}}) as client:
        params = types.ApplyWorkspaceEditParams(types.WorkspaceEdit())
        waiting = client.server.editor.workspace_apply_edit_async(params)
        task = asyncio.ensure_future(waiting)
        await asyncio.sleep(0)
        result = {"applied": True, "failedChange": "none"}
        client.server.protocol.receive({"jsonrpc": "2.0", "id": client.told[-1]["id"], "result": result})
        assert (await task).applied is True


# --- code actions ------------------------------------------------------------------------------------

DIAGNOSTIC = st.fixed_dictionaries(
    {},
    optional={
        "range": st.sampled_from([TOP, None, {}, [], "all", {"start": NOTHING}]),
        "message": st.sampled_from(["told", None, 5, {"kind": "markdown", "value": "x"}]),
        "severity": st.sampled_from([1, 4, 0, 5, -1, "error", None, []]),
        "code": st.sampled_from([1, "x", {"value": "x"}, None, []]),
        "source": st.sampled_from(["other", None, 7]),
        "tags": st.sampled_from([[1], [1, 99], ["x"], "x", None, []]),
        "codeDescription": st.sampled_from([{}, [], {"href": "x"}, None]),
        "relatedInformation": st.sampled_from([None, [], [{}], [{"message": "x"}], "x"]),
        "data": st.sampled_from([None, [], {"a": 1}]),
    },
)


@FORMS
@given(
    context=st.fixed_dictionaries(
        {},
        optional={
            "diagnostics": st.lists(DIAGNOSTIC | st.sampled_from([None, 5]), max_size=3) | st.none(),
            "only": st.sampled_from(
                [None, [], [""], ["quickfix"], ["quickfix", "other.new"], ["source", 7, ""]]
            ),
            "triggerKind": st.sampled_from([1, 2, 3, 0, "invoked", None]),
        },
    )
)
def test_code_actions_are_offered_whatever_other_tools_and_newer_clients_say(context: dict[str, Any]) -> None:
    async def check() -> None:
        async with inside() as client:
            client.open("file:///nowhere/pairs.md", STATEMENT)
            document = {"uri": "file:///nowhere/pairs.md"}
            params = {"textDocument": document, "range": TOP, "context": context}
            answer = await client.ask("textDocument/codeAction", params)
            assert answer["result"][0]["title"] == "Solve with S*"

    run(check())


@pytest.mark.parametrize("only", [["refactor"], ["source.organizeImports"]])
async def test_code_actions_of_other_kinds_only_are_none(only: list[str]) -> None:
    async with inside() as client:
        client.open("file:///nowhere/pairs.md", STATEMENT)
        document = {"uri": "file:///nowhere/pairs.md"}
        context = {"diagnostics": [], "only": only}
        params = {"textDocument": document, "range": TOP, "context": context}
        assert (await client.ask("textDocument/codeAction", params))["result"] == []


# --- URIs --------------------------------------------------------------------------------------------

PLACES = ("file:///nowhere/", "untitled:", "untitled:/home/me/", "vscode-vfs://github/me/my%20repo/")
NAMES = st.text(st.sampled_from("ab %+#?&ü漢'()@:20"), min_size=1, max_size=6).map(lambda stem: f"{stem}.md")


@FORMS
@given(
    place=st.sampled_from(PLACES), names=st.lists(NAMES, min_size=2, max_size=4, unique=True), data=st.data()
)
def test_of_documents_with_any_names_the_one_that_was_meant_is_read(
    place: str, names: list[str], data: st.DataObject
) -> None:
    uris = [place + quote(name, safe=data.draw(st.sampled_from(["", "()'@:", "+"]))) for name in names]

    async def check() -> None:
        async with inside() as client:
            for number, uri in enumerate(uris):
                client.open(uri, f"# Number {number}\n\n" + STATEMENT.partition("\n")[2])
            for number, uri in enumerate(uris):
                assert (await client.ask("sstar/problem", {"uri": uri}))["result"][
                    "title"
                ] == f"Number {number}"
                if place.startswith("file:"):  # another spelling of the same file
                    other = {"uri": place + quote(names[number], safe="&")}
                    assert (await client.ask("sstar/problem", other))["result"]["title"] == f"Number {number}"

    run(check())


# --- settings ----------------------------------------------------------------------------------------

UNSET = st.sampled_from(
    [
        None,
        [],
        "",
        {},
        {"sstar": []},
        {"sstar": None},
        {"sstar": {}},
        {"sstar": {"solve": [], "model": [], "prices": []}},
        {"sstar": {"model": {"writer": [], "base_url": None}}},
        {"solve": []},
    ]
)
OTHERS = st.dictionaries(
    st.sampled_from(["gopls", "python", "yaml", "rust-analyzer", "Lua", "files"]),
    st.sampled_from([{"a": 1}, [], [1], None, True, {"api_key": "x"}]),
    min_size=1,
)


@FORMS
@given(first=UNSET, second=UNSET | OTHERS, third=OTHERS)
def test_nothing_set_and_settings_of_others_are_taken_in_silence(first: Any, second: Any, third: Any) -> None:
    async def check() -> None:
        async with inside(initializationOptions=first) as client:
            for sent in (second, third, {**third, "sstar": []}):
                client.notify("workspace/didChangeConfiguration", {"settings": sent})
                await asyncio.sleep(0)
            ours = {**third, "sstar": {"solve": {"samples": 3}}}
            client.notify("workspace/didChangeConfiguration", {"settings": ours})
            await asyncio.sleep(0)
            assert client.server.settings.sent == {"solve": {"samples": 3}}
            assert client.boxes == []

    run(check())


@pytest.mark.parametrize("sent", [{"sstar": {"smaples": 1}}, {"sstar": [1]}, {"sstar": "x"}, {"solve": 1}])
async def test_wrong_settings_of_ours_are_still_told(sent: Any) -> None:
    async with inside() as client:
        client.notify("workspace/didChangeConfiguration", {"settings": sent})
        await asyncio.sleep(0)
        assert len(client.boxes) == 1


async def test_what_is_shown_follows_the_newest_settings_however_memory_is_used_again() -> None:
    async with inside() as client:
        for number in range(1, 200):
            client.notify(
                "workspace/didChangeConfiguration",
                {"settings": {"sstar": {"solve": {"samples": number % 60 + 1}}}},
            )
            await asyncio.sleep(0)
            assert client.server.settings.shown.solve.samples == min(number % 60 + 1, 64)


# --- messages ----------------------------------------------------------------------------------------


@FORMS
@given(st.text(st.sampled_from("ab 漢,.\n"), max_size=400))
def test_messages_fit_80_columns_and_lose_nothing(text: str) -> None:
    from rich.cells import cell_len

    lines = in_columns(text).split("\n")
    assert all(cell_len(line) <= COLUMNS < 80 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


async def test_an_address_in_a_message_is_not_broken() -> None:
    address = "http://127.0.0.1:8000/" + "a" * 100
    async with inside() as client:
        client.server.editor.show_error(f"nothing answers at {address}: is the server running there?")
        assert client.boxes == [f"nothing answers at\n{address}:\nis the server running there?"]


# --- long documents ----------------------------------------------------------------------------------


async def test_no_request_waits_for_the_reading_of_a_long_document_and_only_the_newest_text_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sstar_lsp.lsp.session import problem_cache

    may_read, read_problem, read = threading.Event(), problem_cache._problem, list[str]()

    def slowly(text: str, path: Path | None) -> problem_cache.Reading:
        may_read.wait(PATIENCE_S)
        read.append(text[:10])
        return read_problem(text[-len(STATEMENT) :], path)

    monkeypatch.setattr(problem_cache, "_problem", slowly)
    uri = "file:///nowhere/long.md"
    asked = {"textDocument": {"uri": uri}, "range": TOP, "context": {"diagnostics": []}}
    texts = [f"{number:10}" + "\n" * problem_cache.LONG + STATEMENT for number in range(20)]
    async with inside() as client:
        client.open(uri, texts[0])
        for version, text in enumerate(texts):
            document = {"uri": uri, "version": version}
            params = {"textDocument": document, "contentChanges": [{"text": text}]}
            client.notify("textDocument/didChange", params)
            actions = (await client.ask("textDocument/codeAction", asked))["result"]
            assert actions[0]["title"] == "Solve with S*"
            assert (await client.ask("textDocument/codeLens", asked))["result"] == []
        assert read == []
        may_read.set()
        assert (await client.ask("sstar/problem", {"uri": uri}))["result"]["title"] == "Pairs that cancel"
        assert read in ([texts[0][:10], texts[-1][:10]], [texts[-1][:10]])
        assert (await client.ask("textDocument/codeLens", asked))["result"] != []
