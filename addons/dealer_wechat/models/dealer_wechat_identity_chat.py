from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .dealer_wechat_template import WORDS
from .looking import LOOKERS

#: The clock that runs while the customer waits for an answer.
ANSWER = "wechat_answer"
#: So many of the last messages are told when a person takes over from the machine.
HAND_OVER_LINES = 5
#: A day's talk is written down in one record, up to so many characters.
TALK_LENGTH = 20000


class DealerWechatIdentity(models.Model):
    """The chat with a follower: who answers, until when, and whether the customer still waits."""

    _name = "dealer.wechat.identity"
    _inherit = ["dealer.wechat.identity", "dealer.clock.mixin"]

    channel_ids = fields.One2many(
        "discuss.channel", "wechat_identity_id", groups="base.group_system"
    )
    guest_id = fields.Many2one("mail.guest", readonly=True, groups="base.group_system")
    closed_told_at = fields.Datetime(readonly=True)
    can_chat = fields.Boolean(compute="_compute_can_chat")
    can_look = fields.Boolean(compute="_compute_can_chat")

    @api.depends_context("uid")
    def _compute_can_chat(self):
        looker = self.env.user._dealer_has_any(LOOKERS)
        for identity in self:
            # Membership decides; the channel itself is not for everybody to read.
            chat = identity.sudo().channel_ids
            inside = self.env.user.partner_id in chat.channel_member_ids.partner_id
            identity.can_chat = inside or self.env.user in identity.sudo()._answerers()
            identity.can_look = bool(chat) and looker and not identity.can_chat

    # ------------------------------------------------------------
    # Who answers
    # ------------------------------------------------------------

    def _answerers(self):
        """Return who serves this follower (res.users): bound people, whose code it was, the desk."""
        self.ensure_one()
        relation = self._relation()
        company = self.unit_id.company_id
        for users in (
            relation.consultant_id | relation.advisor_id,
            self.user_id,
            self.account_id.desk_user_ids,
        ):
            good = users.filtered(lambda user: user.active and company in user.company_ids)
            if good:
                return good
        return self.env["res.users"]

    def _channel(self):
        """Return the chat with this follower, made when it is first needed."""
        self.ensure_one()
        if self.channel_ids:
            return self.channel_ids
        users = self._answerers()
        channels = self.env["discuss.channel"]._wechat_door()
        # As somebody who serves the customer: whoever makes a channel is a member of it. In sudo: the
        # system makes it, and nobody else can (see the door).
        maker = users[:1] or self.env["res.users"].browse(SUPERUSER_ID)
        chat = channels.with_user(maker).sudo().with_context(install_mode=not users)
        channel = chat.create(
            {
                "name": self.display_name,
                "channel_type": "wechat",
                "wechat_identity_id": self.id,
                "channel_partner_ids": [(4, user.partner_id.id) for user in users],
            }
        )
        self.invalidate_recordset(["channel_ids"])
        return self.env["discuss.channel"].browse(channel.id)

    def _sync_chat(self):
        """Let those be in the chat who serve the customer now; the chat bears the customer's name."""
        for identity in self.filtered("channel_ids"):
            channel = identity.channel_ids._wechat_door()
            users = identity._answerers()
            wanted, members = users.partner_id, channel.channel_member_ids
            lookers = members.filtered("wechat_looks")
            gone = (members - lookers).partner_id - wanted
            new = wanted - members.partner_id
            if new:
                channel._add_members(partners=new, post_joined_message=False)
            for partner in gone:
                channel._action_unfollow(partner=partner, post_leave_message=False)
            if channel.name != identity.display_name:
                channel.name = identity.display_name

    def _chat_author(self):
        """Return who speaks for the customer in the chat: the customer, or a guest before that."""
        self.ensure_one()
        if self.partner_id:
            return self.partner_id
        if not self.guest_id:
            self.guest_id = self.env["mail.guest"].create({"name": self.display_name[:512]})
        return self.guest_id

    def _bind(self, partner, how, user=None):
        result = super()._bind(partner, how, user)
        self._sync_chat()
        return result

    # ------------------------------------------------------------
    # Until when answers are taken
    # ------------------------------------------------------------

    def _chat_left(self):
        """Return how many answers the platform still takes; those that wait to be sent are counted."""
        self.ensure_one()
        waiting = self.env["dealer.wechat.outbox"].search_count(
            Domain("identity_id", "=", self.id)
            & Domain("endpoint", "=", "custom_send")
            & Domain("state", "in", ("pending", "sending"))
        )
        return max(0, self.window_left - waiting)

    def _chat_state(self):
        """Return what the composer shows: ``until`` (UTC, ISO), ``left``, ``follows``, ``template``."""
        self.ensure_one()
        return {
            "until": fields.Datetime.to_string(self.window_until) if self.window_until else False,
            "left": self._chat_left(),
            "follows": self.is_following,
            "template": self._can_ask(),
            "identity": self.id,
        }

    def _ask_template(self):
        """Return the account's own template for asking the customer to write, or none."""
        return self.env["dealer.wechat.template"]._for(self.account_id, "ask")

    def _can_ask(self):
        return bool(self.account_id.reminder_template or self._ask_template())

    def _chat_check(self):
        """Refuse an answer that the platform would not take, and say what is possible instead.

        :raise UserError: in words
        """
        self.ensure_one()
        if not self.is_following:
            raise UserError(
                self.env._("The customer does not follow any more. Call, or send a text message.")
            )
        if self._can_answer() and self._chat_left():
            return
        instead = (
            self.env._("Press “Ask to Write” to send a reminder that the customer can answer.")
            if self._can_ask()
            else self.env._("Call the customer instead.")
        )
        if self.window_until and self.window_until > fields.Datetime.now():
            raise UserError(
                self.env._("WeChat takes five answers until the customer writes again. %s", instead)
            )
        raise UserError(
            self.env._(
                "WeChat takes answers for 48 hours after the customer's last message. %s", instead
            )
        )

    def _open_window(self, moment, length, answers):
        result = super()._open_window(moment, length, answers)
        self.channel_ids._wechat_tell_state()
        return result

    # ------------------------------------------------------------
    # The talk
    # ------------------------------------------------------------

    def _chat_received(self, row, body, attachments=()):
        """Show the customer's words to whoever answers, and let the clock run from now."""
        self.ensure_one()
        channel = self._channel()
        channel._wechat_received(self._chat_author(), body, attachments)
        if not self._clock_open(ANSWER):
            self._clock_start(ANSWER, at=min(row.occurred_at, fields.Datetime.now()))
        self.env["dealer.wechat.catch"]._note(self, "in", body)

    def _chat_answered(self, user, line):
        """Note that a person answered."""
        self.ensure_one()
        self._clock_stop(ANSWER)
        self.env["dealer.wechat.catch"]._note(self, "out", line, user)
        now = fields.Datetime.now()
        key = self.env["dealer.wechat.inbox"]._talk_key(self, now)
        said = f"{user.name}: {line}"
        if not self._add_to_talk(key, said):
            # The customer wrote on another day, or not at all today: it is a contact all the same.
            self._begin_talk(key, now, said, direction="out", user=user)
        self.channel_ids._wechat_tell_state()

    def _begin_talk(self, key, moment, line, direction="in", user=None):
        """Write the first line of a day's talk on the customer's timeline; nothing for who is not known.

        :param user: res.users who wrote it, for the customer's words who serves the customer
        """
        relation = self._relation()
        if not relation:
            return
        self.env["dealer.interaction"].create(
            {
                "kind": "wechat",
                "direction": direction,
                "partner_id": self.partner_id.id,
                "unit_id": self.unit_id.id,
                "user_id": (user or relation.consultant_id).id,
                "start": moment,
                "evidence": "system",
                "two_way": direction == "in",
                "summary": line[:500],
                "transcript": line,
                "external_id": key,
            }
        )

    def _add_to_talk(self, key, line, two_way=False):
        """Add a line to the day's talk; return whether there is one.

        :param bool two_way: the customer wrote it, so that both sides have spoken
        """
        talk = self.env["dealer.interaction"].search(
            Domain("kind", "=", "wechat") & Domain("external_id", "=", key), limit=1
        )
        if talk:
            talk.transcript = f"{talk.transcript or ''}\n{line}"[:TALK_LENGTH]
            if two_way and not talk.two_way:
                talk.two_way = True
        return bool(talk)

    def _unfollow(self, moment):
        result = super()._unfollow(moment)
        self._clock_void(self.env._("The customer left."), kind=ANSWER)
        self.channel_ids._wechat_tell_state()
        for channel in self.channel_ids:
            channel._wechat_note(self.env._("The customer does not follow any more."))
        return result

    def _chat_hand_over(self, wanted):
        """Tell whoever answers what the customer wants, so that nobody has to ask again.

        :param str wanted: the words that were recognised
        """
        self.ensure_one()
        rows = self.env["dealer.wechat.inbox"].search(
            Domain("account_id", "=", self.account_id.id)
            & Domain("sender", "=", self.value)
            & Domain("kind", "=like", "oa.msg.%"),
            limit=HAND_OVER_LINES,
            order="occurred_at desc, id desc",
        )
        said = " / ".join(row._text()[:100] for row in reversed(rows))
        self._channel()._wechat_note(
            self.env._(
                "A person is wanted (%(wanted)s). Said last: %(said)s", wanted=wanted, said=said
            )
        )

    def _clock_user(self):
        return self._answerers()[:1]

    def _clock_title(self):
        return self.env._("%s waits for an answer in WeChat", self.display_name)

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_chat(self):
        """Open the chat of whoever serves the customer.

        :raise AccessError: somebody else does
        """
        self.ensure_one()
        self.check_access("read")
        mine = self.sudo()  # who serves the customer was asked for; the chat is made by the system
        if not self.can_chat:
            raise AccessError(
                self.env._("Colleagues serve this customer. A manager can look in, with a reason.")
            )
        channel = mine._channel()
        mine._sync_chat()
        return self._chat_action(channel)

    @api.model
    def _chat_action(self, channel):
        return {
            "type": "ir.actions.client",
            "tag": "mail.action_discuss",
            "name": channel.name,
            # The client looks there first, where the button's own record would stand otherwise.
            "context": {"active_id": f"discuss.channel_{channel.id}"},
        }

    def action_ask_to_write(self):
        """Send the reminder template: the customer's answer opens the chat again.

        :raise UserError: there is no template, or an answer can be sent as it is
        """
        self.ensure_one()
        mine = self.sudo()  # members of the chat and who reads the follower may ask; checked below
        inside = self.env.user.partner_id in mine.channel_ids.channel_member_ids.partner_id
        if not inside:
            raise AccessError(self.env._("Colleagues serve this customer."))
        if mine._can_answer() and mine._chat_left():
            raise UserError(self.env._("The customer can be answered: simply write."))
        words = self.env._("%s has an answer for you. Write a word to go on.", self.env.user.name)
        day = fields.Date.context_today(self)
        outbox = mine.env["dealer.wechat.outbox"]
        payload = mine._ask_payload(words)
        if not payload or not mine.is_following:
            raise UserError(self.env._("The account has no reminder template. Call the customer."))
        # Always by the template: what waits to be sent may use up the answers that are left.
        outbox._enqueue(mine, "template_send", payload, words, once_key=f"ask:{mine.id}:{day}")
        for channel in mine.channel_ids:
            channel._wechat_note(self.env._("%s asked the customer to write.", self.env.user.name))

    def _ask_payload(self, words):
        """Return what asks the customer to write, or None where there is no template for it.

        :raise UserError: the template's values do not fit it
        """
        template = self._ask_template()
        if not template:
            return self.env["dealer.wechat.outbox"]._template_payload(self.account_id, words)
        payload, problem = template._payload(
            {
                **dict.fromkeys(WORDS, words),
                "customer": self.partner_id.name,
                "salutation": self.partner_id.name,
                "store": self.unit_id.name,
                "store_phone": self.company_id.phone,
                "date": format_date(self.env, fields.Date.context_today(self)),
                "consultant": self.env.user.name,
            }
        )
        if problem:
            raise UserError(problem)
        return payload

    def action_look(self):
        """Open the dialog in which a manager says why a chat must be read."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read the Chat"),
            "res_model": "dealer.wechat.look",
            "view_mode": "form",
            "target": "new",
            "context": {"default_identity_id": self.id},
        }

    def _look(self, reason):
        """Let the user read the chat; everybody in it is told, and it stands there for good.

        :raise AccessError: the user leads nobody, or does not see this customer
        :raise UserError: no reason
        """
        self.ensure_one()
        self.check_access("read")
        user = self.env.user
        if not user._dealer_has_any(LOOKERS):
            raise AccessError(self.env._("Managers can read the chats of others."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the chat must be read."))
        mine = self.sudo()  # post, sight and reason were checked
        channel = mine.channel_ids
        if not channel:
            raise UserError(self.env._("Nothing was written yet."))
        if user.partner_id not in channel.channel_member_ids.partner_id:
            channel._wechat_door()._add_members(
                partners=user.partner_id,
                post_joined_message=False,
                create_member_params={"wechat_looks": True},
            )
        channel._wechat_note(
            self.env._("%(who)s reads this chat: %(why)s", who=user.name, why=reason.strip())
        )
        return self._chat_action(channel)
