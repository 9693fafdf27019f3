"""Managers are told when queues wait for the cron instead of the job runner."""

from helpers import query

WAITING_JOB = """
env["dealer.lead.inbox"]._wake()
env.cr.execute("UPDATE queue_job SET date_created = now() - interval '10 minutes'")
env.cr.commit()
"""


def test_banner_without_job_runner(served_alone, page_as):
    served_alone.stop()
    query(served_alone, "DELETE FROM queue_job")
    served_alone.shell(WAITING_JOB)
    served_alone.start("--load=base,web,rpc")
    page = page_as("gm.nb01", url=served_alone.url, start=True)
    page.wait_for_selector(".alert-warning:has-text('后台')")
    query(served_alone, "DELETE FROM queue_job")
    page.reload()
    page.wait_for_selector(".o_kanban_record:has-text('今日')")
    assert not page.locator(".alert-warning:has-text('后台')").count()
