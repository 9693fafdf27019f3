"""Photos that come from outside: judged by what they are, and made anew so that nothing rides along."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 10 * 2**20
MAX_PHOTOS = 5
#: No phone takes a larger picture; a small file may unfold into gigabytes.
MAX_PIXELS = 120_000_000
#: What is kept is this large at most: enough to see a scratch.
MAX_SIDE = 2000
FORMATS = ("JPEG", "PNG")


class PhotoError(Exception):
    """The file is refused; ``code`` says why: empty, too_large, wrong_type."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def clean_photo(raw):
    """Return the picture made anew as JPEG: upright, at most 2000 pixels, without place and device.

    Phones write into a photo where and when it was taken; that is nobody's business here.

    :param bytes raw: at most ``MAX_BYTES`` and one
    :raise PhotoError: empty, too large, or no photo that a phone takes
    """
    if not raw:
        raise PhotoError("empty")
    if len(raw) > MAX_BYTES:
        raise PhotoError("too_large")
    try:
        with warnings.catch_warnings():
            # The size is judged here, by our own measure.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PhotoError("too_large")
                return _as_jpeg(image)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise PhotoError("wrong_type") from error


def _as_jpeg(image):
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    # What is transparent becomes white, as paper is.
    seen = upright.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    written = io.BytesIO()
    paper.save(written, "JPEG", quality=85)
    return written.getvalue()
