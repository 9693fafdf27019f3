from . import (
    dealer_appointment_book,
    dealer_appointment_book_slot,
    dealer_appointment_cancel,
    dealer_arrival,
    dealer_dms_import,
    dealer_review_step,
    dealer_winback_assign,
)
