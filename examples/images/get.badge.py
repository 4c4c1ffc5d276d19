# @summary A PNG in the colour you ask for
# @query {"color": "0a7bbb", "size": "64"}
import struct
import zlib


def png(width, height, rgb):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + bytes(rgb) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def handler(event):
    try:
        rgb = bytes.fromhex(event["query"].get("color", "0a7bbb"))
        size = int(event["query"].get("size", 64))
        if len(rgb) != 3 or not 1 <= size <= 1024:
            raise ValueError
    except ValueError:
        return {"status": 400, "body": {"error": "color is six hex digits, size is 1 to 1024"}}
    return {"status": 200, "headers": {"Content-Type": "image/png"}, "body": png(size, size, rgb)}
