"""Who looks after the talks of others."""

#: Who may look into chats of others, with a reason.
LOOKERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "base.group_system",
)
