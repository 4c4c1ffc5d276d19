"""Writes one report a day. Made twice for the same day it is the same report: a tick may come a second time."""
import datetime
import json
import pathlib

STATE = pathlib.Path(__file__).parent / ".state"


def handler(event):
    day = datetime.date.today().isoformat()
    report = STATE / f"{day}.json"
    if event["method"] == "GET":
        if not report.exists():
            return {"status": 404, "body": {"error": "There is no report of today yet."}}
        return json.loads(report.read_text())

    STATE.mkdir(exist_ok=True)
    trigger = event["context"].get("trigger") or {}
    content = {"day": day, "made_by": trigger.get("type", "hand"), "lines": collect(day)}
    # In one step: a reader sees the whole report or none.
    half = report.with_suffix(".tmp")
    half.write_text(json.dumps(content))
    half.replace(report)
    # The place to send it. With the day as the key of the mail, sent twice is delivered once.
    return {"status": 201, "body": {"report": day}}


def collect(day):
    """Where your numbers come from."""
    return [f"Orders on {day}: 3", "Stock: enough"]
