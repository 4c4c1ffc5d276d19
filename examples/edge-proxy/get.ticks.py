def handler(event):
    # Streams pass through as they come.
    return {"proxy": {"url": "http://" + event["headers"]["host"] + "/edge-proxy/feed"}}
