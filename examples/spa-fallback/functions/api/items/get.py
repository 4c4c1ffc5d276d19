ITEMS = [{"id": "1", "name": "tea"}, {"id": "2", "name": "cake"}]


def handler(event):
    return ITEMS
