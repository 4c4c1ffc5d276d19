def handler(event):
    return "ok"
