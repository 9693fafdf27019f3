"""Files of leads: marketing loads the list of a show, the clerk the hotline's sheet on the phone."""

import re
from pathlib import Path

import pytest
from helpers import ROOT, choose, latin_words, picture, press, query, wait_until
from playwright.sync_api import expect

FILES = ROOT / "addons/dealer_leads/tests/data/leads"
#: Words of the files themselves, and of files as such.
OF_FILES = {"S7", "CSV", "Excel", "xlsx", "csv", "gbk", "hotline", "motorshow", "ID", "CROZZ", "KB"}


def words(page):
    return {word for word in latin_words(page) if word not in OF_FILES and not word[0].isdigit()}


def narrow(page):
    return page.evaluate("document.documentElement.scrollWidth") <= 390


def new_file(page, path, source, phone=False, **values):
    """Open a new file, choose it and where it is from, and have it read."""
    page.goto("/odoo/dealer-imports/new")
    page.wait_for_selector(".o_form_view [name=file]")
    page.set_input_files(".o_form_view [name=file] input[type=file]", path)
    choose(page, "source_id", source, phone, within=".o_form_view")
    for name, value in values.items():
        page.fill(f".o_form_view [name={name}] input", value)
    press(page, "[name=action_read]")
    page.wait_for_selector(".o_form_view [name=preview] table")


def reach(page, state):
    page.locator(f".o_statusbar_status [aria-checked=true][data-value={state}]").first.wait_for(
        state="attached", timeout=90000
    )


def figure(page, name):
    return page.locator(f".o_form_view [name={name}]").first.inner_text().strip()


def file_of(served, name, login):
    return query(
        served,
        "SELECT file.id, file.state FROM dealer_lead_import file JOIN res_users u ON u.id = file.user_id"
        " WHERE file.name = %s AND u.login = %s ORDER BY file.id DESC LIMIT 1",
        name,
        login,
    )[0]


def test_marketing_loads_the_list_of_a_show(served, page_as):
    page = page_as("marketing.nb01")
    page.goto("/odoo/dealer-imports")
    page.wait_for_selector(".o_action_manager .o_list_view, .o_view_nocontent")
    new_file(page, FILES / "motorshow_gbk.csv", "车展", cost="20000")
    preview = page.locator("[name=preview]")
    # The heading was found, brand and series divided, the year of the day added.
    expect(preview).to_contain_text("长安")
    expect(preview.locator("tbody tr").first).to_contain_text("深蓝S7")
    assert re.search(r"\d{4}-11-15 02:34", preview.inner_text())
    assert page.locator("[name=column_ids] .o_data_row").count() == 6
    assert not words(page), words(page)
    picture(page, "import-check")
    press(page, "[name=action_start]")
    reach(page, "done")
    assert 400 < int(figure(page, "customers")) <= 524
    assert page.locator("[name=attention]").first.inner_text().split()[0] == "22"
    assert not words(page), words(page)
    picture(page, "import-done")
    with page.expect_download() as download:
        press(page, "[name=action_download_unusable]")
    assert download.value.suggested_filename.endswith(".xlsx")
    page.locator("button[name=action_open_rows]:has([name=attention])").click()
    page.wait_for_selector(".o_data_row td[name=cells_text]")
    rows = page.locator(".o_data_row")
    assert rows.count() == 22
    expect(rows.first).to_contain_text("号")
    assert not words(page) - {"no", "phone"}, words(page)
    picture(page, "import-rows")


def test_the_same_list_again_changes_nothing(served, page_as):
    before = query(
        served, "SELECT (SELECT count(*) FROM crm_lead), (SELECT count(*) FROM res_partner)"
    )
    page = page_as("marketing.nb01")
    new_file(page, FILES / "motorshow_gbk.csv", "车展")
    expect(page.locator("[name=warning]")).to_contain_text("导入过")
    press(page, "[name=action_start]")
    reach(page, "done")
    assert figure(page, "known") == "546"
    after = query(
        served, "SELECT (SELECT count(*) FROM crm_lead), (SELECT count(*) FROM res_partner)"
    )
    assert after == before


def test_clerk_loads_the_hotline_on_the_phone(served, page_as):
    page = page_as("reception.nb01", phone=True)
    new_file(page, FILES / "hotline.xlsx", "热线电话", phone=True)
    assert narrow(page)
    assert not words(page), words(page)
    picture(page, "import-check-phone")
    press(page, "[name=action_start]")
    reach(page, "done")
    assert narrow(page)
    assert figure(page, "refused") == "0"
    picture(page, "import-done-phone")
    page.goto("/odoo/dealer-imports")
    page.wait_for_selector(".o_kanban_record:has-text('hotline.xlsx')")
    # The list of the show is a colleague's.
    assert not page.locator(".o_kanban_record:has-text('motorshow')").count()
    assert narrow(page)


def test_clerk_corrects_the_columns(served, page_as, tmp_path):
    file = tmp_path / "外拓.csv"
    file.write_text("谁,怎么打给他,看上啥,哪天\n赵六,19900731001,大众速腾,2026-01-07\n")
    page = page_as("reception.nb01")
    new_file(page, file, "车展")
    columns = page.locator("[name=column_ids] .o_data_row")
    # The number was found by what stands in the column, the car was not.
    expect(columns.nth(1)).to_contain_text("手机号码")
    expect(columns.nth(2)).to_contain_text("不使用")
    for index, label in ((2, "意向车（品牌车系）"), (3, "时间")):
        box = page.locator("[name=column_ids] .o_selected_row [name=target] input")

        def edit(index=index, box=box):
            # The form may be loading anew after the button, which ends the editing of a row.
            columns.nth(index).locator("td[name=target]").click()
            return box.count()

        wait_until(edit, 20, "the row is edited")
        box.click()
        box.fill(label)
        page.locator(f".o_select_menu_item:has-text('{label}')").first.click()
    page.locator(".o_form_button_save").click()
    expect(page.locator("[name=preview] tbody tr").first).to_contain_text("速腾")
    expect(page.locator("[name=preview] tbody tr").first).to_contain_text("2026-01-07")
    picture(page, "import-columns")
    press(page, "[name=action_save_mapping]")
    press(page, "[name=action_start]")
    reach(page, "done")
    assert figure(page, "customers") == "1"
    assert query(
        served,
        "SELECT row.series, partner.name FROM dealer_lead_inbox row"
        " JOIN crm_lead lead ON lead.id = row.lead_id"
        " JOIN res_partner partner ON partner.id = lead.partner_id"
        " WHERE partner.phone = '19900731001'",
    ) == [("速腾", "赵六")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("空.csv", b"  ", "文件是空的"),
        (
            "加密.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "密码",
        ),
        ("宏.xlsm", b"x", "宏"),
        ("名单.xlsx", b"a,b", "后缀是 .xlsx"),
    ],
)
def test_what_cannot_be_read_is_said(served, page_as, tmp_path, name, content, sentence):
    served.expect_log(re.escape(sentence))
    path = Path(tmp_path, name)
    path.write_bytes(content)
    page = page_as("reception.nb01")
    page.goto("/odoo/dealer-imports/new")
    page.wait_for_selector(".o_form_view [name=file]")
    # The window of the browser shows only files that can be read; people drag others into it.
    page.set_input_files(".o_form_view [name=file] input[type=file]", path)
    choose(page, "source_id", "车展", False, within=".o_form_view")
    press(page, "[name=action_read]")
    expect(page.locator(".o_dialog, .o_notification").first).to_contain_text(sentence)


def test_marketing_manager_sees_what_channels_cost(served, page_as):
    page = page_as("marketingmanager.nb01")
    page.goto("/odoo/dealer-channels")
    page.wait_for_selector(".o_pivot table")
    row = page.locator(".o_pivot tbody tr:has-text('车展')")
    expect(row).to_contain_text("20,000")
    assert not words(page), words(page)
    picture(page, "channels-pivot")
    page.locator(".o_switch_view.o_graph").click()
    page.wait_for_selector(".o_graph_renderer canvas")
    phone = page_as("marketingmanager.nb01", phone=True)
    phone.goto("/odoo/dealer-channels")
    phone.wait_for_selector(".o_pivot table")
    picture(phone, "channels-pivot-phone")
