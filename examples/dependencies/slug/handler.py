#@requirements python-slugify==8.0.4
from slugify import slugify


def handler(event):
    return {"slug": slugify(event["query"].get("text", ""))}
