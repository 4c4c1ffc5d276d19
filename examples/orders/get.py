# @summary List orders
# @query {"item": "tea"}
from _db import connect


def handler(event):
    wanted = event["query"].get("item")
    with connect() as db:
        if wanted:
            rows = db.execute("SELECT * FROM orders WHERE item = ? ORDER BY id", (wanted,))
        else:
            rows = db.execute("SELECT * FROM orders ORDER BY id")
        return {"orders": [dict(row) for row in rows]}
