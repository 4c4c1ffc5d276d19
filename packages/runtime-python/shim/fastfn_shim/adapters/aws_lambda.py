"""AWS Lambda behind an API Gateway HTTP API, payload format 2.0: `lambda_handler(event, context)`."""

import base64
import time

from ..json_body import to_json
from ..program import Program, is_async_callable, pick_callable
from ..response import Reply, to_reply
from .request_parts import header_pairs, host_and_port, query_string

_RESPONSE_KEYS = ("statusCode", "headers", "cookies", "body", "isBase64Encoded")


def make(load, spec):
    handler = pick_callable(load(), spec["handler"], ("handler", "lambda_handler", "main"))
    static = spec["context"]
    memory = spec.get("memory_mb") or 128

    def call(message):
        return handler(make_event(message), LambdaContext(message, static, memory))

    if is_async_callable(handler):

        async def call_async(message):
            return to_lambda_reply(await call(message))

        return Program(call_async, True)
    return Program(lambda message: to_lambda_reply(call(message)), False)


def make_event(m):
    """An API Gateway event of format 2.0."""
    headers = dict(header_pairs(m))
    host, _ = host_and_port(headers)
    body, encoded = None, False
    if m[15]:
        try:
            body = m[15].decode()
        except UnicodeDecodeError:
            body, encoded = base64.b64encode(m[15]).decode("ascii"), True
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": m[4],
        "rawQueryString": query_string(m),
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "fastfn",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": m[3],
                "path": m[4],
                "protocol": "HTTP/1.1",
                "sourceIp": m[9],
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": m[2],
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(m[10] / 1000)),
            "timeEpoch": int(m[10]),
        },
        "isBase64Encoded": encoded,
    }
    if body is not None:
        event["body"] = body
    if "cookie" in headers:
        event["cookies"] = [cookie.strip() for cookie in headers["cookie"].split(";") if cookie.strip()]
    if m[6]:
        # Format 2.0 joins repeated ones with commas.
        query = {}
        for name, value in zip(m[6][::2], m[6][1::2]):
            query[name] = query[name] + "," + value if name in query else value
        event["queryStringParameters"] = query
    if m[7]:
        event["pathParameters"] = dict(zip(m[7][::2], m[7][1::2]))
    return event


class LambdaContext:
    """The second argument; with the names of Lambda for Python, and those for Node as well."""

    def __init__(self, message, static, memory_mb):
        name = static.get("function_name") or "function"
        version = static.get("version") or "default"
        self.aws_request_id = self.awsRequestId = message[2]
        self.function_name = self.functionName = name
        self.function_version = self.functionVersion = "$LATEST" if version == "default" else version
        self.memory_limit_in_mb = self.memoryLimitInMB = str(memory_mb)
        arn = "arn:aws:lambda:local:000000000000:function:%s" % name
        self.invoked_function_arn = self.invokedFunctionArn = arn
        self.log_group_name = self.logGroupName = "/aws/lambda/%s" % name
        self.log_stream_name = self.logStreamName = "fastfn"
        self.identity = None
        self.client_context = self.clientContext = None
        self._deadline = time.monotonic() + message[11] / 1000

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    getRemainingTimeInMillis = get_remaining_time_in_millis


def to_lambda_reply(value):
    """With a `statusCode` it is a response; anything else is the JSON body of a 200, as API Gateway has it."""
    if isinstance(value, dict) and "statusCode" in value:
        envelope = {key: value[key] for key in _RESPONSE_KEYS if value.get(key) is not None}
        several = value.get("multiValueHeaders")
        if several:
            envelope["headers"] = dict(several, **dict(envelope.get("headers") or {}))
        status = envelope.get("statusCode")
        if isinstance(status, str) and status.isdigit():
            envelope["statusCode"] = int(status)
        return to_reply(envelope)
    headers = ("content-type", "application/json")
    if value is None:
        return Reply(200, headers, b"null")
    if isinstance(value, str):
        return Reply(200, headers, value.encode("utf-8", "replace"))
    return Reply(200, headers, to_json(value, ""))
