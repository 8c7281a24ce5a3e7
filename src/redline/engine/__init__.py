"""What happens? Compiled code, or a Mesa model to step through, with the same bits.

In come a scenario, a seed and a range of replicates; out come traces, the same from both
engines to the last bit, or the source of the engine in JavaScript. It knows nothing of what
is made of a trace, or where it is kept.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
