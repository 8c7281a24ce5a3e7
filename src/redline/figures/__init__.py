"""What does it look like? A file for each kind of figure, the report and the ledger.

In come results, findings and the record; out come figures with a caption that says what they
rest on, and pages. Drawing never simulates: where a kind shows weeks or moves that results
lack, just those replicates are run again, and are the original ones. It knows nothing of the
command line.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
