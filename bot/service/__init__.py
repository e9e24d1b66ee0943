"""The use cases: each decides in one transaction, over the ports."""
