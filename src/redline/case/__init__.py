"""Which case? A scenario, its file, its addresses, and designs over them.

In come TOML, tables of points and changes by address; out goes a frozen `Scenario`, with every
problem of its file in one message. It knows nothing of how a scenario is simulated.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
