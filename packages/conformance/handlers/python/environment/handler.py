import os


def handler(event):
    return {
        "greeting": os.environ.get("GREETING"),
        "inherited": os.environ.get("FROM_REAL_ENV"),
        "admin": os.environ.get("FN_ADMIN_TOKEN"),
        "foreign": os.environ.get("FOREIGN_VALUE"),
        "path": bool(os.environ.get("PATH")),
        "cwd": os.getcwd(),
    }
