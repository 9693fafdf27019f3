"""Amounts in Chinese words, as contracts write them beside the figures (人民币大写)."""

from decimal import ROUND_HALF_UP, Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def rmb_words(amount) -> str:
    """Return an amount of yuan in words, e.g. ``壹拾叁万捌仟元整``.

    The form is that of 《支付结算办法》, annex 1: zeros between digits are said once, and “整”
    closes an amount of whole yuan.

    :param amount: yuan, a number of at least 0 and below 10^16
    """
    fen = int((Decimal(str(amount)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    yuan, fen = divmod(fen, 100)
    jiao, fen = divmod(fen, 10)
    words = _whole(yuan) + "元" if yuan else ""
    if jiao:
        words += DIGITS[jiao] + "角"
    elif fen and yuan:
        words += "零"
    if fen:
        words += DIGITS[fen] + "分"
    return words if jiao or fen else (words or "零元") + "整"


def _whole(number: int) -> str:
    words, group, gap = "", 0, False
    while number:
        number, part = divmod(number, 10000)
        said = _thousands(part)
        if said:
            # A gap below is said once: 壹万零伍元.
            words = said + GROUPS[group] + ("零" if gap and words else "") + words
        gap = part < 1000
        group += 1
    return words


def _thousands(part: int) -> str:
    words = ""
    for place, name in reversed(list(enumerate(PLACES))):
        digit = part // 10**place % 10
        if digit:
            words += DIGITS[digit] + name
        elif words and not words.endswith("零"):
            words += "零"
    return words.rstrip("零")
