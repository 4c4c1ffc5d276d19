"""Cutting what a program printed into the texts of OUTPUT and LOG frames."""

#: Most bytes of UTF-8 in one OUTPUT or LOG frame.
MAX_TEXT = 8192


def split_text(data):
    """`data` (bytes) as texts of at most 8 KiB, cut between characters; what is no UTF-8 reads as U+FFFD."""
    if len(data) <= MAX_TEXT // 3:
        return [data.decode("utf-8", "replace")] if data else []
    texts = []
    at = 0
    size = len(data)
    while at < size:
        end = min(at + MAX_TEXT, size)
        if end < size:
            end = _char_start(data, end)
        text = data[at:end].decode("utf-8", "replace")
        if len(text) * 3 > MAX_TEXT and len(text.encode("utf-8")) > MAX_TEXT:
            # Garbage grows threefold when it is replaced.
            end = at + MAX_TEXT // 3
            text = data[at:end].decode("utf-8", "replace")
        texts.append(text)
        at = end
    return texts


def whole_chars(data):
    """How many bytes of `data` end with a whole character, unless what follows can be no character anyway."""
    size = len(data)
    for back in range(1, min(4, size) + 1):
        byte = data[size - back]
        if byte & 0xC0 == 0x80:
            continue
        width = 2 if byte & 0xE0 == 0xC0 else 3 if byte & 0xF0 == 0xE0 else 4 if byte & 0xF8 == 0xF0 else 1
        return size - back if width > back else size
    return size


def _char_start(data, end):
    for back in range(4):
        if data[end - back] & 0xC0 != 0x80:
            return end - back
    return end
