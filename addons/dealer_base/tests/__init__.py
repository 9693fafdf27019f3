from . import (
    test_format_lunar,
    test_format_phone,
    test_format_plate,
    test_format_vin,
    test_interaction_evidence,
    test_relation,
    test_role_matrix,
    test_unit,
    test_visibility,
)
