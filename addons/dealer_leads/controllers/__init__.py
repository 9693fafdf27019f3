from . import leads_api
