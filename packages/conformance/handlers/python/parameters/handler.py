def handler(event, part, id):
    return {"id": id, "part": part, "all": event["params"]}
