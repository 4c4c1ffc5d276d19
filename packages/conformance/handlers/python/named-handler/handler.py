def handler(event):
    return "wrong"


def greet(event):
    return "greet"
