"""What do replicates amount to, group by group? Conditions, totals, intervals, quantiles.

Reads columns a part at a time, from whatever keeps them (`groups.Stored`); knows no folder.
"""
