"""What `from fastfn import Event, Response` gives a handler; its typed twin for editors is `fastfn.pyi` of @fastfn/types.

The names are found last of all: a module or package of that name that the user has is theirs.
"""

import importlib.util
import typing

from .event import Event
from .forms import Form, FormFile

_Dict = typing.Dict[str, typing.Any]

Session = typing.TypedDict("Session", {"id": typing.Optional[str], "raw": str, "cookies": typing.Dict[str, str]})
Client = typing.TypedDict("Client", {"ip": str, "ua": typing.Optional[str]})
#: Plain dicts, whose keys only the stub spells out.
WorkerPool = Context = Cookie = Proxy = _Dict


class Response(dict):
    """An envelope: `Response(status=201, body={"id": 7})` is the dict of that."""


Piece = typing.Union[str, bytes]
Answer = typing.Any
Handler = typing.Callable[..., typing.Any]

__all__ = [
    "Answer",
    "Client",
    "Context",
    "Cookie",
    "Event",
    "Form",
    "FormFile",
    "Handler",
    "Piece",
    "Proxy",
    "Response",
    "Session",
    "WorkerPool",
]


class Finder:
    """The last entry of `sys.meta_path`: knows the module `fastfn`."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        return importlib.util.spec_from_loader(fullname, Finder) if fullname == "fastfn" else None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        module.__doc__ = __doc__
        module.__all__ = list(__all__)
        for name in __all__:
            setattr(module, name, globals()[name])
