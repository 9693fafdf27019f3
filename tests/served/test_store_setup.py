"""What only shows in a process that is not a test: Odoo's own code looks whether one runs."""

import os

import pytest

from ground import builder, database, templates

MAKE_STORE = """
old = env["dealer.unit"].search([("code", "=", "OLD01")])
assert env["stock.warehouse"].search_count([("company_id", "=", old.company_id.id)]) == 1
store = env["dealer.unit"].create({"name": "新店", "code": "NEW01"})
warehouses = env["stock.warehouse"].search([("company_id", "=", store.company_id.id)])
env.cr.commit()
print(len(warehouses), bool(store.calendar_id), bool(store.sequence_id), store.company_id.currency_id.name)
"""


#: A store that was there before the warehouse application.
MAKE_OLD_STORE = """
env["dealer.unit"].create({"name": "老店", "code": "OLD01"})
env.cr.commit()
"""


@pytest.fixture
def with_stock(cluster):
    db = f"stock_{os.getpid()}"
    database.copy(cluster, templates.installed(cluster), db)
    builder.shell(cluster, db, MAKE_OLD_STORE, log="store-setup-shell.log")
    builder.odoo(
        cluster,
        "installing stock",
        ["-d", db, "-i", "stock", "--stop-after-init", "--no-http", "--without-demo"],
        log="store-setup.log",
    )
    yield db
    database.drop(cluster, db)


def test_store_gets_its_warehouse(cluster, with_stock):
    answer = builder.shell(cluster, with_stock, MAKE_STORE, log="store-setup-shell.log")
    assert answer.split()[-4:] == ["1", "True", "True", "CNY"]
