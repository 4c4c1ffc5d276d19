def handler(event):
    return {"received": event.json()}
