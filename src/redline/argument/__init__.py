"""Does the claim hold? Experiments, verdicts, two worlds under one chance, and why an actor chose.

In come experiment files and two or more worlds; out come effects with intervals, a verdict by
one rule, the boundary where it turns, and why an actor chose as it did. It knows nothing of
the historical record.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
