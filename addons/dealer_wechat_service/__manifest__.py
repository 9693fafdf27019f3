{
    "name": "Dealership WeChat and Service",
    "summary": "Owners open their appointments and cars from WeChat, signed in",
    "version": "19.0.1.0.0",
    "category": "Services",
    "license": "LGPL-3",
    "author": "Dealer Suite",
    "website": "https://dealer-suite.example",
    "depends": ["dealer_service", "dealer_wechat"],
    "demo": ["demo/dealer_wechat_menu_demo.xml"],
    "auto_install": True,
}
