from . import controllers, models, report, tools, wizards
from .tools.helpdesk_terms import hand_on_terms
