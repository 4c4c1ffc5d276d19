from _helper import HELPER


# BREAK-HERE
def handler(event):
    return {"handler": "HANDLER-ONE", "helper": HELPER}
