import os


def handler(event):
    if event["query"].get("mode") == "exit":
        os._exit(3)
    return {"pid": os.getpid()}
