def uninstall_hook(env):
    """Delete the jobs that wait to send: without the addon they would fail."""
    env["queue.job"].search([("identity_key", "=", "dealer_queue:dealer.touch")]).unlink()
