"""The fixtures of the tests across addons do what they promise."""

import urllib.request


def test_served_database_answers_with_the_job_runner(served):
    with urllib.request.urlopen(f"{served.url}/web/login", timeout=60) as answer:
        assert answer.status == 200
    with served.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT state FROM ir_module_module WHERE name = 'queue_job'")
        assert cursor.fetchone() == ("installed",)
    connection.close()
    assert served.shell("print(env['res.lang']._lang_get('zh_CN').code)").strip() == "zh_CN"


def test_administrator_sees_chinese(page_as):
    page = page_as("admin", start=True)
    page.locator(".o_main_navbar").get_by_text("销售").first.wait_for()


def test_phone_is_a_phone(page_as):
    page = page_as("admin", phone=True, start=True)
    page.wait_for_selector(".o_web_client")
    assert page.evaluate("window.innerWidth") == 390
