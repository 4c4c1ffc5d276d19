# @summary One order
from _db import connect


def handler(event, id):
    with connect() as db:
        row = db.execute("SELECT * FROM orders WHERE id = ?", (id,)).fetchone()
    return dict(row) if row else {"status": 404, "body": {"error": "no order %s" % id}}
