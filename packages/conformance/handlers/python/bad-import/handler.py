from _missing import value


def handler(event):
    return value
