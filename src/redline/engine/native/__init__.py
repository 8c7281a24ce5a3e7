"""How is compiled code kept and called? As machine code in a file, loaded without Numba.

Importing Numba and its types takes half a second, the code that it made a few milliseconds. A
part of `redline.engine`.
"""
