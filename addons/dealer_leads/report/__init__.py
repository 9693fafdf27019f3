from . import (
    dealer_channel_report,
    dealer_consultation_report,
    dealer_dcc_report,
    dealer_defeat_recall_report,
    dealer_test_drive_report,
    dealer_visit_report,
)
