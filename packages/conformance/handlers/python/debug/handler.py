def handler(event):
    print("debug line")
    return "ok"
