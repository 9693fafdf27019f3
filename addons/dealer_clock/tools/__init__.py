from . import quiet, term, worktime
