from . import complaint_page, complaint_portal
