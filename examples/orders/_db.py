"""The orders table. Each file of this folder runs in a process of its own, so what they share lives in a file."""

import os
import sqlite3

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), ".state", "orders.sqlite")


def connect():
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    db = sqlite3.connect(PATH, timeout=5)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(
        "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL, quantity INTEGER NOT NULL)"
    )
    return db


def checked(order):
    """The order as it may be stored, or a list of what is wrong with it."""
    if not isinstance(order, dict):
        return None, ["the body must be a JSON object"]
    problems = []
    item, quantity = order.get("item"), order.get("quantity", 1)
    if not isinstance(item, str) or not item.strip():
        problems.append("item must be a text that is not empty")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        problems.append("quantity must be a whole number of at least 1")
    return (item, quantity), problems
