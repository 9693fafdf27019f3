from . import (
    appointment_page,
    dms_api,
    dms_appointments,
    inspection_page,
    price_page,
    refuel_page,
    review_page,
    service_request_page,
    sign_in_page,
    vehicle_portal,
    violation_page,
    waiting_page,
)
