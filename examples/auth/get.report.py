# @summary Behind an API key
import hmac


def handler(event):
    sent = event["headers"].get("x-api-key", "")
    # Takes the same time wherever the first wrong character is.
    if not hmac.compare_digest(sent.encode(), event["env"]["DEMO_API_KEY"].encode()):
        return {"status": 401, "headers": {"WWW-Authenticate": "ApiKey"}, "body": {"error": "Send a valid X-Api-Key."}}
    return {"sales": 42}
