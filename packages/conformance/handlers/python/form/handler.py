def handler(event):
    form = event.form()
    file = form.get("file")
    return {
        "title": form["title"],
        "tags": form["tags"],
        "file": file
        and {"name": file.filename, "type": file.content_type, "size": len(file.data), "first": file.data[0]},
    }
