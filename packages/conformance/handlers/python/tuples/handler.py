def handler(event):
    parts = int(event["query"]["parts"])
    return ("body", 200 + parts - 1, {"x-tuple": "yes"})[:parts]
