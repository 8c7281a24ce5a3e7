"""The lesson: one HTML file whose engine is translated from the rules, and its words."""
