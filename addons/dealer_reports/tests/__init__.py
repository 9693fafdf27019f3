from . import (
    test_defeats,
    test_drill,
    test_figure,
    test_progress,
    test_rights,
    test_roll_up,
    test_sources,
    test_traffic,
)
