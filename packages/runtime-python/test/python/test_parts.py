"""Parts of the shim that need no process."""

import datetime
import unittest

from fastfn_shim.call_plan import CallPlan
from fastfn_shim.csv_body import to_csv
from fastfn_shim.forms import parse_form, parse_header
from fastfn_shim.headers import cookie_list
from fastfn_shim.invalid_response import InvalidResponse
from fastfn_shim.json_body import to_json
from fastfn_shim.output import Sink
from fastfn_shim.output_text import MAX_TEXT, split_text, whole_chars
from fastfn_shim.response import Proxy, Stream, to_reply


class Texts(unittest.TestCase):
    def test_cuts_between_characters(self):
        for text in ("é" * 10000, "☃" * 10000, "😀" * 10000, "a" * 10000, "a😀é☃" * 4000):
            texts = split_text(text.encode())
            self.assertEqual("".join(texts), text)
            self.assertTrue(all(len(part.encode()) <= MAX_TEXT for part in texts))

    def test_garbage_stays_within_the_bound(self):
        texts = split_text(b"\xff" * 20000)
        self.assertEqual("".join(texts), "\ufffd" * 20000)
        self.assertTrue(all(len(part.encode()) <= MAX_TEXT for part in texts))

    def test_whole_chars(self):
        for data, whole in (
            (b"", 0),
            (b"a", 1),
            (b"\xc3", 0),
            (b"a\xe2\x98", 1),
            (b"\xe2\x98\x83", 3),
            (b"\x80\x80\x80\x80", 4),
        ):
            self.assertEqual(whole_chars(data), whole)

    def test_sink_keeps_a_prefix_and_counts_the_rest(self):
        sink = Sink(1, None)
        for _ in range(20):
            sink.add(1, "☃".encode() * 2000)
        sink.add(1, b"small")
        frames = sink.take(True)
        self.assertTrue(frames.endswith("… 54470 more bytes dropped\n".encode()))
        self.assertEqual(sink.take(True), b"")


class Csv(unittest.TestCase):
    def test_rows(self):
        for rows, expected in (
            ([], ""),
            ([{"a": 1}, {"b": "x\ny"}], 'a,b\r\n1,\r\n,"x\ny"\r\n'),
            (
                [["a", None, 1.5, True], [datetime.date(2024, 1, 2), {"k": 1}]],
                'a,,1.5,true\r\n2024-01-02,"{""k"":1}"\r\n',
            ),
        ):
            self.assertEqual(to_csv(rows), expected.encode())
        for rows in ([1], [[1], {}], [{}, [1]]):
            self.assertRaises(InvalidResponse, to_csv, rows)


class Json(unittest.TestCase):
    def test_after_a_failure_it_still_works(self):
        loop = []
        loop.append(loop)
        self.assertRaises(InvalidResponse, to_json, loop, "")
        self.assertEqual(to_json([loop[:0], {"a": "é"}], ""), '[[],{"a":"é"}]'.encode())

    def test_the_same_object_twice_is_no_circle(self):
        item = {"a": 1}
        self.assertEqual(to_json([item, item], ""), b'[{"a":1},{"a":1}]')


class Replies(unittest.TestCase):
    def test_kinds(self):
        self.assertIsInstance(to_reply({"proxy": {"url": "http://x"}}), Proxy)
        self.assertIsInstance(to_reply(x for x in "ab").body, Stream)
        self.assertEqual(to_reply({"body": "x", "extra": 1}).body, b'{"body":"x","extra":1}')
        self.assertEqual(to_reply({"statusCode": 202}).status, 202)

    def test_subclasses_of_dict_are_dicts(self):
        import collections

        self.assertEqual(to_reply(collections.OrderedDict(a=1)).body, b'{"a":1}')
        self.assertEqual(to_reply(collections.OrderedDict(status=201, body="x")).status, 201)


class Forms(unittest.TestCase):
    def test_header_parameters(self):
        self.assertEqual(
            parse_header('form-data; name="a;b"; filename="C:\\dir\\x.txt"'),
            ("form-data", {"name": "a;b", "filename": "C:\\dir\\x.txt"}),
        )

    def test_refused(self):
        for kind, body in (
            ("application/json", b"{}"),
            ("", b""),
            ("multipart/form-data", b""),
            ("multipart/form-data; boundary=x", b""),
            ("multipart/form-data; boundary=x", b"--x"),
            ("multipart/form-data; boundary=x", b"--x\r\nno name\r\n\r\n1\r\n--x--"),
        ):
            self.assertRaises(ValueError, parse_form, kind, body)

    def test_random_bytes_do_no_worse_than_a_value_error(self):
        import random

        source = random.Random(3)
        pieces = [b"--x", b"\r\n", b"--", b'Content-Disposition: form-data; name="a"', b"1", b"\xff"]
        for _ in range(5000):
            body = b"".join(source.choices(pieces, k=12))
            try:
                parse_form("multipart/form-data; boundary=x", body)
            except ValueError:
                pass


class Cookies(unittest.TestCase):
    def test_dates(self):
        when = datetime.datetime(2024, 2, 29, 12, 0, tzinfo=datetime.timezone.utc)
        for expires in (when, when.timestamp() * 1000, "2024-02-29T12:00:00Z", "Thu, 29 Feb 2024 12:00:00 GMT"):
            self.assertEqual(
                cookie_list([{"name": "a", "expires": expires}]), ["a=; Expires=Thu, 29 Feb 2024 12:00:00 GMT"]
            )

    def test_injection(self):
        for cookie in ({"name": "a", "path": "/; Secure"}, {"name": "a=b"}, {"name": "a", "same_site": "x"}):
            self.assertRaises(InvalidResponse, cookie_list, [cookie])


class Plans(unittest.TestCase):
    def test_inspects_once_for_each_set_of_names(self):
        def handler(event, id=None, *rest, **kw):
            return event, id, rest, kw

        plan = CallPlan(handler)
        self.assertEqual(plan("E", {}), ("E", None, (), {}))
        self.assertEqual(plan("E", {"id": "1", "x": "2"}), ("E", "1", (), {"x": "2"}))

    def test_callables_of_every_kind(self):
        class Thing:
            def __call__(self, event, name):
                return name

            def method(self, name, event):
                return name

        for handler in (Thing(), Thing().method, lambda e, name: name):
            self.assertEqual(CallPlan(handler)("E", {"name": "n"}), "n")
        self.assertEqual(CallPlan(len)("four", {}), 4)


if __name__ == "__main__":
    unittest.main()
