import os
import time

STATE = ".state"


def note(name, text):
    os.makedirs(STATE, exist_ok=True)
    with open(os.path.join(STATE, name), "w") as file:
        file.write(text)


def text(tag):
    yield "one "
    time.sleep(0.001)
    yield "two "
    yield "three"


def raw(tag):
    yield bytes([0, 255, 1])
    yield bytes([254, 2])


def events(tag):
    yield "data: 1\n\n"
    while not os.path.exists(os.path.join(STATE, "go-" + tag)):
        time.sleep(0.005)
    yield "data: 2\n\n"


def letters():
    yield "a"
    yield "b"


def empty(tag):
    yield from ()


def fail(tag):
    yield "before"
    time.sleep(0.02)
    raise RuntimeError("stream-boom")


def flood(tag):
    piece = b"f" * 65536
    try:
        for sent in range(1, 1001):
            note("sent-" + tag, str(sent))
            yield piece
    finally:
        note("closed-" + tag, "")


def endless(tag):
    try:
        while True:
            yield "tick\n"
            time.sleep(0.005)
    finally:
        note("closed-" + tag, "")


MODES = {
    "text": text,
    "bytes": raw,
    "sse": lambda tag: {"headers": {"content-type": "text/event-stream"}, "body": events(tag)},
    "envelope": lambda tag: {
        "status": 201,
        "headers": {"x-stream": "yes", "content-type": "text/x-thing"},
        "body": letters(),
    },
    "empty": empty,
    "fail": fail,
    "flood": flood,
    "endless": endless,
}


def handler(event):
    return MODES[event["query"]["mode"]](event["query"].get("tag", ""))
