"""What does the model say? Rungs, parameters, rules, chance, the week, and what is counted of it.

In come parameters and drawn chance; out go utilities, choices and the state of the next week.
Its rules are plain functions in restricted Python that are compiled, translated and called as
they are: they know nothing of Numba, Mesa, files, scenarios or results.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
