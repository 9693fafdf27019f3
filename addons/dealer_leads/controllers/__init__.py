from . import calls_api, drive_page, lead_import, lead_page, leads_api, showroom
