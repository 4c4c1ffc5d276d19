"""How a handler wants its arguments: its signature is read once, a call is then one function call.

- A parameter called `event` gets the event; without one, the first positional parameter that has no default and no
  other meaning does.
- A parameter named like a path parameter gets its value (str); `params` gets all of them (dict), `context` gets
  `event["context"]`; path parameters come first in case of doubt.
- `**kw` gets the path parameters that no other parameter took, and `event` when nothing else takes it.
- Any other parameter keeps its default; without one the call fails with a TypeError that says what there is.
"""

import inspect

_EVENT = "e"
_PARAMS = "p"


class CallPlan:
    """Calls `handler` with what its signature asks for."""

    def __init__(self, handler):
        self._handler = handler
        try:
            self._parameters = tuple(inspect.signature(handler).parameters.values())
        except (ValueError, TypeError):
            # A callable written in C tells nothing.
            self._parameters = None
        #: By the names of the path parameters: a handler may be reached by several routes.
        self._calls = {}

    def __call__(self, event, params):
        names = tuple(params)
        call = self._calls.get(names)
        if call is None:
            call = self._calls[names] = self._compile(names)
        return call(self._handler, event, params)

    def _compile(self, names):
        """`lambda f, e, p: f(...)` for these path parameters. All names in it are identifiers of the signature."""
        if self._parameters is None:
            return _function("lambda f, e, p: f(e)")
        arguments = arguments_for(self._parameters, names, getattr(self._handler, "__name__", "handler"))
        return _function("lambda f, e, p: f(%s)" % ", ".join(arguments))


def arguments_for(parameters, names, title):
    """The arguments of a call as source text.

    :param names: the path parameters there are
    :raises TypeError: a parameter without a default that nothing can fill
    """
    event_at = _event_parameter(parameters, names)
    arguments = []
    taken = set()
    by_name = False
    takes_event = False
    for parameter in parameters:
        name = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            if event_at is None and not arguments:
                arguments.append(_EVENT)
                takes_event = True
            by_name = True
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            if event_at is None and not takes_event:
                arguments.append("event=e")
            rest = [n for n in names if n not in taken and not (n == "event" and not takes_event and event_at is None)]
            if rest:
                arguments.append("**{k: p[k] for k in %r}" % (tuple(rest),))
            continue
        if parameter is event_at:
            value = _EVENT
            takes_event = True
        elif name in names:
            value = "p[%r]" % name
            taken.add(name)
        elif name == "params":
            value = _PARAMS
        elif name == "context":
            value = 'e["context"]'
        elif parameter.default is not parameter.empty:
            # What follows must be given by name.
            by_name = True
            continue
        else:
            known = ", ".join("`%s`" % n for n in names) or "none"
            raise TypeError(
                "%s() asks for `%s`, which is no path parameter of this route (there are: %s). "
                "Give it a default, or use `event`, `params` or `context`." % (title, name, known)
            )
        if parameter.kind is parameter.KEYWORD_ONLY or (by_name and parameter.kind is not parameter.POSITIONAL_ONLY):
            arguments.append("%s=%s" % (name, value))
        elif by_name:
            # Positional-only behind one that keeps its default: cannot be reached, keeps its own.
            continue
        else:
            arguments.append(value)
    return arguments


def _event_parameter(parameters, names):
    for parameter in parameters:
        if parameter.name == "event" and "event" not in names and parameter.kind not in _VARIABLE:
            return parameter
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            return None
        if parameter.name in names or parameter.name in ("params", "context"):
            continue
        return parameter if parameter.default is parameter.empty else None
    return None


_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _function(source):
    """Compiled under the name of this file, so that stacks shown to users leave it out."""
    return eval(compile(source, __file__, "eval"), {})
