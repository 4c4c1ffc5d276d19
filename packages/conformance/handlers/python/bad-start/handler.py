def setting():
    raise RuntimeError("no-setting-4712")  # ERROR-LINE


SETTING = setting()


def handler(event):
    return SETTING
