"""The codec against the golden vectors of @fastfn/protocol."""

import base64
import json
import os
import unittest

from fastfn_shim.fault import Fault
from fastfn_shim.frames import FrameReader, frame
from fastfn_shim.msgpack import pack, unpack, unpack_message

VECTORS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "protocol", "vectors", "messages.json")


def read_hex(value):
    parts = [value] if isinstance(value, str) else value
    return bytes.fromhex("".join(p if isinstance(p, str) else p["$repeat"] * p["times"] for p in parts))


def read_value(value):
    """The notation of the vector files."""
    if isinstance(value, list):
        return [read_value(item) for item in value]
    if isinstance(value, dict):
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key == "$bin":
                if isinstance(inner, dict):
                    return base64.b64decode(inner["$repeat"]) * inner["times"]
                return base64.b64decode(inner)
            if key == "$str":
                return inner["$repeat"] * inner["times"]
            if key == "$float":
                return float(inner)
        return {key: read_value(item) for key, item in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**31) <= value < 2**32:
        return float(value)
    return value


class Vectors(unittest.TestCase):
    def test_messages(self):
        with open(VECTORS, encoding="utf-8") as file:
            messages = json.load(file)["messages"]
        self.assertGreater(len(messages), 20)
        for vector in messages:
            with self.subTest(vector["name"]):
                data = read_hex(vector["hex"])
                expected = read_value(vector["value"])
                (payload,) = FrameReader(2**24).feed(data)
                decoded = unpack_message(payload)
                self.assertEqual(decoded, unpack(payload))
                if vector["canonical"]:
                    self.assertEqual(decoded, expected)
                    self.assertEqual(frame(pack(expected)), data)
                else:
                    self.assertEqual(decoded[0], expected[0])


class Codec(unittest.TestCase):
    def test_round_trip(self):
        for value in (
            [None, True, False, -1, -33, -129, -40000, 2**31, 2**32 - 1, 1.5],
            {"a": {"b": [b"", b"x" * 300, "y" * 70000]}},
            ["é☃😀", "x" * 31, "x" * 32, "x" * 255, "x" * 256],
            list(range(70000)),
        ):
            self.assertEqual(unpack(pack(value)), value)

    def test_integers_above_32_bits_are_floats(self):
        self.assertEqual(pack(1700000000123)[0], 0xCB)
        self.assertEqual(unpack(pack(1700000000123)), 1700000000123)

    def test_what_it_cannot_carry(self):
        for value in ({1: 2}, {1, 2}, object()):
            self.assertRaises(TypeError, pack, value)

    def test_every_truncation_is_a_fault(self):
        data = pack([20, "text", b"bytes", {"k": [1, 2.5, None]}, 70000, "x" * 300])
        for end in range(1, len(data)):
            self.assertRaises(Fault, unpack_message, data[:end])
            self.assertRaises(Fault, unpack, data[:end])

    def test_no_byte_string_does_worse_than_a_fault(self):
        import random

        source = random.Random(7)
        for _ in range(20000):
            data = bytes(source.choices(range(256), k=source.randint(1, 12)))
            try:
                unpack_message(data)
            except Fault:
                pass


class Frames(unittest.TestCase):
    def test_any_cut(self):
        frames = b"".join(frame(pack([n, "x" * n])) for n in range(20))
        for size in (1, 2, 3, 5, 7, 64, 1000):
            reader = FrameReader(1000)
            payloads = []
            for at in range(0, len(frames), size):
                payloads.extend(reader.feed(frames[at : at + size]))
            reader.check_end()
            self.assertEqual([unpack(p)[0] for p in payloads], list(range(20)))

    def test_limit_is_decided_from_the_length(self):
        reader = FrameReader(10)
        self.assertEqual(list(reader.feed(b"\0\0\0")), [])
        with self.assertRaises(Fault) as caught:
            reader.feed(b"\x0b")
        self.assertEqual(caught.exception.code, "frame_too_large")


if __name__ == "__main__":
    unittest.main()
