"""Does the record agree? Events and counts of the record, and the model beside it.

In come dated events and counts, and a scenario; out come stylised facts, scores, a posterior
and forecasts. It knows nothing of how these are drawn or printed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
