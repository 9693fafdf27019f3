from odoo import fields, models


class DealerConsultationTopic(models.Model):
    """What experts are asked about: price, finance, trade-in, product, after-sales … (B14)."""

    _name = "dealer.consultation.topic"
    _description = "Consultation Topic"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    hint = fields.Char(
        translate=True, help="What the expert has to know; shown while the question is written."
    )
