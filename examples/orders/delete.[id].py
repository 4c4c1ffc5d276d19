# @summary Cancel an order
from _db import connect


def handler(event, id):
    with connect() as db:
        deleted = db.execute("DELETE FROM orders WHERE id = ?", (id,)).rowcount
    return {"status": 204 if deleted else 404}
