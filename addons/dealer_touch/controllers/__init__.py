from . import sms_callback, stop
