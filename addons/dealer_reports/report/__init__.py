from . import dealer_defeat_report, dealer_prospect_progress, dealer_visit_report
