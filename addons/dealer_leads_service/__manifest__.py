{
    "name": "Dealership Leads and Service",
    "summary": "Call-backs after a new car was handed over, and leads from owners whose car is old",
    "version": "19.0.1.0.0",
    "category": "Services",
    "license": "LGPL-3",
    "author": "Dealer Suite",
    "website": "https://dealer-suite.example",
    "depends": ["dealer_leads", "dealer_service"],
    "data": [
        "security/ir.model.access.csv",
        "security/dealer_repurchase_rule_security.xml",
        "data/dealer_callback_sale_data.xml",
        "data/dealer_repurchase_data.xml",
        "views/dealer_repurchase_rule_views.xml",
        "views/dealer_leads_service_menus.xml",
    ],
    "auto_install": True,
}
