import sys
import time


def handler(event):
    tag = event["query"]["tag"]
    print("out-" + tag)
    print("err-" + tag, file=sys.stderr)
    time.sleep(0.05)
    print("end-" + tag)
    return "ok"
