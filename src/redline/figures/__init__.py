"""How does it look? Finished figures, the report and the ledger.

In come results, findings and the record; out come figures with a caption that says what they
rest on, and pages. Drawing never simulates but to live again what was stored. It knows nothing
of the command line.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
