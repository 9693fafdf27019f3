"""Files that come from outside: judged by what they are, not by what they are called."""

import io
import warnings

from PIL import Image, UnidentifiedImageError

from odoo.tools.mimetypes import guess_mimetype

MAX_BYTES = 10 * 2**20
MAX_PHOTOS = 5
#: No phone takes a larger picture; a small file may unfold into gigabytes.
MAX_PIXELS = 120_000_000
#: Content types of photos and what Pillow calls them. Odoo loads no decoder of other kinds; phones
#: hand out JPEG when a page asks for it.
PHOTO_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG"}
#: What people attach to a mail of complaint. None of it runs in a browser.
MAIL_TYPES = {
    *PHOTO_TYPES,
    "image/webp",
    "image/gif",
    "image/heic",
    "image/heif",
    "application/pdf",
    "text/plain",
    "audio/mpeg",
    "audio/mp4",
    "audio/x-m4a",
    "audio/amr",
    "video/mp4",
    "video/quicktime",
    "video/3gpp",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class FileError(Exception):
    """The file is refused; ``code`` says why: empty, too_large, wrong_type."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def check_photo(raw):
    """Return the content type of a photo.

    :param bytes raw: at most ``MAX_BYTES`` and one
    :raise FileError: empty, too large, or no photo that a phone takes
    """
    mimetype = _check(raw, PHOTO_TYPES)
    try:
        with warnings.catch_warnings():
            # The size is judged below, by our own measure.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=[PHOTO_TYPES[mimetype]]) as image:
                width, height = image.size
                image.verify()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise FileError("wrong_type") from error
    if width * height > MAX_PIXELS:
        raise FileError("too_large")
    return mimetype


def check_mail_file(raw):
    """Return the content type of what is attached to a mail.

    :raise FileError: empty, too large, or of a kind that is not kept
    """
    return _check(raw, MAIL_TYPES)


def _check(raw, allowed):
    if not raw:
        raise FileError("empty")
    if len(raw) > MAX_BYTES:
        raise FileError("too_large")
    mimetype = guess_mimetype(raw)
    if mimetype not in allowed:
        raise FileError("wrong_type")
    return mimetype
