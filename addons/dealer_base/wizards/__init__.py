from . import dealer_api_key, dealer_fleet_promotion, dealer_merge_wizard, dealer_relation_assign
