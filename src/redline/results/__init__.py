"""What came out? Measures with intervals, by group, stored and read back.

In come scenarios, replicates and folders; out come measures, shares with intervals, stored
runs and sweeps, and histories, week by week. It knows nothing of what they are held to show.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
