"""What does every part lean on? Files, messages, numbers in words, this machine.

In come paths, values as callers give them, and what this machine has; out go checked values,
errors that name file, key and nearest valid name, and words for numbers. It knows nothing of
the simulation, and imports nothing of this package.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
