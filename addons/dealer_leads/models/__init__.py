from . import (
    crm_lead,
    dealer_lead_inbox,
    dealer_lead_rule,
    dealer_relation,
    dealer_unit,
    res_users,
    utm_source,
)
