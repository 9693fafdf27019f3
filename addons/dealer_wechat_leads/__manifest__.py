{
    "name": "Dealership WeChat and Leads",
    "summary": "Price enquiries, showroom and test drives from the menu of the chat become leads",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Dealer Suite",
    "website": "https://dealer-suite.example",
    "depends": ["dealer_leads", "dealer_wechat"],
    "data": ["views/dealer_lead_inbox_views.xml"],
    "demo": ["demo/dealer_wechat_menu_demo.xml"],
    "auto_install": True,
}
