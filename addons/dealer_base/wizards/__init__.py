from . import dealer_api_key, dealer_relation_assign
