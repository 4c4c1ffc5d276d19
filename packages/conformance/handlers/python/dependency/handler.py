import iniconfig


def handler(event):
    return {"package": iniconfig.__name__}
