"""Where are results kept? Tables, folders, and sweeps in parts that any executor makes.

In come replicates; out come folders that are whole whenever a process is killed, and what
reads them back. A part of `redline.results`, which offers its names.
"""
