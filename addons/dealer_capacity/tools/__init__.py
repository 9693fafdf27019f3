from . import cells, ground, matching, opening
