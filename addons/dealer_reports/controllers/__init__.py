from . import boss
