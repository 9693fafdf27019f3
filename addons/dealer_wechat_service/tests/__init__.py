from . import test_owner_sign_in
