"""Types of FastFN's handlers. `from fastfn import Event` works in every handler; nothing has to be installed for it.

Lies beside a handler for the sake of editors and mypy, and is not read when the function runs.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict, Union, overload

class Session(TypedDict):
    #: Cookie `session_id`, `sessionid` or `sid`.
    id: Union[str, None]
    #: The header as it came.
    raw: str
    cookies: dict[str, str]

class Client(TypedDict):
    ip: str
    #: `User-Agent`.
    ua: Union[str, None]

class WorkerPool(TypedDict):
    enabled: bool
    #: 0: not set.
    max_workers: int
    max_queue: int
    #: Milliseconds; 0 = the rest of the deadline.
    queue_timeout_ms: int
    queue_poll_ms: int
    overflow_status: int
    min_warm: int
    idle_ttl_seconds: float

class Context(TypedDict):
    """About the call and the function."""

    request_id: str
    runtime: str
    #: Its name; of a file route, the path below the functions root.
    function_name: str
    version: str
    #: Milliseconds.
    timeout_ms: int
    #: When the call will be stopped, epoch milliseconds.
    deadline_ms: int
    #: Calls at once; 0 = no limit.
    max_concurrency: int
    #: Bytes.
    max_body_bytes: int
    worker_pool: WorkerPool
    gateway: dict[str, int]
    debug: dict[str, bool]
    #: `context` of a call by `/_fn/invoke`, a job or a schedule; None for a public call.
    user: Any
    #: None for a public call.
    trigger: Union[dict[str, Any], None]
    #: W3C trace context of the request, when it is valid.
    traceparent: Union[str, None]

class FormFile:
    """An uploaded file."""

    #: Of the field.
    name: str
    #: As the client said; never a path to trust.
    filename: str
    #: Content type, `application/octet-stream` when none was said.
    type: str
    data: bytes
    def text(self, encoding: str = "utf-8") -> str: ...

class Form:
    #: A list when the name repeats.
    fields: dict[str, Union[str, list[str]]]
    files: list[FormFile]

_Text = Literal["id", "method", "path", "raw_path", "version"]
_Texts = Literal["params", "path_params", "headers", "env", "secrets"]

class Event(dict[str, Any]):
    """One request: a dict, JSON-serialisable as it is, with helpers for the body."""

    #: The body as bytes, empty when there is none.
    raw_body: bytes
    def json(self) -> Any:
        """The body as JSON; None when there is no body.

        :raises json.JSONDecodeError: it is no JSON
        """

    def form(self) -> Form:
        """A multipart/form-data or application/x-www-form-urlencoded body.

        :raises ValueError: the body is no form
        """

    @overload
    def __getitem__(self, key: _Text, /) -> str: ...
    @overload
    def __getitem__(self, key: _Texts, /) -> dict[str, str]: ...
    @overload
    def __getitem__(self, key: Literal["ts"], /) -> int:
        """When the request came, epoch milliseconds."""

    @overload
    def __getitem__(self, key: Literal["query"], /) -> dict[str, Union[str, list[str]]]:
        """A list when the name repeats, "" for a bare name."""

    @overload
    def __getitem__(self, key: Literal["body"], /) -> Union[str, None]:
        """Text when the bytes are UTF-8, else base64; None when empty."""

    @overload
    def __getitem__(self, key: Literal["is_base64"], /) -> bool: ...
    @overload
    def __getitem__(self, key: Literal["session"], /) -> Union[Session, None]: ...
    @overload
    def __getitem__(self, key: Literal["client"], /) -> Client: ...
    @overload
    def __getitem__(self, key: Literal["context"], /) -> Context: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Cookie(TypedDict, total=False):
    name: str
    value: Union[str, int, float, bool, None]
    path: str
    domain: str
    #: Seconds.
    max_age: int
    #: Date, ISO 8601 text or epoch milliseconds.
    expires: Union[datetime, str, int, float]
    http_only: bool
    secure: bool
    same_site: Union[str, bool]
    partitioned: bool
    priority: str

class Proxy(TypedDict, total=False):
    """One of `url` and `path`."""

    url: str
    path: str
    method: str
    headers: Mapping[str, Any]
    body: Any
    is_base64: bool
    body_base64: str
    #: Milliseconds.
    timeout_ms: int
    #: Bytes.
    max_response_bytes: int

class Response(TypedDict, total=False):
    """An answer with status, headers, cookies: `return Response(status=201, body={"id": 7})`, or the same as a plain dict.

    Everything else that a handler returns is the body itself.
    """

    #: 200 to 599; 200 when missing.
    status: int
    statusCode: int
    #: A list is several headers of one name; None is left out.
    headers: Mapping[str, Union[str, int, float, Sequence[str], None]]
    #: Texts are sent as they are.
    cookies: Sequence[Union[str, Cookie]]
    body: Any
    is_base64: bool
    isBase64Encoded: bool
    #: Base64 text that stands for bytes.
    body_base64: str
    proxy: Proxy

#: One piece of a streamed body.
Piece = Union[str, bytes]
#: What a handler may return.
Answer = Union[
    Response,
    Mapping[str, Any],
    Sequence[Any],
    str,
    bytes,
    int,
    float,
    bool,
    None,
    Iterator[Piece],
    AsyncIterator[Piece],
    object,
]
#: A handler; what it takes besides the event are path parameters, by name.
Handler = Callable[..., Union[Answer, Awaitable[Answer]]]
