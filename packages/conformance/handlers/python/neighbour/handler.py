def handler(event):
    return "neighbour"
