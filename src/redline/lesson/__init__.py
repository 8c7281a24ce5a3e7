"""Can a student break it? One HTML file whose engine is translated from the rules, and its words.

In come scenarios and words in a language; out goes the page, with proofs that a browser
simulates the same histories. It knows nothing of the command line.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
