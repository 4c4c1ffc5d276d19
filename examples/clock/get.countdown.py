# @summary A text that is written while you read it
# @query {"from": "3"}
import time


def handler(event):
    start = min(int(event["query"].get("from", 3)), 60)

    def lines():
        for n in range(start, 0, -1):
            yield "%d\n" % n
            time.sleep(0.2)
        yield "lift-off\n"

    return {"status": 200, "headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": lines()}
