from . import controllers, models, report


def uninstall_hook(env):
    """Take the triggers away from the tables of other addons."""
    env["dealer.figure.mark"]._drop_triggers()
