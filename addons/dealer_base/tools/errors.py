from odoo.tools.translate import LazyGettext


class FormatError(ValueError):
    """A typed value is refused, with a sentence for the person who typed it.

    `message` is lazy, because nobody knows at parsing time who will read it:
    write `env._(error.message)`. `str(error)` is English, for logs. `code` is for
    programs and never changes.
    """

    def __init__(self, code: str, message: LazyGettext):
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self):
        # without a language the message would search the caller's frames for one
        return self.message._translate("en_US")
