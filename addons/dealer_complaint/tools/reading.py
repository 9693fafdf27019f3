"""Reading of the rows that every step looks at: what it needs of them.

Odoo reads all columns of a row with the first that is asked for; users, customers and companies have a hundred
each. What is asked for besides is read as ever.
"""

USER = ("partner_id", "company_id", "share", "active")
PARTNER = ("name", "email", "email_normalized", "lang", "tz", "active")
COMPANY = (
    "name",
    "active",
    "partner_id",
    "alias_domain_id",
    "currency_id",
    "helpdesk_mgmt_ticket_auto_assign",
)
CURRENCY = ("rounding", "decimal_places")
STAGE = ("name", "closed", "unattended", "mail_template_id")
#: What names are made of although they do not say so, and what is asked for next.
NAMES = {
    "res.partner": (
        "name",
        "parent_id",
        "company_name",
        "type",
        "is_company",
        "commercial_partner_id",
    ),
}


def read_person(user):
    """Read who somebody is, a res.users in sudo."""
    user.fetch(USER)
    user.partner_id.fetch(PARTNER)


def read_actor(env):
    """Read who acts, and the company in which that is."""
    read_person(env.user)
    # Which company one works in is no secret; Odoo reads it as superuser, too.
    env.company.sudo().fetch(COMPANY)


def read_names(records):
    """Read what ``records`` are called by."""
    records.fetch(["display_name", *NAMES.get(records._name, ())])
