from . import callback, sign_in
