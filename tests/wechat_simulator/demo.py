"""The account, people and codes that the demo of the suite shows."""

from .world import Code, World

APPID = "wxdemo0000000001"
#: Good for this simulator alone; the demo's account in Odoo has the same.
SECRET = "simulator-demo-secret"
TOKEN = "simulatordemotoken"
AES_KEY = "c2ltdWxhdG9yc2ltdWxhdG9yc2ltdWxhdG9yc2ltdWE"
#: The demo's channel code, known to both sides.
SCENE = "cdemoconsultant1"
TEMPLATE = "TPLdemoReminder0000000000000000000000000001"
SERVICE_TEMPLATE = "TPLdemoService00000000000000000000000000002"


def fill(world: World, callback: str = "") -> None:
    """Make the demo's world."""
    account = world.add_account(
        appid=APPID,
        secret=SECRET,
        name="宁波大众4S店公众号",
        original_id="gh_demo00000001",
        token=TOKEN,
        aes_key=AES_KEY,
        callback=callback,
    )
    account.templates[TEMPLATE] = {
        "title": "服务提醒",
        "content": "{{first.DATA}}\n{{remark.DATA}}",
    }
    account.templates[SERVICE_TEMPLATE] = {
        "title": "车辆保养提醒",
        "content": "{{thing1.DATA}}\n保养时间：{{time2.DATA}}\n服务门店：{{thing3.DATA}}\n温馨提示：{{thing4.DATA}}",
    }
    account.codes["gQdemo"] = Code("gQdemo", SCENE, True, None, "https://weixin.qq.com/q/demo")
    for key, nickname, phone in (
        ("chen", "陈先生", "13900630001"),
        ("xu", "徐泽宇", "13757400037"),
        ("liu", "刘女士", "13900630002"),
    ):
        world.add_person(key, nickname, phone)
    known = world.fan(account, world.people["xu"])
    known.subscribed, known.subscribed_at = True, int(world.now()) - 20 * 86400
    corp = world.add_account(
        appid="wwdemo0000000001",
        secret="simulator-demo-corp",
        kind="wecom",
        name="东城汽车集团",
        token=TOKEN,
        aes_key=AES_KEY,
    )
    corp.staff = {"zhangwei": {"name": "张伟"}, "wangfang": {"name": "王芳"}}
