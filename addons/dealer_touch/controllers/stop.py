import re

from odoo.fields import Domain
from odoo.http import Controller, request, route

TOKEN = re.compile(r"^[\w-]{16,64}$", re.ASCII)


class StopController(Controller):
    """The page where a customer says that it is enough: GET shows, POST writes.

    Whoever has the token got the message; it opens nothing else. Mail programs post here with one
    click (RFC 8058), hence no CSRF token.
    """

    @route(
        "/dealer/stop/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=True,
    )
    def stop_page(self, token, **_query):
        touch = self._touch(token)
        if not touch:
            raise request.not_found()
        return self._page(touch, done=False)

    @route(
        "/dealer/stop/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        readonly=False,
        sitemap=False,
    )
    def stop_write(self, token, what=None, **_form):
        touch = self._touch(token)
        if not touch:
            raise request.not_found()
        touch._stop(everything=what == "all")
        return self._page(touch, done="all" if what == "all" else "purpose")

    def _touch(self, token):
        # Nobody is logged in; the token is looked up by its unique index.
        touches = request.env["dealer.touch"].sudo()
        if not TOKEN.match(token):
            return touches
        touch = touches.search(Domain("access_token", "=", token), limit=1)
        lang = touch.partner_id.lang or touch.company_id.partner_id.lang or request.env.lang
        return touch.with_context(lang=lang)

    def _page(self, touch, done):
        request.update_context(lang=touch.env.context["lang"])
        purposes = dict(touch._fields["purpose"]._description_selection(touch.env))
        response = request.render(
            "dealer_touch.stop_page",
            {
                "store": touch.unit_id.name,
                "stop_words": touch.env._("No more “%s”", purposes[touch.purpose]),
                "done_words": touch.env._("Done: no more “%s”.", purposes[touch.purpose]),
                "done": done,
                "token": touch.access_token,
            },
        )
        # The address is a secret: neither kept nor handed on.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
