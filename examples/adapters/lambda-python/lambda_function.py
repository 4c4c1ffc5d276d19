"""An AWS Lambda function behind an API Gateway HTTP API, as the console names and writes it."""

import base64
import json


def lambda_handler(event, context):
    http = event["requestContext"]["http"]
    print("request id:", context.aws_request_id)

    if http["method"] == "POST":
        body = event["body"]
        data = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
        return {
            "statusCode": 200,
            "headers": {"Content-Type": "application/octet-stream"},
            "isBase64Encoded": True,
            "body": base64.b64encode(data[::-1]).decode(),
        }

    name = (event.get("queryStringParameters") or {}).get("name", "Lambda")
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": f"Hello from {name}!", "function": context.function_name}),
    }
