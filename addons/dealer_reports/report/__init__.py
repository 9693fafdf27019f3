from . import (
    dealer_defeat_report,
    dealer_prospect_progress,
    dealer_test_drive_report,
    dealer_visit_report,
    dealer_work_report,
)
