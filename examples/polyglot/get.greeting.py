# @summary A plain greeting
def handler(event):
    return {"text": "hello, " + event["query"].get("name", "world"), "by": ["python"]}
