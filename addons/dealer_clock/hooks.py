def uninstall_hook(env):
    """Delete the jobs that wait for the next step: without the addon they would fail."""
    env["queue.job"].search([("identity_key", "=like", "dealer_queue:dealer.clock%")]).unlink()
