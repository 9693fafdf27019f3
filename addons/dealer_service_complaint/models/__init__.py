from . import (
    dealer_dissatisfaction,
    dealer_review,
    dealer_service_order,
    helpdesk_ticket,
)
