def handler(event):
    return event["secrets"]
