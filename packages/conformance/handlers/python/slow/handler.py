import time


def handler(event):
    mode = event["query"].get("mode")
    if mode == "sleep":
        time.sleep(60)
    while mode == "busy":
        pass
    return "ok"
