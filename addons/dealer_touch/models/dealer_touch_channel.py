from typing import NamedTuple

from odoo import api, models

#: Models of channels are found by this beginning of their names.
PREFIX = "dealer.touch.channel."


class Outcome(NamedTuple):
    """What became of one touch that a channel was given."""

    #: ``sent`` – done; ``queued`` – the channel tells later; ``retry`` – try again in a while;
    #: ``refused`` – this way is closed, the next one is tried
    state: str
    words: str = ""
    #: What was made for it, e.g. an activity.
    made: models.BaseModel | None = None


class DealerTouchChannel(models.AbstractModel):
    """A way to reach people.

    An abstract model ``dealer.touch.channel.<name>`` that inherits this one is a channel: it is
    found by its name and can be chosen in rules.
    """

    _name = "dealer.touch.channel"
    _description = "Channel of Touches"
    #: Where it stands in lists.
    _touch_sequence = 50
    #: Who can be reached by it: ``customer``, ``staff``.
    _touch_reaches = ("customer",)
    #: Whether it speaks to another machine. Then the touch is claimed and committed before it is
    #: given to the channel, so that a crash in between is noticed and nothing is sent twice.
    _touch_claims = False
    #: Whether the texts of a way are needed.
    _touch_needs_subject = False

    @api.model
    def _touch_label(self):
        """Return the name of the channel as people read it."""
        raise NotImplementedError

    @api.model
    def _touch_channels(self):
        """Return ``{name: channel model}`` of all that is installed."""
        names = self.env.registry.descendants(["dealer.touch.channel"], "_inherit")
        channels = [self.env[name] for name in names if name.startswith(PREFIX)]
        channels.sort(key=lambda channel: (channel._touch_sequence, channel._name))
        return {channel._name.removeprefix(PREFIX): channel for channel in channels}

    @api.model
    def _selection_channel(self):
        """Return the channels for a selection field."""
        return [(name, each._touch_label()) for name, each in self._touch_channels().items()]

    @api.model
    def _touch_problems(self, touches):
        """Return ``{touch: (code, words)}`` of those that cannot go this way, and why.

        :param touches: dealer.touch, in sudo
        """
        raise NotImplementedError

    @api.model
    def _touch_finish(self, touch, way, subject, body):
        """Return subject and body as they go out, e.g. with what the law asks for; a hook."""
        return subject, body

    @api.model
    def _touch_deliver(self, touches):
        """Deliver touches whose texts stand in ``subject`` and ``body``.

        :return: ``{touch: Outcome}``; whatever is left out counts as refused
        """
        raise NotImplementedError
