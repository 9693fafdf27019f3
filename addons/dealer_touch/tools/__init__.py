from . import slots, words
