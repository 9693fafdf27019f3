"""How long a recording lasts, as far as its bytes say it. Knows nothing of Odoo."""

AMR = b"#!AMR\n"
#: Bytes of a frame of 20 ms by its mode, its first byte included.
AMR_FRAMES = (13, 14, 16, 18, 20, 21, 27, 32, 6)
#: Kilobits a second of MPEG 1 and of MPEG 2, layer III, by number.
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)


def seconds(content):
    """Return the seconds of an AMR or MP3 recording, None where they can't be told.

    An MP3 whose rate changes is taken for one of its first frame's rate.
    """
    if content.startswith(AMR):
        return _amr(content)
    return _mp3(content)


def _amr(content):
    place, frames = len(AMR), 0
    while place < len(content):
        mode = content[place] >> 3 & 15
        if mode >= len(AMR_FRAMES):
            return None
        place += AMR_FRAMES[mode]
        frames += 1
    return frames * 0.02


def _mp3(content):
    place = 0
    if content[:3] == b"ID3" and len(content) > 10:
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte & 127
        place = 10 + size
    head = content[place : place + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    rate = (RATES_1 if head[1] & 0x18 == 0x18 else RATES_2)[head[2] >> 4]
    return (len(content) - place) / (rate * 125) if rate else None
