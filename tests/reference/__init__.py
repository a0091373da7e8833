"""A second, slow and obvious implementation of the rules, to compare the warehouse with."""
