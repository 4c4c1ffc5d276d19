from tiny import NAME


def handler(event):
    return {"pack": NAME}
