from datetime import datetime
from typing import NamedTuple

from odoo import api, models

#: The setting that names the provider, e.g. ``simulator``. Empty: nobody is asked.
CHOICE = "dealer_service.violation_provider"
PREFIX = "dealer.violation."


class ViolationCar(NamedTuple):
    """What a provider must know of a car, and no more."""

    plate: str
    vin: str
    engine_no: str


class ViolationFound(NamedTuple):
    """One traffic violation as providers in China tell it."""

    #: The provider's number of it; the same number is the same violation for ever.
    external_id: str
    #: Naive UTC.
    occurred_at: datetime
    place: str
    #: Number of the act in the list of the traffic police, e.g. 1039.
    code: str
    act: str
    points: int
    #: CNY
    fine: float
    dealt_with: bool = False


class DealerViolationProvider(models.AbstractModel):
    """The one client of a service that knows the traffic violations of cars.

    A model ``dealer.violation.<name>`` that inherits this is a provider; the setting
    ``dealer_service.violation_provider`` chooses it by its name.
    """

    _name = "dealer.violation.provider"
    _description = "Provider of Traffic Violations"
    #: Whether what it tells is made up.
    _violation_simulated = False

    @api.model
    def _chosen(self):
        """Return the model of the chosen provider, or None."""
        # Which provider is chosen is a setting of the whole database.
        name = self.env["ir.config_parameter"].sudo().get_param(CHOICE)
        return self._by_name(name) if name else None

    @api.model
    def _by_name(self, name):
        """Return the model of the provider of this name, or None where there is none."""
        model = f"{PREFIX}{name}"
        known = self.env.registry.descendants(["dealer.violation.provider"], "_inherit")
        if model == "dealer.violation.provider" or model not in known:
            return None
        return self.env[model]

    @api.model
    def _violation_find(self, car):
        """Return the violations of a car: all that are open, others as far as they are known.

        What was open and is not told any more counts as dealt with. Ask with a time-out; whatever
        is raised means “not now”: this car is asked for again later, the others go on.

        :param ViolationCar car: what may be handed on
        :return: list of ``ViolationFound``
        """
        raise NotImplementedError
