"""What happened? Dated events and counts with their sources, and the same as moves of the model.

In come the tables of `data`, or those of others; out come events, counts and moves. A part of
`redline.evidence`, which offers its names.
"""
