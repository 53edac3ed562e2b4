"""End of Snakemake: at once, and not when the timers of its scheduler do."""

import threading


def cancel_timers() -> None:
    """Cancel all timers, for which Python would wait before it ends the process.

    Whenever Snakemake has started jobs, it sets a timer of the timespan of `max-jobs-per-timespan`, and looks for more
    jobs once it is over. When its scheduler has ended, there is nothing to look for.
    """
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()
