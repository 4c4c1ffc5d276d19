def handler(event):
    return {"size": len(event.raw_body)}
