"""What did the difference do? Two worlds beside each other.

In come two scenarios or results; out come what differs between them, and where their
replicates part. A part of `redline.argument`, which offers its names.
"""
