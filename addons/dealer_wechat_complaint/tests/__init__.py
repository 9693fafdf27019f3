from . import test_chat_complaint, test_complaint_from_menu
