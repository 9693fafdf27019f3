"""A stand-in for WeChat, mini programs and WeCom that anyone can run: ``python -m wechat_simulator``.

It knows nothing of Odoo and nothing of the addon: it is written from the platform's own pages, so
that both are held to the same contract. Time is a value that one sets, because most rules of the
platform are windows of time; what goes wrong on the real platform goes wrong here on demand.
"""

from .server import Simulator
from .world import Account, Fan, Person, World

__all__ = ["Account", "Fan", "Person", "Simulator", "World"]
