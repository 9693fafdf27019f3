from odoo import fields, models

#: Kinds of what customers think, in the order in which people ask about them.
KINDS = [
    ("need", "Need"),
    ("competitor", "Competitor"),
    ("price", "Price"),
    ("objection", "Objection"),
    ("interest", "Interest in a Car"),
]
#: Kinds that people pick; what the pages saw is written by the system alone.
PICKED = ("need", "competitor", "price", "objection")


class DealerInsightTopic(models.Model):
    """What customers care about, in the words of the showroom: picked by a tap (B12)."""

    _name = "dealer.insight.topic"
    _description = "What Customers Think About"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="need", index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    brand = fields.Char(help="Of a competitor: its brand.")
    series = fields.Char(help="Of a competitor: its series.")

    _name_uniq = models.UniqueIndex(
        "(kind, (name->>'en_US')) WHERE active", "There is a topic with this name already."
    )
