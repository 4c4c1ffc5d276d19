def handler(event):
    return {"green": 12, "black": 7}
