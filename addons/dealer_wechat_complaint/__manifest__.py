{
    "name": "Dealership WeChat and Complaints",
    "summary": "Complaints from the menu of the chat, and from the chat itself",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "AGPL-3",
    "author": "Dealer Suite",
    "website": "https://dealer-suite.example",
    "depends": ["dealer_complaint", "dealer_wechat"],
    "data": ["views/complaint_page_templates.xml", "views/helpdesk_ticket_views.xml"],
    "assets": {
        "web.assets_backend": ["dealer_wechat_complaint/static/src/chat/**/*"],
    },
    "demo": ["demo/dealer_wechat_menu_demo.xml"],
    "auto_install": True,
}
