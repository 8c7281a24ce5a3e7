"""What is known to be typical of it? The stylised facts F1 to F12, simulated and recorded.

In come the weeks of replicates and a record; out come statistics of both, and whether they
agree. A part of `redline.evidence`, which offers its names.
"""
