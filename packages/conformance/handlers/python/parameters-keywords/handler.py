def handler(event, *, id, **rest):
    return {"id": id, "rest": rest}
