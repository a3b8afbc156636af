"""OpenAI-like servers as they are: behaviours drawn at random, by kinds, from what real ones have been seen to do.

A kind is a grammar, not a list: a behaviour is drawn from it by a number, the same one each time. All bytes are under
control, so that what a test says of an answer (it was whole, it broke here) is true.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from random import Random
from typing import Any

from attrs import Factory, define, field, frozen

from sstar_lsp import errors
from sstar_lsp.models.probing.probe import QUESTION

KEY = "sk-test/0123456789+abcdefghijklmnop"
MODEL = "vendor/model-1"
PROGRAM = "```python\na, b = map(int, input().split())\nprint(a + b)  # %s\n```\n"
DRAFT = "A draft:\n\n```python\nprint('a draft that is wrong, and longer than the program itself, by far')\n```\n\n"
TALK = (
    "But that is wrong, for it prints the same whatever is read; so both numbers are read and their sum is printed. "
    * 3
)

Event = dict[str, Any]


@frozen
class Reply:
    """What the server does with one request."""

    pieces: Sequence[bytes] = ()
    status: int = 200
    headers: dict[str, str] = Factory(dict)
    is_cut: bool = False
    """The connection is closed before the end of the body; with no pieces, before anything."""
    hangs: bool = False
    """Nothing more comes, and the connection stays."""
    is_whole: bool = True
    """All of the model's text was sent, and paid for."""


@frozen
class Asked:
    """One request for an answer."""

    body: dict[str, Any]
    text: str
    """What the model says."""
    turn: int
    """How often this very request was sent, from 1."""
    rng: Random

    @property
    def is_probe(self) -> bool:
        """Asked before the run."""
        return self.body["messages"][-1]["content"] == QUESTION


Answer = Callable[[Asked], Reply]


@frozen
class Behaviour:
    """One server."""

    name: str
    answer: Answer
    listing: Callable[[], Reply] | None = None
    expected: type[errors.ModelError] | None = None
    """The run cannot succeed, and ends with this error."""
    words: str = ""
    """The error says this."""
    paid_and_unusable: bool = False
    """Whole answers are not in the journal as they were sent."""


@define
class Server:
    """A running one."""

    behaviour: Behaviour
    port: int = 0
    asked: list[Asked] = field(factory=list)
    whole: list[str] = field(factory=list)
    """Texts of the run that were sent to their end."""
    twice: list[str] = field(factory=list)
    """Texts that were asked for again after they had been sent whole."""
    _turns: Counter[str] = field(factory=Counter)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").lower()
        size = next(
            (line.split(":")[1] for line in head.split("\r\n") if line.startswith("content-length:")), "0"
        )
        body = await reader.readexactly(int(size))
        if head.startswith("get"):
            default = Reply([json.dumps({"object": "list", "data": [{"id": MODEL}]}).encode()])
            reply = self.behaviour.listing() if self.behaviour.listing is not None else default
        else:
            reply = self._reply(json.loads(body))
        if reply.hangs:
            await reader.read()
        if reply.is_cut and not reply.pieces:
            return False
        lines = [f"HTTP/1.1 {reply.status} Whatever", "transfer-encoding: chunked"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        for piece in filter(None, reply.pieces):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        if not reply.is_cut:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return not reply.is_cut

    def _reply(self, body: dict[str, Any]) -> Reply:
        is_probe = body["messages"][-1]["content"] == QUESTION
        number = len(
            {
                json.dumps(one.body["messages"]) + str(one.body.get("seed"))
                for one in self.asked
                if not one.is_probe
            }
        )
        mark = json.dumps(body, sort_keys=True) if "seed" in body else str(number)
        self._turns[mark] += 1
        name = body.get("seed", number)
        text = "ready" if is_probe else "Here it is.\n\n" + PROGRAM % f"sample {name}"
        asked = Asked(
            body, text, self._turns[mark], Random(f"{self.behaviour.name} {mark} {self._turns[mark]}")
        )
        self.asked.append(asked)
        reply = self.behaviour.answer(asked)
        if not is_probe and "seed" in body and text in self.whole:
            self.twice.append(text)
        if not is_probe and reply.status == 200 and reply.is_whole:
            self.whole.append(text)
        return reply


@contextlib.asynccontextmanager
async def serving(behaviour: Behaviour) -> AsyncIterator[Server]:
    """The behaviour on a loopback port."""
    server = Server(behaviour)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 22)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


# --- the good answer, and its parts ---------------------------------------------------------------


def cut(text: str, rng: Random, longest: int = 24) -> list[str]:
    """A text in pieces."""
    at, pieces = 0, []
    while at < len(text):
        size = rng.randint(1, longest)
        pieces.append(text[at : at + size])
        at += size
    return pieces


def piece(delta: Any, finish: Any = None, **more: Any) -> Event:
    """One event of a stream."""
    return {
        "id": "c",
        "created": 1,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


def usage(text: str) -> Event:
    """What it cost."""
    return {
        "prompt_tokens": 9,
        "completion_tokens": len(text) // 4 + 1,
        "total_tokens": 9 + len(text) // 4 + 1,
    }


def events(text: str, rng: Random, finish: Any = "stop") -> list[Event]:
    """The answer as it should be streamed."""
    pieces = [
        piece({"role": "assistant", "content": ""}),
        *(piece({"content": one}) for one in cut(text, rng)),
    ]
    return [*pieces, piece({}, finish), {"choices": [], "usage": usage(text)}]


def stream(made: Sequence[Event], done: str = "data: [DONE]\n\n", **more: Any) -> Reply:
    """Events as every server frames them."""
    pieces = [f"data: {json.dumps(one)}\n\n".encode() for one in made]
    return Reply([*pieces, done.encode()], headers={"content-type": "text/event-stream"}, **more)


def good(asked: Asked) -> Reply:
    """No fault at all."""
    return stream(events(asked.text, asked.rng))


# --- the kinds ------------------------------------------------------------------------------------


def framing(name: str, rng: Random) -> Behaviour:
    """Line ends, fields, heartbeats, labels and cuts of an event stream."""
    end = rng.choice(["\n", "\r\n", "\r"])
    colon = rng.choice(["data:", "data: "])
    indent = rng.choice([None, None, 1])
    label = rng.choice(
        ["text/event-stream", "text/plain", "application/json", "application/octet-stream", ""]
    )
    done = rng.choice(["data: [DONE]", "data:[DONE]", 'data: "[DONE]"', "", "data: [DONE]\n: bye"]).replace(
        "\n", end
    )
    is_lines = rng.random() < 0.2
    beats = rng.sample(
        [
            *(
                f": {rng.choice(['ping', 'OPENROUTER PROCESSING', ''])}",
                f"retry: {rng.randint(1, 9999)}",
                "event: open",
            ),
            *(
                "data:",
                "data: null",
                "data: {}",
                f"data: {rng.randint(0, 9)}",
                "data: keep-alive",
                "data: [1, 2]",
            ),
            *('event: ping\ndata: {"type": "ping"}', 'data: {"choices": null}', 'data: {"choices": []}'),
            *(
                'data: {"object": "x", "model": "m"}',
                "data: " + "[" * 99_999,
                "id: 7",
                'data: {"choices": {}}',
            ),
        ],
        rng.randint(0, 5),
    )
    packed = rng.random() < 0.2

    def answer(asked: Asked) -> Reply:
        text = "\ufeff" if asked.rng.random() < 0.3 else ""
        for one in events(asked.text, asked.rng):
            if beats and asked.rng.random() < 0.3:
                text += asked.rng.choice(beats).replace("\n", end) + end + end
            if is_lines and not beats:
                text += json.dumps(one) + "\n"
            else:
                lines = json.dumps(one, indent=indent).split("\n")
                text += "".join(f"{colon}{line}{end}" for line in lines) + end
        data = (text + done + end + end).encode()
        headers = {"content-type": label} if label else {}
        if packed:
            return Reply([gzip.compress(data)], headers={**headers, "content-encoding": "gzip"})
        size = max(asked.rng.choice([7, 50, 100_000]), len(data) // 2000)
        return Reply([data[at : at + size] for at in range(0, len(data), size)], headers=headers)

    return Behaviour(name, answer)


_ENDS = (
    "stop",
    "eos",
    "eos_token",
    "end_turn",
    "STOP",
    "COMPLETE",
    "stop_sequence",
    "tool_calls",
    None,
    "",
    "null",
    5,
    False,
)


def pieces(name: str, rng: Random) -> Behaviour:
    """What stands in the pieces: content, ends, usage, and what is missing."""
    finish = rng.choice(_ENDS)
    ends = rng.choice(["own", "last", "every"])
    form = rng.choice(["text", "parts", "mixed", "repeated", "message too", "texts in parts"])
    counted = rng.choice(["usual", "none", "in choice", "x_groq", "partial", "texts", "every", "odd"])
    missing = rng.sample(["id", "created", "object", "model"], rng.randint(0, 4))

    def content(said: str, so_far: str, rng: Random) -> Any:
        parts = [{"type": "text", "text": said}]
        return {
            "parts": parts,
            "mixed": parts if rng.random() < 0.5 else said,
            "repeated": so_far,
            "texts in parts": [said[:1], said[1:]],
        }.get(form, said)

    def answer(asked: Asked) -> Reply:
        made, so_far = [piece({"role": "assistant", "content": asked.rng.choice(["", None])})], ""
        for said in cut(asked.text, asked.rng):
            so_far += said
            made.append(piece({"content": content(said, so_far, asked.rng)}))
            if form == "message too":
                made[-1]["choices"][0]["message"] = {"role": "assistant", "content": so_far}
        if ends == "own":
            made.append(piece(asked.rng.choice([{}, None, {"content": ""}]), finish))
        for one in made if ends == "every" else made[-1:]:
            one["choices"][0]["finish_reason"] = finish
        bill = usage(asked.text)
        match counted:
            case "usual":
                made.append({"choices": asked.rng.choice([[], None]), "usage": bill})
            case "in choice":
                made[-1]["choices"][0]["usage"] = bill
            case "x_groq":
                made[-1]["x_groq"] = {"usage": bill}
            case "partial":
                made[-1]["usage"] = {"prompt_tokens": 3}
            case "texts":
                made[-1]["usage"] = {key: str(value) for key, value in bill.items()} | {
                    "prompt_tokens_details": None
                }
            case "every":
                made = [{**one, "usage": bill} for one in made]
            case "odd":
                made[-1]["usage"] = asked.rng.choice(
                    ["x", [], {"prompt_tokens": {}, "completion_tokens": [1]}, -1]
                )
        for one in made:
            for key in missing:
                one.pop(key, None)
        return stream(made)

    return Behaviour(name, answer)


def in_one_piece(name: str, rng: Random) -> Behaviour:
    """Servers that do not stream, however they tell the answer."""
    label = rng.choice(
        ["application/json", "application/json; charset=utf-8", "text/plain", "text/event-stream", ""]
    )
    finish, indent = rng.choice(_ENDS), rng.choice([None, 2])
    missing = rng.sample(["id", "created", "object", "model", "usage", "index", "role"], rng.randint(0, 5))
    parts = rng.random() < 0.3
    refuses = rng.random() < 0.3
    spaces = rng.choice(["", "\n\n", "\n \n"])

    def answer(asked: Asked) -> Reply:
        if refuses and asked.body.get("stream"):
            return refusal(
                400, "Your organization must be verified to stream this model.", "unsupported_value", "stream"
            )
        said = [{"type": "text", "text": asked.text}] if parts else asked.text
        choice = {"index": 0, "message": {"role": "model", "content": said}, "finish_reason": finish}
        made = {"id": "c", "created": 1.5, "object": "chat.completion", "model": "m", "choices": [choice]}
        made["usage"] = usage(asked.text)
        for key in missing:
            for place in (made, choice, choice["message"]):
                place.pop(key, None)  # type: ignore[attr-defined]
        return Reply(
            [(spaces + json.dumps(made, indent=indent)).encode()],
            headers={"content-type": label} if label else {},
        )

    return Behaviour(name, answer)


MARKS = (
    *(
        ("<think>", "</think>"),
        ("<thinking>", "</thinking>"),
        ("<seed:think>", "</seed:think>"),
        ("[THINK]", "[/THINK]"),
    ),
    *(
        ("<thought>", "</thought>"),
        ("<reasoning>", "</reasoning>"),
        ("◁think▷", "◁/think▷"),
        ("", "</think>"),
    ),
    *(("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"), ("<|channel>thought\n", "<channel|>")),
    ("<|begin_of_thought|>", "<|end_of_thought|>\n\n<|begin_of_solution|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("analysis", "assistantfinal"),
)


def thoughts(name: str, rng: Random) -> Behaviour:
    """Thoughts with a draft in them, between any marks, in any field, before the answer."""
    way = rng.choice(["marks", "marks", "marks", "field", "parts", "details"])
    opened, closed = rng.choice(MARKS)
    place = rng.choice(["reasoning", "reasoning_content"])
    gap = rng.choice(["", "\n", "\n\n"])

    def answer(asked: Asked) -> Reply:
        thought = "Easy." if asked.is_probe else "We think.\n\n" + DRAFT + TALK
        if way == "marks":
            return stream(events(f"{opened}{thought}{closed}{gap}{asked.text}", asked.rng))
        said = cut(thought, asked.rng)
        made = {
            "field": [piece({place: one}) for one in said],
            "parts": [
                piece({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": o}]}]})
                for o in said
            ],
            "details": [
                piece(
                    {
                        "content": "",
                        "reasoning": o,
                        "reasoning_details": [{"type": "reasoning.text", "text": o}],
                    }
                )
                for o in said
            ],
        }[way]
        return stream([*made, *events(asked.text, asked.rng)])

    return Behaviour(name, answer)


def refusal(status: int, words: str, code: Any = None, param: str | None = None, **headers: str) -> Reply:
    """An error as OpenAI tells it."""
    body = {"error": {"message": words, "type": "invalid_request_error", "code": code, "param": param}}
    return Reply(
        [json.dumps(body).encode()], status, {"content-type": "application/json", **headers}, is_whole=False
    )


def passing(name: str, rng: Random) -> Behaviour:
    """Errors that pass, of every request's first turn, wherever they stand."""
    status = rng.choice([429, 429, 429, 500, 502, 503, 529])
    wait = rng.choice(
        ["", "", " Please try again in 10ms.", " Please retry in 0.01s.", " Retry after 0.01 seconds."]
    )
    words = rng.choice(
        ["Too many requests.", "Rate limit reached.", "The engine is overloaded, please slow down."]
    )
    if status == 429 and wait:
        words += " You exceeded your current quota, please check your plan and billing details."
    words += wait
    code = rng.choice([status, str(status)])
    place = rng.choice(
        ["status", "status", "json", "event", "bare", "field", "named event", "flat", "text", "choice"]
    )
    header = rng.choice([{}, {"retry-after": "0"}, {"retry-after-ms": "10"}, {"retry-after": "0s"}])
    details = [{"@type": "type.example/RetryInfo", "retryDelay": "0.01s"}] if rng.random() < 0.3 else []
    error = {"message": words, "code": code, "details": details}

    def answer(asked: Asked) -> Reply:
        if asked.turn > 1 or asked.is_probe:
            return good(asked)
        told = json.dumps({"error": error})
        match place:
            case "status":
                listed = json.dumps([{"error": error}]) if asked.rng.random() < 0.3 else told
                return Reply(
                    [listed.encode()], status, {"content-type": "application/json", **header}, is_whole=False
                )
            case "choice":
                text = f"data: {json.dumps({'choices': [{'delta': {'content': ''}, 'finish_reason': 'error', 'error': error}]})}\n\n"
            case "flat":
                text = f"data: {json.dumps({'object': 'error', **error})}\n\n"
            case "text":
                text = f"data: {json.dumps({'error': words})}\n\n"
            case _:
                text = {
                    "json": told,
                    "event": f"data: {told}\n\n",
                    "bare": told,
                    "field": f"error: {json.dumps(error)}\n\n",
                    "named event": f"event: error\ndata: {json.dumps(error)}\n\n",
                }[place]
        label = "application/json" if place == "json" else "text/event-stream"
        return Reply([text.encode()], headers={"content-type": label}, is_whole=False)

    return Behaviour(name, answer)


@frozen
class Bound:
    """A value that a server refuses, and how it says so."""

    field: str
    is_refused: Callable[[Any], bool]
    words: tuple[str, ...]


def _is_there(_value: Any) -> bool:
    return True


_BOUNDS = (
    *(
        Bound(
            field,
            _is_there,
            (
                "Unsupported parameter: '{0}' is not supported with this model.",
                "Unrecognized request argument supplied: {0}",
                "`{0}` is deprecated for this model.",
                'json: unknown field "{0}"',
                "Argument not supported on this model: {0}",
            ),
        )
        for field in ("seed", "top_p", "temperature", "stream_options", "stream", "max_tokens")
    ),
    Bound("temperature", lambda value: value != 1, ("invalid {0}: only 1 is allowed for this model", "{0} does not support 0.7 with this model. Only the default (1) value is supported.")),
    Bound("temperature", lambda value: value <= 0, ("Input validation error: `{0}` must be strictly positive", "{0} must be greater than 0")),
    Bound("top_p", lambda value: value >= 1, ("Input validation error: `{0}` must be > 0.0 and < 1.0",)),
    Bound("seed", lambda value: value >= 2**31, ("Invalid value at 'generation_config.{0}' (TYPE_INT32), 2147483748", "{0} must be less than or equal to 2147483647")),
    Bound("max_tokens", lambda value: value > 512, ("{0} is too large: 1024. This model supports at most 512 completion tokens.", "`{0}` must be less than or equal to `512`, the maximum value for `{0}` is less than the `context_window` for this model", "{0} exceeds what this model gives")),
    Bound("max_tokens", lambda value: value + 600 > 1500, ("'{0}' or 'max_completion_tokens' is too large: 1024. This model's maximum context length is 1500 tokens and your request has 600 input tokens.", "This model's maximum context length is 1500 tokens. However, you requested 1624 tokens (600 in the messages, 1024 in the completion).")),
)  # fmt: skip


def refusing(name: str, rng: Random) -> Behaviour:
    """A field or a value of one that is refused, in any words and any shape."""
    bound = rng.choice(_BOUNDS)
    words = rng.choice(bound.words).format(bound.field)
    status, shape = rng.choice([400, 400, 422]), rng.choice(["openai", "flat", "listed", "text", "detail"])
    both = bound.field == "temperature" and rng.random() < 0.2

    def answer(asked: Asked) -> Reply:
        refuses_both = both and "temperature" in asked.body and "top_p" in asked.body
        refused = refuses_both or (bound.field in asked.body and bound.is_refused(asked.body[bound.field]))
        if not refused:
            return good(asked) if asked.body.get("stream") else whole(asked)
        said = "`temperature` and `top_p` cannot both be specified for this model." if refuses_both else words
        body: Any = {
            "openai": {"error": {"message": said, "param": None, "code": "invalid_value"}},
            "flat": {"object": "error", "message": said, "type": "BadRequestError", "code": status},
            "listed": [{"error": {"code": status, "message": said, "status": "INVALID_ARGUMENT"}}],
            "text": said,
            "detail": {"detail": [{"loc": ["body", bound.field], "msg": said}]},
        }[shape]
        text = body if isinstance(body, str) else json.dumps(body)
        return Reply([text.encode()], status, is_whole=False)

    return Behaviour(name, answer)


def whole(asked: Asked) -> Reply:
    """A good answer in one piece."""
    choice = {"index": 0, "message": {"role": "assistant", "content": asked.text}, "finish_reason": "stop"}
    return Reply([json.dumps({"choices": [choice], "usage": usage(asked.text)}).encode()])


def breaking(name: str, rng: Random) -> Behaviour:
    """Answers that break at their first turn, in any way; those that are whole before it are kept."""
    way = rng.choice(["reset", "cut", "hole", "end", "error", "nothing", "hang", "after"])
    word = rng.choice(["error", "network_error", "insufficient_system_resource", "abort", "failed"])
    share = rng.random()

    def answer(asked: Asked) -> Reply:
        made = events(asked.text, asked.rng)
        if asked.is_probe or (asked.turn > 1 and way != "after"):
            return good(asked)
        some = made[: 1 + int(share * (len(made) - 3))]
        match way:
            case "reset":
                return Reply(is_cut=True, is_whole=False)
            case "after":  # all was said but the bill
                return stream(made[:-1], done="", is_cut=True)
            case "cut":
                return stream(some, done="", is_cut=True, is_whole=False)
            case "hole":
                found = stream(made, is_whole=False)
                half = b'data: {"choices": [{"index": 0, "del\n\n'
                return Reply(
                    [*found.pieces[:2], half, *found.pieces[3:]], headers=found.headers, is_whole=False
                )
            case "end":
                return stream([*some, piece({}, word)], is_whole=False)
            case "error":
                return stream([*some, {"error": {"message": "the engine died", "code": 500}}], is_whole=False)
            case "nothing":
                return stream([asked.rng.choice([{"choices": None}, {"choices": []}, {}])], is_whole=False)
            case _:
                return Reply(hangs=True, is_cut=True, is_whole=False)

    return Behaviour(name, answer)


def listing(name: str, rng: Random) -> Behaviour:
    """Lists of models in every form, and none at all."""
    entry = rng.choice(
        [{"id": MODEL}, {"name": f"models/{MODEL}"}, MODEL, {"id": 5}, None, {"id": MODEL, "owned_by": 7}]
    )
    entry = {**entry, rng.choice(["max_model_len", "context_length"]): rng.choice([32768, "32768", 32768.0, True, -5, 0, 64])} if isinstance(entry, dict) else entry  # fmt: skip
    many = [entry, *({"id": f"vendor-{n}/other:free"} for n in range(rng.choice([0, 1, 400])))]
    body: Any = rng.choice(
        [{"object": "list", "data": many}, many, {"models": many}, {"data": None}, None, 5, "x", {}]
    )
    text = rng.choice(
        [json.dumps(body), json.dumps(body), "<html><body>Open WebUI</body></html>", "", "[" * 99_999]
    )
    status = rng.choice([200, 200, 200, 401, 404, 500])
    return Behaviour(name, good, lambda: Reply([text.encode()], status))


_FINAL: tuple[tuple[int, str, Any, type[errors.ModelError], str], ...] = (
    (401, "Incorrect API key provided: {key}.", "invalid_api_key", errors.ModelAuthError, "SSTAR_API_KEY"),
    (
        400,
        "API key not valid. Please pass a valid API key. You sent {key}",
        400,
        errors.ModelAuthError,
        "SSTAR_API_KEY",
    ),
    (
        403,
        "Country, region, or territory not supported",
        "request_forbidden",
        errors.ModelForbidden,
        "the key is not at fault",
    ),
    (402, "Insufficient balance", "payment_required", errors.ModelQuotaError, "top it up"),
    (429, "You exceeded your current quota", "insufficient_quota", errors.ModelQuotaError, "top it up"),
    (404, "The model does not exist", "model_not_found", errors.ModelMissing, "It has: {model}"),
    (400, "Model Not Exist", "invalid_request_error", errors.ModelMissing, "It has: {model}"),
    (400, "x is not a valid model ID", 400, errors.ModelMissing, "It has: {model}"),
    (422, "Invalid model: x", "1500", errors.ModelMissing, "It has: {model}"),
    (400, "The prompt triggered the content policy.", "content_filter", errors.ContentFiltered, "reword"),
    (400, "prompt is too long: 210000 tokens", "invalid_request_error", errors.ContextTooLong, "shorten"),
    (
        429,
        "Limit reached: requests per day. Please try again in 7h12m.",
        "rate_limit",
        errors.ModelRateLimited,
        "tomorrow",
    ),
    (503, "Loading model {key}", "unavailable_error", errors.ModelOverloaded, "model.patience_s"),
    (407, "Proxy Authentication Required", None, errors.ModelForbidden, "HTTPS_PROXY"),
    (500, "headers were Bearer {key}", None, errors.ModelOverloaded, "look at its log"),
    (204, "", None, errors.ModelProtocolError, "HTTP 204"),
    (405, "Method Not Allowed", None, errors.ModelProtocolError, "is the address right"),
)


def final(name: str, rng: Random) -> Behaviour:
    """Refusals of everything: the error says what it is and what to do, and never the key."""
    status, words, code, kind, says = rng.choice(_FINAL)
    said = words.format(key=rng.choice([KEY, KEY.replace("/", "\\/"), json.dumps(KEY)[1:-1]]))
    place = rng.choice(["status", "status", "event", "page"]) if status in (401, 402, 500) else "status"

    def answer(asked: Asked) -> Reply:
        found = refusal(status, said, code)
        if place == "event":
            error = {"message": said, "code": status}
            return stream([piece({"content": ""}), {"error": error}], is_whole=False)
        if place == "page":
            page = (
                f"<!DOCTYPE html><html><head><title>{status}</title></head><body><p>{said}</p></body></html>"
            )
            return Reply([page.encode()], status, {"content-type": "text/html"}, is_whole=False)
        return Reply([], 204) if status == 204 else found

    return Behaviour(
        name, answer, expected=kind, words=says.format(model=MODEL.replace("1", "2")), listing=_others
    )


def _others() -> Reply:
    return Reply([json.dumps({"data": [{"id": MODEL.replace("1", "2")}]}).encode()])


def repeating_key(name: str, rng: Random) -> Behaviour:
    """The key in answers, whole or cut in two, in thoughts, in names."""
    place = rng.choice(["content", "content", "thought", "name", "error", "odd"])

    def answer(asked: Asked) -> Reply:
        made = events(asked.text.replace("```python\n", f"```python\n# {KEY}\n"), asked.rng)
        match place:
            case "thought":
                made = [piece({"reasoning": one}) for one in cut(f"The key is {KEY}.", asked.rng)] + made
            case "name":
                made = [{**one, "model": KEY, "id": KEY} for one in made]
            case "odd":
                return Reply([f"data: key {KEY}\n\n".encode(), *stream(made).pieces])
            case "error" if asked.turn == 1:
                return stream(
                    [piece({"content": "So"}), {"error": {"message": f"sent {KEY}", "code": 500}}],
                    is_whole=False,
                )
        return stream(made)

    names = lambda: Reply([json.dumps({"data": [{"id": MODEL}, {"id": KEY}]}).encode()])  # noqa: E731
    return Behaviour(name, answer, names, paid_and_unusable=True)


KINDS: dict[Callable[[str, Random], Behaviour], int] = {
    framing: 18,
    pieces: 22,
    in_one_piece: 12,
    thoughts: 18,
    passing: 20,
    refusing: 24,
    breaking: 10,
    listing: 10,
    final: 20,
    repeating_key: 6,
}
"""How many of each."""


def behaviours() -> Iterator[Behaviour]:
    """All of them, the same each time."""
    for kind, count in KINDS.items():
        for number in range(count):
            name = f"{kind.__name__} {number}"
            yield kind(name, Random(name))
