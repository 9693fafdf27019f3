from . import complaint_page, complaint_portal, helpdesk_mgmt
