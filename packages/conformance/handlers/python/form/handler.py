def handler(event):
    form = event.form()
    file = form.files[0] if form.files else None
    return {
        "title": form.fields["title"],
        "tags": form.fields["tags"],
        "file": file and {"name": file.filename, "type": file.type, "size": len(file.data), "first": file.data[0]},
    }
