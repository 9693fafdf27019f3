from . import test_repurchase, test_sale_callback
