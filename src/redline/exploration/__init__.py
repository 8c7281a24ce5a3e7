"""Where does it hold? Sensitivity, discovery, and claims all over parameter space.

In come sweeps, claims and plausible ranges; out come indices, boxes and shares of parameter
space. It knows nothing of how these are drawn or printed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
