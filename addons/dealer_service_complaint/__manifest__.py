{
    "name": "Dealership Service: Complaints",
    "summary": "A dissatisfied customer of the workshop is a complaint at once",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "AGPL-3",
    "author": "Dealer Suite",
    "website": "https://dealer-suite.example",
    "depends": ["dealer_complaint", "dealer_service"],
    "data": [
        "views/dealer_review_views.xml",
        "views/dealer_service_order_views.xml",
        "views/helpdesk_ticket_views.xml",
    ],
    "auto_install": True,
}
