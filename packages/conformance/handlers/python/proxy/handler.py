def handler(event):
    return {
        "proxy": {
            "url": event["query"].get("url"),
            "path": event["query"].get("path"),
            "method": event["method"],
            "headers": {"x-sent": "by the handler"},
            "body": event["body"],
        }
    }
