async def app(scope, receive, send):
    text = " ".join((scope["method"], scope["path"], scope["query_string"].decode()))
    headers = [(b"content-type", b"text/plain"), (b"x-app", b"asgi")]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
