import ast
import importlib
import os
import sys
import unittest
from unittest import mock

from fastfn_shim import handler_types
from fastfn_shim.event import EventFactory
from fastfn_shim.response import to_reply

_STUB = os.path.join(os.path.dirname(__file__), "../../../types/python/fastfn.pyi")


def _stub():
    with open(_STUB, encoding="utf-8") as file:
        return ast.parse(file.read())


def _assigned(node):
    return [target.id for target in node.targets]


class HandlerTypes(unittest.TestCase):
    def test_stub_and_module_have_the_same_names(self):
        names = []
        for node in _stub().body:
            if isinstance(node, ast.ClassDef):
                names.append(node.name)
            elif isinstance(node, ast.Assign):
                names.extend(_assigned(node))
        public = sorted(name for name in names if not name.startswith("_"))
        self.assertEqual(public, sorted(handler_types.__all__))

    def test_stub_knows_every_key_of_the_event(self):
        message = [0] * 16
        message[6:9] = [[], [], ""]
        message[12] = message[13] = None
        message[15] = b""
        event = EventFactory({}, {}, {}).make(message)
        known = {node.value for node in ast.walk(_stub()) if isinstance(node, ast.Constant)}
        self.assertEqual([key for key in event if key not in known], [])

    def test_module_is_found_and_gives_way_to_the_users(self):
        with mock.patch.object(sys, "meta_path", sys.meta_path + [handler_types.Finder]):
            module = importlib.import_module("fastfn")
            self.addCleanup(sys.modules.pop, "fastfn", None)
        self.assertIs(module.Event, handler_types.Event)
        self.assertIsNone(handler_types.Finder.find_spec("fastfn.other"))

    def test_response_is_an_envelope(self):
        reply = to_reply(handler_types.Response(status=201, headers={"x-a": "1"}, body="made"))
        self.assertEqual((reply.status, reply.body), (201, b"made"))
        self.assertIn("x-a", reply.headers)
