from . import (
    test_api,
    test_handover,
    test_inbox,
    test_lead_file,
    test_leads_menus,
    test_leads_visibility,
)
