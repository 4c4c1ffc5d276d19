def main(event):
    return "main"
