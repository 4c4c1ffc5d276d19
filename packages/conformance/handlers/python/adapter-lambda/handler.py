import json


def handler(event, context):
    return {
        "statusCode": 201,
        "headers": {"x-from": "lambda", "content-type": "application/json"},
        "body": json.dumps(
            {
                "method": event["requestContext"]["http"]["method"],
                "path": event["rawPath"],
                "query": event["queryStringParameters"],
                "cookies": event["cookies"],
                "body": event["body"],
                "name": context.function_name,
                "remaining": context.get_remaining_time_in_millis() > 0,
            }
        ),
    }
