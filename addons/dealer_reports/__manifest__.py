{
    "name": "Dealership Reports",
    "summary": "The shop's reports: traffic, sources, defeats, prospects; every number opens its records",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Dealer Suite",
    "website": "https://dealer-suite.example",
    "depends": ["dealer_leads"],
    "data": [
        "security/dealer_reports_security.xml",
        "security/ir.model.access.csv",
        "report/dealer_visit_report_views.xml",
        "report/dealer_defeat_report_views.xml",
        "report/dealer_prospect_progress_views.xml",
        "report/dealer_test_drive_report_views.xml",
        "report/dealer_work_report_views.xml",
        "views/dealer_interaction_views.xml",
        "views/dealer_target_views.xml",
        "views/dealer_reports_menus.xml",
    ],
    # Odoo loads its pivot and graph when they are first needed; ours stand on them.
    "assets": {
        "web.assets_backend_lazy": ["dealer_reports/static/src/figures_views.esm.js"],
        "web.assets_backend": ["dealer_reports/static/src/board/**/*"],
    },
}
