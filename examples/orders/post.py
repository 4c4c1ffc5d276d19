# @summary Place an order
# @body {"item": "tea", "quantity": 2}
import json

from _db import checked, connect


def handler(event):
    try:
        order = json.loads(event["body"] or "null")
    except ValueError:
        return {"status": 400, "body": {"problems": ["the body is not JSON"]}}
    values, problems = checked(order)
    if problems:
        return {"status": 400, "body": {"problems": problems}}
    with connect() as db:
        cursor = db.execute("INSERT INTO orders (item, quantity) VALUES (?, ?)", values)
        created = {"id": cursor.lastrowid, "item": values[0], "quantity": values[1]}
    return {"status": 201, "headers": {"Location": "/orders/%d" % created["id"]}, "body": created}
