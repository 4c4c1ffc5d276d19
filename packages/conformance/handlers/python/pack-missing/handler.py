def handler(event):
    return "never"
