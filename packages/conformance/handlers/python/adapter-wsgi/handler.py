def app(environ, start_response):
    path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
    text = " ".join((environ["REQUEST_METHOD"], path, environ["QUERY_STRING"]))
    start_response("202 Accepted", [("Content-Type", "text/plain"), ("X-App", "wsgi")])
    return [text.encode()]
