import base64

BYTES = bytes([0, 255, 128, 10, 13, 0])
ENCODED = base64.b64encode(BYTES).decode()


def circular():
    value = {}
    value["self"] = value
    return value


ANSWERS = {
    "object": lambda: {"a": 1, "b": [True, None], "c": "ü"},
    "list": lambda: [1, "two", {"three": 3}],
    "true": lambda: True,
    "false": lambda: False,
    "empty-object": lambda: {},
    "empty-list": lambda: [],
    "text": lambda: "Grüße 👋",
    "empty-text": lambda: "",
    "html": lambda: "<!DOCTYPE html><p>ü</p>",
    "html-tag": lambda: "<HTML><p>x</p>",
    "almost-html": lambda: "<p>x</p>",
    "number": lambda: 42,
    "fraction": lambda: 1.5,
    "nothing": lambda: None,
    "bytes": lambda: BYTES,
    "status-ok": lambda: {"status": "ok"},
    "status-success": lambda: {"status": "success", "data": {"id": 1}},
    "status-and-more": lambda: {"status": 404, "data": 1},
    "body-and-more": lambda: {"body": "x", "other": 1},
    "status-true": lambda: {"status": True},
    "status": lambda: {"status": 202},
    "status-code": lambda: {"statusCode": 201, "body": "made"},
    "no-content": lambda: {"status": 204},
    "error-status": lambda: {"status": 418, "body": "teapot"},
    "body": lambda: {"body": "just this"},
    "body-null": lambda: {"status": 200, "body": None},
    "body-object": lambda: {"body": {"a": 1}},
    "body-list": lambda: {"body": [1, 2]},
    "body-html": lambda: {"body": "<html></html>"},
    "typed": lambda: {"headers": {"content-type": "application/problem+json"}, "body": {"title": "x"}},
    "typed-case": lambda: {"headers": {"Content-TYPE": "text/x-thing"}, "body": "x"},
    "headers": lambda: {"headers": {"X-One": "1", "x-two": "zwei"}, "body": "ok"},
    "header-number": lambda: {"headers": {"x-number": 42}, "body": "ok"},
    "header-list": lambda: {"headers": {"Set-Cookie": ["a=1; Path=/", "b=2"]}, "body": "ok"},
    "header-crlf": lambda: {"headers": {"x-evil": "a\r\nx-injected: 1", "x-good": "yes"}, "body": "ok"},
    "cookies": lambda: {
        "cookies": [
            "a=1; Path=/",
            {"name": "b", "value": "2", "path": "/", "http_only": True, "same_site": "lax", "max_age": 60},
        ],
        "body": "ok",
    },
    "base64": lambda: {"headers": {"content-type": "image/png"}, "is_base64": True, "body_base64": ENCODED},
    "base64-aws": lambda: {"statusCode": 200, "isBase64Encoded": True, "body": ENCODED},
    "native-bytes": lambda: {"headers": {"content-type": "image/png"}, "body": BYTES},
    "csv": lambda: {
        "headers": {"content-type": "text/csv"},
        "body": [{"name": "Ada", "note": 'say "hi", ü'}, {"name": "Bob", "note": None}],
    },
    "csv-lists": lambda: {"headers": {"content-type": "text/csv"}, "body": [[1, "a"], [2, "b,c"]]},
    "csv-text": lambda: {"headers": {"content-type": "text/csv"}, "body": "x;y\n"},
    "large": lambda: b"x" * (17 * 1024 * 1024),
    "status-99": lambda: {"status": 99},
    "status-600": lambda: {"status": 600, "body": "x"},
    "status-negative": lambda: {"status": -1},
    "status-text": lambda: {"status": "ok", "body": "x"},
    "status-fraction": lambda: {"status": 200.5, "body": "x"},
    "base64-broken": lambda: {"is_base64": True, "body_base64": "*** no base64 ***"},
    "nan": lambda: float("nan"),
    "nan-inside": lambda: {"deep": [{"value": float("nan")}]},
    "circular": circular,
    "callable": lambda: circular,
}


def handler(event):
    return ANSWERS[event["query"]["case"]]()
