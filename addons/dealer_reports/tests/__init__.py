from . import (
    test_daily_report,
    test_defeats,
    test_drill,
    test_morning_digest,
    test_print,
    test_progress,
    test_rights,
    test_sources,
    test_traffic,
)
