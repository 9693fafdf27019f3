from . import dealer_case_step, helpdesk_ticket_duplicate_wizard
