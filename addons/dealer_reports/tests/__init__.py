from . import (
    test_board,
    test_defeats,
    test_drill,
    test_figure,
    test_progress,
    test_rights,
    test_sources,
    test_target,
    test_traffic,
)
