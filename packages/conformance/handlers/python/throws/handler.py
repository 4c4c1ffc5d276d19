def handler(event):
    print("throws-ran")
    raise ValueError("boom-4711")  # ERROR-LINE
