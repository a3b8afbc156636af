"""JSON-RPC under the server: every request is answered, whatever is in it.

pygls 2.1 leaves a request that it cannot parse without an answer, so an editor waits for ever; it also lets
requests in before ``initialize`` and drops those after ``shutdown``. The overrides here touch private names
of pygls (``_send_response``, ``_handle_response``, ``_execute_handler``, ``_request_futures``), which is why
its version is pinned.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import attrs
import cattrs
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage

from sstar_lsp.errors import ContestError, InternalError, SStarError, UsageError, ours
from sstar_lsp.lsp.protocol_types import REQUESTS, read_params
from sstar_lsp.lsp.transport.lenient import names_folders, structure

log = logging.getLogger("sstar.lsp")


def _message(method: str) -> type[Any]:
    """The type of a request on the wire: pygls finds the handler by it."""
    name = "".join(part.capitalize() for part in method.split("/"))
    fields = {
        "id": attrs.field(),
        "params": attrs.field(),
        "method": attrs.field(default=method),
        "jsonrpc": attrs.field(default="2.0"),
    }
    return attrs.make_class(name, fields)


MESSAGES: dict[str, type[Any]] = {method: _message(method) for method in REQUESTS}
"""Method to message type."""


def converter() -> cattrs.Converter:
    """The protocol's converter, which also knows our own requests."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls has no types here
    for method, kind in MESSAGES.items():

        def structured(raw: Any, cls: Any, method: str = method) -> Any:
            return cls(id=raw["id"], params=read_params(method, raw.get("params")))

        made.register_structure_hook(kind, structured)
    names_folders(made)
    return made


class Refusal(JsonRpcException):
    """A request that was understood and failed for a reason a person can read (``RequestFailed``)."""

    CODE = types.LSPErrorCodes.RequestFailed.value
    MESSAGE = "Request failed"


def refusal(error: SStarError, run_id: str | None = None) -> Refusal:
    """The answer to a request that failed with one of our errors; ``data`` holds exit code and kind."""
    data: dict[str, Any] = {"exitCode": error.exit_code, "kind": type(error).__name__}
    if run_id is not None:
        data["runId"] = run_id
    if isinstance(error, ContestError):
        data["contest"] = error.contest
    code = JsonRpcInvalidParams.CODE if isinstance(error, UsageError) else Refusal.CODE
    code = JsonRpcInternalError.CODE if isinstance(error, InternalError) else code
    return Refusal(str(error), code, data)


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """Refusals are answers, and faults of ours are logged where they are caught: no traceback for them."""
    return not (record.exc_info and isinstance(record.exc_info[1], Refusal | JsonRpcInternalError))


logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_no_refusal)


def _why(error: BaseException | None) -> str:
    """What was wrong with a message, in one line."""
    if isinstance(error, cattrs.BaseValidationError):
        return "; ".join(cattrs.transform_error(error))
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error) if error is not None else ""


class _Handlers(dict[Any, Any]):
    """Handlers under way; may change while pygls iterates, as ``shutdown`` cancels them."""

    def items(self) -> Any:
        """As they are now."""
        return list(super().items())


class JsonRpc(LanguageServerProtocol):
    """LSP with our requests typed and nothing left unanswered."""

    def __init__(self, server: Any, converter: cattrs.Converter) -> None:
        super().__init__(server, converter)
        self._request_futures = _Handlers()
        self._is_initialized = False
        self.exit_code: int | None = None
        """Set by ``exit``: 0 after ``shutdown``, else 1."""

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]  # cached there
        """Our own message types, then those of LSP."""
        return MESSAGES.get(method) or super().get_message_type(method)

    def _type_of(self, data: dict[str, Any]) -> Any:
        """The type that a message is to be read as."""
        if "id" in data and "error" in data:
            return types.ResponseErrorMessage
        if "id" in data and "method" not in data:
            return self._result_types.pop(data["id"], None) or JsonRPCResponseMessage
        other = JsonRPCRequestMessage if "id" in data else JsonRPCNotification
        return self.get_message_type(data.get("method", "")) or other

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message from its JSON; one that cannot be read is answered before the error is raised."""
        try:
            return structure(self._converter, data, self._type_of(data))
        except Exception as exc:  # whatever a client sends
            reason = _why(exc)
            log.warning("a message cannot be read: %s", reason)
            error = JsonRpcInvalidParams(f"Invalid Params: {reason}" if reason else None)
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            elif "id" in data:  # an answer of the client that is none: whoever waits for it must know
                self._handle_response(data["id"], error=error.to_response_error())
            raise error from exc

    def receive(self, data: object) -> None:
        """Take one message as parsed JSON."""
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            self._invalid(data.get("id") if isinstance(data, dict) else None, "not a JSON-RPC 2.0 message")
            return
        try:
            message = self.structure_message(data)
        except JsonRpcException:
            return  # answered and logged
        self.handle_message(message)

    def unparsable(self, reason: str) -> None:
        """Answer what is not even JSON."""
        self._send_response(None, error=JsonRpcParseError(f"Parse Error: {reason}").to_response_error())  # type: ignore[arg-type]

    def _invalid(self, msg_id: Any, reason: str) -> None:
        if not isinstance(msg_id, int | str):
            msg_id = None
        error = JsonRpcInvalidRequest(f"Invalid Request: {reason}").to_response_error()
        self._send_response(msg_id, error=error)

    def handle_message(self, message: Any) -> None:
        """Hand on what the lifecycle allows; requests outside it are errors, notifications are dropped."""
        method = getattr(message, "method", None)
        if method is not None and method != types.EXIT:
            is_request = hasattr(message, "id")
            if self._shutdown or (self._is_initialized and method == types.INITIALIZE):
                if is_request:
                    why = "the server is shutting down" if self._shutdown else "initialized already"
                    self._invalid(message.id, why)
                return
            if not self._is_initialized and method != types.INITIALIZE:
                if is_request:
                    error = JsonRpcServerNotInitialized("initialize first").to_response_error()
                    self._send_response(message.id, error=error)
                return
            if method == types.INITIALIZE:
                self._is_initialized = True
        super().handle_message(message)

    def _execute_handler(
        self,
        msg_id: Any,
        handler: Any,
        callback: Callable[[Any], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Forget a handler that has ended: pygls keeps one for each notification, so for each key.

        The outer edge of this face: an exception that nobody foresaw is logged whole, shown, and answered in
        a line.
        """

        def ended(future: Any) -> None:
            if self._request_futures.get(msg_id) is future:
                del self._request_futures[msg_id]
            error = None if future.cancelled() else future.exception()
            if error is not None and not isinstance(error, JsonRpcException):
                failure = ours(error, f"message {msg_id}")
                message = types.ShowMessageParams(types.MessageType.Error, f"S*: {failure}")
                self.notify(types.WINDOW_SHOW_MESSAGE, message)
                future = Future()
                future.set_exception(JsonRpcInternalError(str(failure)))
            callback(future)

        super()._execute_handler(msg_id, handler, ended, args, kwargs)

    def _handle_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        """Ignore answers that nobody waits for any more."""
        future = self._request_futures.get(msg_id)
        if future is not None and future.done():
            self._request_futures.pop(msg_id, None)
            return
        super()._handle_response(msg_id, result, error)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_args: Any) -> None:  # type: ignore[override]  # a generator there
        """End the session; whoever reads the wire sees ``exit_code`` and ends the process."""
        self.exit_code = 0 if self._shutdown else 1
