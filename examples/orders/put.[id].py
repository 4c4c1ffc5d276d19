# @summary Change an order
# @body {"item": "tea", "quantity": 3}
import json

from _db import checked, connect


def handler(event, id):
    try:
        order = json.loads(event["body"] or "null")
    except ValueError:
        return {"status": 400, "body": {"problems": ["the body is not JSON"]}}
    values, problems = checked(order)
    if problems:
        return {"status": 400, "body": {"problems": problems}}
    with connect() as db:
        changed = db.execute("UPDATE orders SET item = ?, quantity = ? WHERE id = ?", (*values, id)).rowcount
    if not changed:
        return {"status": 404, "body": {"error": "no order %s" % id}}
    return {"id": int(id), "item": values[0], "quantity": values[1]}
