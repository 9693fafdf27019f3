from . import (
    test_boss,
    test_boss_page,
    test_defeats,
    test_drill,
    test_figure,
    test_progress,
    test_rights,
    test_roll_up,
    test_sources,
    test_traffic,
    test_triggers,
)
