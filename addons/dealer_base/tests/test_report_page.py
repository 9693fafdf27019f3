from .common import DealerCase


class TestReportPage(DealerCase):
    """Prints without “article” are Chinese on paper, too."""

    def test_head(self):
        html = (
            "<html><head></head><body><main><div class='page'>购车订单</div></main></body></html>"
        )
        bodies, *_rest = self.env["ir.actions.report"]._prepare_html(html)
        [body] = bodies
        self.assertTrue(body.startswith("<!DOCTYPE html>"))
        self.assertIn('charset="utf-8"', body)
        self.assertIn("购车订单", body)

    def test_articles_are_odoos(self):
        html = "<html><body><main><div class='article'>订单</div></main></body></html>"
        [body], *_rest = self.env["ir.actions.report"]._prepare_html(html)
        self.assertEqual(body.count("<html"), 1)
        self.assertNotIn("Noto Sans CJK SC", body)
