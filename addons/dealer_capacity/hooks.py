def uninstall_hook(env):
    """Delete the jobs that wait to look at bookings: without the addon they would fail."""
    env["queue.job"].search(
        [("identity_key", "=like", "dealer_queue:dealer.capacity.booking%")]
    ).unlink()
